#include "policy_code.h"
#include "test.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void codes_are_sorted_and_say_something(void **state)
{
    (void)state;
    for (size_t i = 0; policy_code_at(i) != NULL; i++) {
        const struct policy_code *code = policy_code_at(i);
        assert_ptr_equal(policy_code_find(code->code), code);
        assert_true(strlen(code->meaning) > 10);
        assert_true(strlen(code->action) > 10);
        if (i > 0) {
            assert_true(strcmp(policy_code_at(i - 1)->code, code->code) < 0);
        }
    }
}

static void unknown_codes_are_not_found(void **state)
{
    (void)state;
    assert_null(policy_code_find(""));
    assert_null(policy_code_find("POL"));
    assert_null(policy_code_find("POL999"));
    assert_null(policy_code_find("pol001"));
}

/* A string that holds only a code: "POL050" or "L07". */
static size_t code_length(const char *text)
{
    size_t letters = strncmp(text, "POL", 3) == 0 ? 3 : 1;
    size_t digits = letters == 3 ? 3 : 2;

    if (letters == 1 && text[0] != 'L') {
        return 0;
    }
    for (size_t i = letters; i < letters + digits; i++) {
        if (!isdigit((unsigned char)text[i])) {
            return 0;
        }
    }
    return text[letters + digits] == '"' ? letters + digits : 0;
}

static size_t check_codes_of(const char *path)
{
    static char text[1 << 18];
    size_t found = 0;
    FILE *f = fopen(path, "rb");

    assert_non_null(f);
    text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
    (void)fclose(f);
    for (const char *at = strchr(text, '"'); at != NULL; at = strchr(at + 1, '"')) {
        size_t length = code_length(at + 1);
        char code[8] = "";
        if (length == 0) {
            continue;
        }
        memcpy(code, at + 1, length);
        found++;
        if (policy_code_find(code) == NULL) {
            fail_msg("%s uses %s, which has no row in policy_code.c", path, code);
        }
    }
    return found;
}

static size_t check_folder(const char *folder)
{
    struct dirent **entries = NULL;
    size_t found = 0;
    int count = scandir(folder, &entries, NULL, alphasort);

    for (int i = 0; i < count; i++) {
        char path[512];
        const char *name = entries[i]->d_name;
        size_t length = strlen(name);
        (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
        if (length > 2 && strcmp(name + length - 2, ".c") == 0 &&
            strcmp(name, "policy_code.c") != 0) {
            found += check_codes_of(path);
        }
        free(entries[i]);
    }
    free(entries);
    return found;
}

static void every_code_that_the_sources_use_has_a_row(void **state)
{
    (void)state;
    assert_true(check_folder("src/policylang") > 50);
    (void)check_folder("src/policyfiles");
    (void)check_folder("src/policytool");
    (void)check_folder("src/policy");
    (void)check_folder("src/compiler");
    (void)check_folder("src/warden");
    (void)check_folder("src/cli");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_sorted_and_say_something),
        cmocka_unit_test(unknown_codes_are_not_found),
        cmocka_unit_test(every_code_that_the_sources_use_has_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
