/*
 * Wrong policies, with exactly what is said about them: wrong/NAME.policy and
 * wrong/NAME.expected, or more files below wrong/NAME with main.policy and expected.
 */
#include "policy_compile.h"
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ROOT "tests/policylang/wrong"

struct files {
    struct policy_source sources[80];
    size_t count;
};

static char *read_file(const char *path, size_t *length_out)
{
    FILE *f = fopen(path, "rb");
    char *text = malloc(1 << 16);

    if (f == NULL || text == NULL) {
        fail_msg("no %s", path);
    }
    *length_out = fread(text, 1, (1 << 16) - 1, f);
    text[*length_out] = '\0';
    (void)fclose(f);
    return text;
}

static void add_file(struct files *files, const char *path, const char *name)
{
    size_t length = 0;
    char *text = read_file(path, &length);

    assert_true(files->count < 80);
    files->sources[files->count++] =
        (struct policy_source){strdup(name), (const uint8_t *)text, length};
}

static void free_files(struct files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free((void *)(uintptr_t)files->sources[i].name);
        free((void *)(uintptr_t)files->sources[i].text);
    }
    files->count = 0;
}

static bool ends_in(const char *name, const char *end)
{
    size_t length = strlen(name);

    return length > strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

/* `below` is empty or ends in a slash. */
static void add_directory(struct files *files, const char *root, const char *below)
{
    char path[512];
    char name[256];
    struct dirent **entries = NULL;

    (void)snprintf(path, sizeof(path), "%s/%s", root, below);
    int count = scandir(path, &entries, NULL, alphasort);
    assert_true(count >= 0);
    for (int i = 0; i < count; i++) {
        const char *entry = entries[i]->d_name;
        (void)snprintf(name, sizeof(name), "%s%s", below, entry);
        (void)snprintf(path, sizeof(path), "%s/%s", root, name);
        struct stat st;
        assert_int_equal(stat(path, &st), 0);
        if (S_ISDIR(st.st_mode) && entry[0] != '.') {
            (void)strncat(name, "/", sizeof(name) - strlen(name) - 1);
            add_directory(files, root, name);
        } else if (ends_in(entry, ".policy") && strcmp(name, "main.policy") != 0) {
            add_file(files, path, name);
        }
        free(entries[i]);
    }
    free(entries);
}

static bool check(const struct files *files, const char *expected_path)
{
    struct buf blob;
    struct buf errors;
    size_t length = 0;
    char *expected = read_file(expected_path, &length);

    buf_init(&blob, 1 << 20);
    buf_init(&errors, 1 << 20);
    enum err e = policy_compile_text(files->sources, files->count, &blob, &errors);
    assert_true(e == OK || e == ERR_INVALID);
    assert_int_equal(blob.length > 0, e == OK);
    bool same = errors.length == length && memcmp(errors.bytes, expected, length) == 0;
    if (!same) {
        (void)fprintf(stderr, "%s\n--- expected\n%s--- got\n%.*s", expected_path,
            expected, (int)errors.length, (const char *)errors.bytes);
    }
    buf_fini(&blob);
    buf_fini(&errors);
    free(expected);
    return same;
}

static bool check_single(const char *entry)
{
    char path[512];
    struct files files = {.count = 0};

    (void)snprintf(path, sizeof(path), ROOT "/%s", entry);
    add_file(&files, path, entry);
    (void)snprintf(
        path, sizeof(path), ROOT "/%.*s.expected", (int)strlen(entry) - 7, entry);
    bool good = check(&files, path);
    free_files(&files);
    return good;
}

static bool check_several(const char *entry)
{
    char root[512];
    char path[600];
    struct files files = {.count = 0};

    (void)snprintf(root, sizeof(root), ROOT "/%s", entry);
    (void)snprintf(path, sizeof(path), "%s/main.policy", root);
    add_file(&files, path, "main.policy");
    add_directory(&files, root, "");
    (void)snprintf(path, sizeof(path), "%s/expected", root);
    bool good = check(&files, path);
    free_files(&files);
    return good;
}

static void every_wrong_policy_is_told_exactly_what_is_wrong(void **state)
{
    (void)state;
    struct dirent **entries = NULL;
    int count = scandir(ROOT, &entries, NULL, alphasort);
    size_t policies = 0;
    size_t failed = 0;

    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        const char *entry = entries[i]->d_name;
        if (ends_in(entry, ".policy")) {
            policies++;
            failed += check_single(entry) ? 0 : 1;
        } else if (!ends_in(entry, ".expected") && entry[0] != '.') {
            policies++;
            failed += check_several(entry) ? 0 : 1;
        }
        free(entries[i]);
    }
    free(entries);
    assert_int_equal(failed, 0);
    assert_true(policies >= 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_wrong_policy_is_told_exactly_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
