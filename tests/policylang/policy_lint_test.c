#include "policy_compile_fixture.h"

#include "policy_lint.h"

#define NOW_MS INT64_C(1767225600000) /* 2026-01-01 */

static void lint(struct parsed *p, const char *file, const char *text, int64_t now_ms)
{
    const struct policy_source sources[] = {
        source_of("main.policy", "policy 1\ninclude \"*.policy\"\n"),
        source_of(file, text)};

    parse_good_sources(p, sources, 2);
    p->errors.length--; /* the NUL */
    assert_int_equal(policy_model_lint(&p->model, now_ms, &p->report), OK);
    buf_add(&p->errors, "", 1);
    assert_int_equal(p->report.errors, 0);
}

/* code NULL: no warning at all. */
static void check_in(const char *file, const char *text, const char *code)
{
    struct parsed p;

    lint(&p, file, text, NOW_MS);
    if (code == NULL ? p.report.warnings > 0
                     : p.report.warnings != 1 || strstr(errors_of(&p), code) == NULL) {
        fail_msg(
            "%s\nexpected: %s\ngot: %s", text, code ? code : "nothing", errors_of(&p));
    }
    parsed_fini(&p);
}

static void check(const char *text, const char *code)
{
    check_in("a.policy", text, code);
}

static void an_allow_for_any_says_why(void **state)
{
    (void)state;
    check("l: allow any to read topic t\n", "[L01]");
    check("l: allow any to read topic t reason \"public\"\n", NULL);
    check("l: deny any to read topic t\n", NULL);
    check("allow anonymous to read topic t\n", NULL);
}

static void an_allow_to_change_everything_is_told(void **state)
{
    (void)state;
    check("allow a to write topic *\n", "it allows to write every topic [L02]");
    check("allow a to all group *\n", "[L02]");
    check("role r {\n    create topic *\n}\ngrant r to a\n", "[L02]");
    check("allow a to read, describe topic * group *\n", NULL);
    check("allow a to write topic a*\n", NULL);
    check("allow a to all token * user *\n", NULL);
    check("allow a to write topic \"*\"\n", NULL);
    check("l: deny a to write topic *\n", NULL);
}

static void a_password_for_guarded_names_is_told(void **state)
{
    (void)state;
    check("never b to read topic pci.*\nallow a to read topic pci.x with scram512\n",
        "a password opens topic pci.x, which a never statement guards [L03]");
    check(
        "never b to read topic pci.*\nallow a to read topic p* with scram256\n", "[L03]");
    check("never b to read topic pci.*\nallow a to read topic pci.x with mtls\n", NULL);
    check("never b to read topic pci.*\nallow a to read topic o with scram256\n", NULL);
}

static void an_allow_that_denies_take_away_is_told(void **state)
{
    (void)state;
    check("allow a to read topic x\nl: deny any to read, describe topic x*\n", "[L04]");
    check("allow a to read topic x\nl: deny any to read topic x*\n", NULL);
    check("allow a, b to read topic x\nl: deny a to all topic x\n", NULL);
    check("allow a to read topic x, y\nl: deny a to all topic x\n", NULL);
    check("allow a to read topic x\nl: deny a to all topic x from 10.0.0.0/8\n", NULL);
    check(
        "team t = { a }\nallow a to read topic x\nl: deny @t to all topic *\n", "[L04]");
}

static void a_name_that_nothing_uses_is_told(void **state)
{
    (void)state;
    check("team t = { a }\n", "nothing uses the team 't' [L05]");
    check("net n = { 10.0.0.0/8 }\n", "nothing uses the net 'n' [L05]");
    check("auth s = { mtls }\n", "nothing uses the auth 's' [L05]");
    check("role r {\n    read topic x\n}\n", "nothing uses the role 'r' [L05]");
    check("team t = { a }\nteam u = { b }\nexclusive @t, @u\n", NULL);
    check("team t = { a }\nnet n = { 10.0.0.0/8 }\nauth s = { mtls }\n"
          "role r {\n    read topic x\n}\ngrant r to @t from @n with s\n",
        NULL);
}

static void a_rule_that_will_be_looked_for_has_a_label(void **state)
{
    (void)state;
    check("deny a to read topic x\n", "a deny without a label [L06]");
    check("allow a to read topic x until 2026-01-02\n", "a rule that ends");
    check("allow any to read topic x reason \"r\"\n", "a rule for any");
    check("l: deny a to read topic x\n", NULL);
    check("l: allow a to read topic x until 2026-01-02\n", NULL);
}

static void a_break_glass_rule_is_short_and_has_a_reason(void **state)
{
    static const char *const files[] = {"breakglass.policy", "break-glass-eu.policy"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        check_in(files[i], "l: allow a to read topic x\n", "until when [L07]");
        check_in(files[i], "l: allow a to read topic x until 2026-01-02 ticket T-1\n",
            "the reason [L07]");
        check_in(files[i], "l: allow a to read topic x until 2026-01-02 reason \"r\"\n",
            "the ticket [L07]");
        check_in(files[i],
            "l: allow a to read topic x until 2026-01-04 reason \"r\" ticket T-1\n",
            NULL);
        check_in(files[i],
            "l: allow a to read topic x until 2026-01-04T00:01Z reason \"r\" ticket T\n",
            "more than 72 hours [L08]");
        check_in(files[i],
            "l: allow a to read topic x after 2026-01-03 until 2026-01-06 reason \"r\" "
            "ticket T\n",
            NULL);
    }
    check("l: allow a to read topic x\n", NULL);
}

static void a_rule_that_is_over_is_told_by_who_knows_the_time(void **state)
{
    struct parsed p;

    (void)state;
    check("l: allow a to read topic x until 2026-01-01\n", "[L09]");
    check("l: allow a to read topic x until 2026-01-01T00:01Z\n", NULL);
    lint(&p, "a.policy", "l: allow a to read topic x until 2020-01-01\n", 0);
    assert_int_equal(p.report.warnings, 0);
    parsed_fini(&p);
}

static void a_statement_that_stands_twice_is_told(void **state)
{
    (void)state;
    check("allow a to read topic x\nallow b to read topic x\nallow  a to read topic x\n",
        "a.policy:3:1: warning: the same statement stands at a.policy:1 [L10]");
}

static void a_password_in_the_clear_is_told(void **state)
{
    (void)state;
    check("allow a to read topic x with plain\n", "[L11]");
    check("allow a to read topic x with plain and tls >= 1.2\n", NULL);
    check("allow a to read topic x with scram512\n", NULL);
}

static void running_out_of_memory_is_an_error_and_leaks_nothing(void **state)
{
    struct parsed p;
    enum err e = ERR_NOMEM;
    long n = 0;

    (void)state;
    parse_good(&p, "policy 1\nteam t = { a }\nallow @t to read topic x\n"
                   "l: deny b to read topic y\nnever c to read topic z\n");
    for (; e == ERR_NOMEM && n < 100; n++) {
        mem_fail_after(n);
        e = policy_model_lint(&p.model, NOW_MS, &p.report);
        mem_fail_after(-1);
    }
    assert_int_equal(e, OK);
    assert_true(n > 10);
    parsed_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_allow_for_any_says_why),
        cmocka_unit_test(an_allow_to_change_everything_is_told),
        cmocka_unit_test(a_password_for_guarded_names_is_told),
        cmocka_unit_test(an_allow_that_denies_take_away_is_told),
        cmocka_unit_test(a_name_that_nothing_uses_is_told),
        cmocka_unit_test(a_rule_that_will_be_looked_for_has_a_label),
        cmocka_unit_test(a_break_glass_rule_is_short_and_has_a_reason),
        cmocka_unit_test(a_rule_that_is_over_is_told_by_who_knows_the_time),
        cmocka_unit_test(a_statement_that_stands_twice_is_told),
        cmocka_unit_test(a_password_in_the_clear_is_told),
        cmocka_unit_test(running_out_of_memory_is_an_error_and_leaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
