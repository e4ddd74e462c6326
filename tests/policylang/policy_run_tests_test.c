#include "policy_compile_fixture.h"

#include "policy_run_tests.h"

struct ran {
    struct parsed parsed;
    struct buf blob;
    struct policy *policy;
    struct policy_test_results results;
};

static void run(struct ran *r, const char *text, const struct policy_test_filter *filter)
{
    parse_good(&r->parsed, text);
    r->parsed.errors.length--; /* the NUL */
    buf_init(&r->blob, 1 << 20);
    assert_int_equal(
        policy_model_build(&r->parsed.model, &r->parsed.report, &r->blob), OK);
    assert_int_equal(policy_load(r->blob.bytes, r->blob.length, 0, &r->policy), OK);
    assert_int_equal(policy_run_tests(&r->parsed.model, r->policy, filter,
                         &r->parsed.report, &r->results),
        OK);
    buf_add(&r->parsed.errors, "", 1);
}

static void ran_fini(struct ran *r)
{
    policy_test_results_fini(&r->results);
    policy_free(&r->policy);
    buf_fini(&r->blob);
    parsed_fini(&r->parsed);
}

/* One case each; the rules stand before it. */
static void check(const char *rules, const char *test, bool passes)
{
    char text[2048];
    struct ran r;

    (void)snprintf(
        text, sizeof(text), "policy 1\n%s\ntest \"t\" {\n%s\n}\n", rules, test);
    run(&r, text, NULL);
    if ((r.results.failed == 0) != passes || r.results.passed + r.results.failed == 0) {
        fail_msg("%s\n%s\n%s", rules, test, errors_of(&r.parsed));
    }
    assert_int_equal(r.parsed.report.errors, passes ? 0 : 1);
    ran_fini(&r);
}

static void each_name_by_each_operation_counts(void **state)
{
    struct ran r;

    (void)state;
    run(&r,
        "policy 1\nallow a to read topic x, y\ntest \"t\" {\n"
        "    a can read, describe topic x, y\n"
        "    a cannot read, write topic x, z\n}\n",
        NULL);
    assert_int_equal(r.results.passed, 4 + 3);
    assert_int_equal(r.results.failed, 1);
    assert_int_equal(r.parsed.report.errors, 1);
    assert_non_null(strstr(errors_of(&r.parsed), "got: read topic x allowed by r-"));
    ran_fini(&r);
}

static void can_wants_all_and_cannot_wants_none(void **state)
{
    static const char rule[] = "allow a to read topic x";

    (void)state;
    check(rule, "a can read topic x", true);
    check(rule, "a can read topic x, y", false);
    check(rule, "a cannot read topic y, z", true);
    check(rule, "a cannot read topic y, x", false);
    check(rule, "b cannot read topic x", true);
    check(rule, "User:a can read topic x", true);
}

static void a_session_without_an_address_is_in_no_network(void **state)
{
    (void)state;
    check("allow a to read topic x from 10.0.0.0/8", "a cannot read topic x", true);
    check("allow a to read topic x from 10.0.0.0/8", "a can read topic x from 10.1.2.3",
        true);
    check("allow a to read topic x\ndeny a to read topic x from not 10.0.0.0/8",
        "a cannot read topic x", true);
    check("allow a to read topic x from 0.0.0.0/0", "a can read topic x", true);
    check("allow a to read topic x from ::/0", "a can read topic x", true);
    check("allow a to read topic x from 2001:db8::/32",
        "a can read topic x from 2001:db8::1", true);
}

static void a_session_without_a_method_came_by_mtls_just_now(void **state)
{
    (void)state;
    check("allow a to read topic x with mtls and tls >= 1.3 and age < 1s",
        "a can read topic x", true);
    check("allow a to read topic x with mtls", "a can read topic x with plain", false);
    check("allow a to read topic x with tls >= 1.3", "a can read topic x tls 1.2", false);
    check("allow a to read topic x with gssapi", "a can read topic x", false);
    check("allow a to read topic x with issuer \"i\"", "a can read topic x", false);
}

static void a_session_without_a_listener_came_by_none(void **state)
{
    (void)state;
    check("allow a to read topic x via OUT", "a cannot read topic x", true);
    check("allow a to read topic x via OUT", "a can read topic x via OUT", true);
    check("allow a to read topic x via OUT", "a cannot read topic x via IN", true);
}

static void without_a_time_no_allow_with_a_time_holds_and_every_such_deny_does(
    void **state)
{
    static const char ends[] = "allow a to read topic x until 2026-01-02";
    static const char begins[] = "allow a to read topic x after 2026-01-02";
    static const char denied[] =
        "allow a to read topic x\ndeny a to read topic x until 2026-01-02";

    (void)state;
    check(ends, "a cannot read topic x", true);
    check(ends, "a can read topic x at 2026-01-01T23:59Z", true);
    check(ends, "a cannot read topic x at 2026-01-02", true);
    check(begins, "a cannot read topic x", true);
    check(begins, "a cannot read topic x at 2026-01-01T23:59Z", true);
    check(begins, "a can read topic x at 2026-01-02", true);
    check(denied, "a cannot read topic x", true);
    check(denied, "a can read topic x at 2026-01-02", true);
}

static void who_has_no_login_is_anonymous(void **state)
{
    (void)state;
    check("allow anonymous to read topic x", "anonymous can read topic x", true);
    check("allow anonymous to read topic x", "a cannot read topic x", true);
    check("allow any to read topic x", "anonymous can read topic x", true);
    check("allow any to read topic x with mtls", "anonymous can read topic x", false);
}

static void members_are_those_that_the_team_lists(void **state)
{
    static const char rules[] = "team t = { a, User:b }\nteam u from ldap \"cn=u\"\n"
                                "allow @t to read topic x\nallow @u to read topic y";

    (void)state;
    check(rules, "a can read topic x", true);
    check(rules, "b can read topic x", true);
    check(rules, "c cannot read topic x", true);
    check(rules, "a cannot read topic y", true);
}

static void users_tokens_and_the_cluster_can_be_asked_for(void **state)
{
    static const char rules[] = "allow a to create-tokens user b\n"
                                "allow a to describe-tokens user c*\n"
                                "allow a to describe token t1\nallow b to alter cluster\n"
                                "allow b to describe-tokens user *";

    (void)state;
    check(rules, "a can create-tokens user b", true);
    check(rules, "a cannot create-tokens user c", true);
    check(rules, "a can describe-tokens user cx", true);
    check(rules, "a cannot describe-tokens user d", true);
    check(rules, "b can describe-tokens user d", true);
    check(rules, "a can describe token t1", true);
    check(rules, "a cannot describe token t2", true);
    check(rules, "b can alter, describe cluster", true);
    check(rules, "a cannot alter cluster", true);
}

static bool is_second(void *context, const struct policy_model_test *t)
{
    (void)context;
    return t->name.len == 6 && memcmp(t->name.ptr, "second", 6) == 0;
}

static void a_filter_chooses_among_the_tests(void **state)
{
    const struct policy_test_filter filter = {.is_wanted = is_second};
    struct ran r;

    (void)state;
    run(&r,
        "policy 1\nallow a to read topic x\ntest \"first\" {\n    a cannot read topic x\n"
        "}\ntest \"second\" {\n    a can read topic x\n}\n",
        &filter);
    assert_int_equal(r.results.passed, 1);
    assert_int_equal(r.results.failed, 0);
    ran_fini(&r);
}

static void a_rule_is_covered_where_it_decided_a_case(void **state)
{
    static const uint8_t expected[] = {1, 0, 1, 0, 0, 0};
    struct ran r;

    (void)state;
    run(&r,
        "policy 1\nrole reader {\n    read topic y\n}\n"
        "allow a to read topic x\nallow a to read topic z\n"
        "grant reader to b\nallow b to read topic y\ndeny c to read topic x\n"
        "never d to read topic x\ntest \"t\" {\n    a can read topic x\n"
        "    b can read topic y\n    c cannot read topic q\n}\n",
        NULL);
    assert_int_equal(r.results.rules, 6);
    assert_memory_equal(r.results.touched, expected, sizeof(expected));
    assert_true(policy_test_is_covered_kind(&r.parsed.model.rules[2]));
    assert_true(policy_test_is_covered_kind(&r.parsed.model.rules[4]));
    assert_false(policy_test_is_covered_kind(&r.parsed.model.rules[5]));
    ran_fini(&r);
}

static void running_out_of_memory_is_an_error(void **state)
{
    struct policy_test_results results;
    struct ran r;

    (void)state;
    run(&r,
        "policy 1\nallow a to read topic x\ntest \"t\" {\n    a can read topic x\n}\n",
        NULL);
    for (long n = 0; n < 2; n++) {
        mem_fail_after(n);
        enum err e =
            policy_run_tests(&r.parsed.model, r.policy, NULL, &r.parsed.report, &results);
        mem_fail_after(-1);
        assert_int_equal(e, ERR_NOMEM);
        policy_test_results_fini(&results);
    }
    ran_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_name_by_each_operation_counts),
        cmocka_unit_test(can_wants_all_and_cannot_wants_none),
        cmocka_unit_test(a_session_without_an_address_is_in_no_network),
        cmocka_unit_test(a_session_without_a_method_came_by_mtls_just_now),
        cmocka_unit_test(a_session_without_a_listener_came_by_none),
        cmocka_unit_test(
            without_a_time_no_allow_with_a_time_holds_and_every_such_deny_does),
        cmocka_unit_test(who_has_no_login_is_anonymous),
        cmocka_unit_test(members_are_those_that_the_team_lists),
        cmocka_unit_test(users_tokens_and_the_cluster_can_be_asked_for),
        cmocka_unit_test(a_filter_chooses_among_the_tests),
        cmocka_unit_test(a_rule_is_covered_where_it_decided_a_case),
        cmocka_unit_test(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
