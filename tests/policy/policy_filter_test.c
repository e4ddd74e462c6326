#include "policy_filter.h"
#include "test.h"

#include <string.h>

static struct policy_view view(const char *text)
{
    return (struct policy_view){.ptr = (const uint8_t *)text, .len = strlen(text)};
}

static struct policy_binding rule(int8_t pattern, const char *name)
{
    return (struct policy_binding){.resource = POLICY_TOPIC,
        .pattern = pattern,
        .operation = POLICY_READ,
        .permission = POLICY_CODE_ALLOW,
        .name = view(name),
        .principal = view("User:alice"),
        .host = view("*")};
}

static const struct policy_filter everything = {POLICY_CODE_ANY, POLICY_CODE_ANY,
    POLICY_CODE_ANY, POLICY_CODE_ANY, {NULL, 0}, {NULL, 0}, {NULL, 0}};

static bool finds_name(int8_t pattern, const char *name, const struct policy_binding *b)
{
    struct policy_filter f = everything;

    f.pattern = pattern;
    f.name = view(name);
    return policy_filter_finds(&f, b);
}

static void a_filter_of_nothing_but_any_finds_every_rule(void **state)
{
    (void)state;
    struct policy_binding b = rule(POLICY_CODE_LITERAL, "orders");
    assert_true(policy_filter_finds(&everything, &b));
    b = rule(POLICY_CODE_PREFIXED, "pay.");
    b.operation = POLICY_CODE_ALL;
    b.permission = POLICY_CODE_DENY;
    assert_true(policy_filter_finds(&everything, &b));
}

static void each_code_has_to_fit(void **state)
{
    (void)state;
    const struct policy_binding b = rule(POLICY_CODE_LITERAL, "orders");
    for (int8_t code = 2; code <= 15; code++) {
        struct policy_filter f = everything;
        f.operation = code;
        assert_int_equal(policy_filter_finds(&f, &b), code == POLICY_READ);
        f = everything;
        f.resource = code;
        assert_int_equal(policy_filter_finds(&f, &b), code == POLICY_TOPIC);
        f = everything;
        f.permission = code;
        assert_int_equal(policy_filter_finds(&f, &b), code == POLICY_CODE_ALLOW);
    }
}

/* `all` is an operation of its own here. */
static void a_filter_for_one_operation_does_not_find_all_of_them(void **state)
{
    (void)state;
    struct policy_binding b = rule(POLICY_CODE_LITERAL, "orders");
    struct policy_filter f = everything;
    b.operation = POLICY_CODE_ALL;
    f.operation = POLICY_READ;
    assert_false(policy_filter_finds(&f, &b));
    f.operation = POLICY_CODE_ALL;
    assert_true(policy_filter_finds(&f, &b));
}

static void principals_and_hosts_are_texts(void **state)
{
    (void)state;
    struct policy_binding b = rule(POLICY_CODE_LITERAL, "orders");
    struct policy_filter f = everything;
    f.principal = view("User:alice");
    assert_true(policy_filter_finds(&f, &b));
    b.principal = view("User:*");
    assert_false(policy_filter_finds(&f, &b));
    f.principal = view("User:*");
    assert_true(policy_filter_finds(&f, &b));
    f.host = view("*");
    assert_true(policy_filter_finds(&f, &b));
    f.host = view("10.0.0.1");
    assert_false(policy_filter_finds(&f, &b));
    b.host = f.host;
    assert_true(policy_filter_finds(&f, &b));
    f.host = view("*");
    assert_false(policy_filter_finds(&f, &b));
    f.host = view("");
    assert_false(policy_filter_finds(&f, &b));
}

static void a_name_is_looked_for_as_it_is_written(void **state)
{
    (void)state;
    const struct policy_binding exact = rule(POLICY_CODE_LITERAL, "orders");
    const struct policy_binding every = rule(POLICY_CODE_LITERAL, "*");
    const struct policy_binding prefix = rule(POLICY_CODE_PREFIXED, "orders");
    assert_true(finds_name(POLICY_CODE_LITERAL, "orders", &exact));
    assert_false(finds_name(POLICY_CODE_LITERAL, "orders", &every));
    assert_false(finds_name(POLICY_CODE_LITERAL, "orders", &prefix));
    assert_true(finds_name(POLICY_CODE_PREFIXED, "orders", &prefix));
    assert_false(finds_name(POLICY_CODE_PREFIXED, "orders.eu", &prefix));
    assert_false(finds_name(POLICY_CODE_PREFIXED, "orders", &exact));
    assert_true(finds_name(POLICY_CODE_ANY, "orders", &exact));
    assert_true(finds_name(POLICY_CODE_ANY, "orders", &prefix));
    assert_false(finds_name(POLICY_CODE_ANY, "orders", &every));
    assert_true(finds_name(POLICY_CODE_LITERAL, "*", &every));
}

static void match_finds_what_bears_upon_a_name(void **state)
{
    (void)state;
    const struct policy_binding exact = rule(POLICY_CODE_LITERAL, "orders");
    const struct policy_binding every = rule(POLICY_CODE_LITERAL, "*");
    const struct policy_binding prefix = rule(POLICY_CODE_PREFIXED, "ord");
    const struct policy_binding star = rule(POLICY_CODE_PREFIXED, "*");
    assert_true(finds_name(POLICY_CODE_MATCH, "orders", &exact));
    assert_false(finds_name(POLICY_CODE_MATCH, "orders.eu", &exact));
    assert_true(finds_name(POLICY_CODE_MATCH, "orders", &every));
    assert_true(finds_name(POLICY_CODE_MATCH, "orders", &prefix));
    assert_true(finds_name(POLICY_CODE_MATCH, "ord", &prefix));
    assert_false(finds_name(POLICY_CODE_MATCH, "or", &prefix));
    assert_false(finds_name(POLICY_CODE_MATCH, "orders", &star));
    struct policy_filter f = everything;
    f.pattern = POLICY_CODE_MATCH;
    assert_true(policy_filter_finds(&f, &exact));
    assert_true(policy_filter_finds(&f, &star));
}

static void what_is_no_code_is_no_good_filter(void **state)
{
    (void)state;
    assert_true(policy_filter_is_good(&everything));
    for (size_t i = 0; i < 4; i++) {
        static const int8_t last[] = {7, 4, 15, 3};
        struct policy_filter f = everything;
        int8_t *part[] = {&f.resource, &f.pattern, &f.operation, &f.permission};
        *part[i] = last[i];
        assert_true(policy_filter_is_good(&f));
        *part[i] = (int8_t)(last[i] + 1);
        assert_false(policy_filter_is_good(&f));
        *part[i] = 0;
        assert_false(policy_filter_is_good(&f));
        *part[i] = -1;
        assert_false(policy_filter_is_good(&f));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_filter_of_nothing_but_any_finds_every_rule),
        cmocka_unit_test(each_code_has_to_fit),
        cmocka_unit_test(a_filter_for_one_operation_does_not_find_all_of_them),
        cmocka_unit_test(principals_and_hosts_are_texts),
        cmocka_unit_test(a_name_is_looked_for_as_it_is_written),
        cmocka_unit_test(match_finds_what_bears_upon_a_name),
        cmocka_unit_test(what_is_no_code_is_no_good_filter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
