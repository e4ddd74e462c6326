#include "selftest_result.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

static char *printed(const struct selftest_results *r,
    void (*print)(const struct selftest_results *r, FILE *out))
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    assert_non_null(out);
    print(r, out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void an_attempt_is_refused_only_if_it_ended_in_the_words_of_the_table(void **state)
{
    struct selftest_results r;

    (void)state;
    assert_int_equal(selftest_results_init(&r), OK);
    selftest_results_add(&r, true, "keys", "a", "gate killed", "gate killed");
    selftest_results_add(&r, true, "keys", "b", "gate killed", "signed");
    selftest_results_add(&r, true, "keys", "c", "gate killed", "gate kille");
    selftest_results_add(&r, true, "keys", "d", "gate kille", "gate killed");
    assert_int_equal(r.count, 4);
    assert_int_equal(r.refused, 1);
    assert_true(r.items[0].refused);
    assert_false(r.items[1].refused);
    assert_false(r.items[2].refused);
    assert_false(r.items[3].refused);
    selftest_results_fini(&r);
}

static void json_is_an_array_of_objects_with_five_members(void **state)
{
    struct selftest_results r;

    (void)state;
    assert_int_equal(selftest_results_init(&r), OK);
    selftest_results_add(&r, false, "gate", "say \"x\\\"\n", "EPERM", "allowed");
    selftest_results_add(&r, true, "store", "y", "no grant", "no grant");
    char *text = printed(&r, selftest_results_print_json);
    assert_string_equal(text,
        "[\n  {\"process\": \"gate\", \"attempt\": \"say \\\"x\\\\\\\"\\u000a\", "
        "\"expected\": \"EPERM\", \"got\": \"allowed\", \"refused\": false},\n"
        "  {\"process\": \"store\", \"attempt\": \"y\", \"expected\": \"no grant\", "
        "\"got\": \"no grant\", \"refused\": true}\n]\n");
    free(text);
    selftest_results_fini(&r);
}

static size_t count_lines(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++) {
        n += *text == '\n' ? 1 : 0;
    }
    return n;
}

static void processes_where_it_ended_alike_share_a_line_of_the_table(void **state)
{
    struct selftest_results r;

    (void)state;
    assert_int_equal(selftest_results_init(&r), OK);
    selftest_results_add(&r, false, "gate", "exec", "SIGSYS", "SIGSYS");
    selftest_results_add(&r, false, "keys", "exec", "SIGSYS", "SIGSYS");
    selftest_results_add(&r, false, "auth", "exec", "SIGSYS", "allowed");
    char *text = printed(&r, selftest_results_print);
    assert_int_equal(count_lines(text), 1 + 2 + 2);
    assert_non_null(strstr(text, "gate keys\n"));
    assert_non_null(strstr(text, "NO       exec"));
    assert_non_null(strstr(text, "3 attempts, 0 of them"));
    assert_non_null(strstr(text, "2 refused, 1 NOT"));
    free(text);
    selftest_results_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            an_attempt_is_refused_only_if_it_ended_in_the_words_of_the_table),
        cmocka_unit_test(json_is_an_array_of_objects_with_five_members),
        cmocka_unit_test(processes_where_it_ended_alike_share_a_line_of_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
