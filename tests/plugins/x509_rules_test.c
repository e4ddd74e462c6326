#include "x509_rules.h"

#include "mem.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

#define DN "CN=web1,OU=Front,O=Example,C=DE"

static enum err map(const char *rules, const char *name, struct buf *out)
{
    struct x509_rules r;
    struct x509_rules_problem problem;

    buf_init(out, 2 * X509_SUBJECT_MAX);
    assert_int_equal(x509_rules_init(&r, rules, strlen(rules), &problem), OK);
    enum err e = x509_rules_apply(&r, name, strlen(name), out);
    x509_rules_fini(&r);
    return e;
}

static void check_maps(const char *rules, const char *name, const char *expected)
{
    struct buf out;

    assert_int_equal(map(rules, name, &out), OK);
    buf_add(&out, "", 1);
    assert_string_equal((const char *)out.bytes, expected);
    buf_fini(&out);
}

static void check_none(const char *rules, const char *name)
{
    struct buf out;

    assert_int_equal(map(rules, name, &out), ERR_NOT_FOUND);
    buf_fini(&out);
}

static void the_first_rule_that_is_the_whole_name_applies(void **state)
{
    (void)state;
    check_maps("DEFAULT", DN, DN);
    check_maps("RULE:^CN=([^,]*),.*$/$1/", DN, "web1");
    check_maps(
        "RULE:^CN=([^,]*),OU=Back,.*$/b-$1/,RULE:^CN=([^,]*),.*$/f-$1/", DN, "f-web1");
    check_maps("RULE:^CN=([^,]*),OU=Back,.*$/b-$1/,DEFAULT", DN, DN);
    check_maps("DEFAULT,RULE:^CN=([^,]*),.*$/$1/", DN, DN);
    check_none("RULE:^CN=([^,]*)/$1/", DN); /* not the whole of it */
    check_none("RULE:web1/x/", DN);
    check_none("", DN);
    check_none(" , ,", DN);
}

static void what_a_pattern_finds_is_replaced_wherever_it_is(void **state)
{
    (void)state;
    check_maps("RULE:(a|b)*?/<$1>/", "ab", "<>a<>b<>");
    check_maps("RULE:[ab]*/x/", "ab", "xx"); /* and once more at the empty end */
    check_maps("RULE:[a-z]+/x/", "ab", "x");
    check_maps("RULE:.*?/-/", "\xc3\xa9", "-\xc3\xa9-");
    check_maps("RULE:CN=(.*?)/$1/", DN, "web1,OU=Front,O=Example,C=DE");
}

static void numbers_name_groups_as_far_as_there_are_any(void **state)
{
    (void)state;
    check_maps("RULE:^CN=([^,]*),OU=([^,]*),.*$/$2.$1/", DN, "Front.web1");
    check_maps("RULE:^CN=([^,]*),.*$/$12/", DN, "web12");
    check_maps("RULE:^CN=([^,]*),.*$/$2/", DN, "$2");
    check_maps("RULE:^CN=([^,]*),.*$/$45-$1/", DN, "$45-web1");
    check_maps("RULE:^CN=([^,]*),.*$/$01/", DN, "web1");
    check_maps("RULE:^(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)$/$10$1/", "abcdefghij", "ja");
    check_maps("RULE:^abc$/<$0>/", "abc", "<abc>");
    check_maps("RULE:^(a)?b$/<$1>/", "b", "<>");
}

static void a_backslash_takes_the_meaning_away(void **state)
{
    (void)state;
    check_maps("RULE:^CN=a\\/b$/x\\/y/", "CN=a/b", "x/y");
    check_maps("RULE:^(a)$/\\$1\\\\/", "a", "$1\\");
    check_maps("RULE:^CN=a\\\\,b$/ok/", "CN=a\\,b", "ok");
    check_maps("RULE:^(a),(b)$/$1,$2/,DEFAULT", "a,b", "a,b"); /* commas need none */
}

static void letters_change_where_it_is_asked_for(void **state)
{
    (void)state;
    check_maps("RULE:^CN=([^,]*),.*$/X$1/L", "CN=WEB1,O=e", "xweb1");
    check_maps("RULE:^CN=([^,]*),.*$/x$1/U", "CN=web1,O=e", "XWEB1");
    check_maps("RULE:^(.*)$/$1/L ,DEFAULT",
        "\xc3\x89"
        "A",
        "\xc3\x89"
        "a");
}

static void blanks_and_empty_rules_between_commas_are_nothing(void **state)
{
    (void)state;
    check_maps(" RULE:^x$/y/ ,\t, DEFAULT , ", "a", "a");
    check_maps(",,DEFAULT", "a", "a");
}

static void check_refused(const char *text, size_t column)
{
    struct x509_rules r;
    struct x509_rules_problem problem = {.column = 0};

    assert_int_equal(x509_rules_init(&r, text, strlen(text), &problem), ERR_INVALID);
    assert_int_equal(problem.column, column);
    assert_true(strlen(problem.message) > 10);
    assert_null(r.items);
}

static void text_that_does_not_fit_the_grammar_is_refused(void **state)
{
    (void)state;
    check_refused("default", 1);
    check_refused("DEFAULT x", 9);
    check_refused("DEFAULTx", 8);
    check_refused("RULE:a/b", 6);
    check_refused("RULE:a", 6);
    check_refused("RULE:a\\/b/c", 6);
    check_refused("RULE:a/b\\", 6);
    check_refused("RULE:a/b/l", 10);
    check_refused("RULE:a/b/LU", 11);
    check_refused("RULE:a/b/ RULE:c/d/", 11);
    check_refused("RULE:a/b/L/", 11);
    check_refused("DEFAULT,RULE", 9);
    check_refused("RULE:(a/b/", 8);
    check_refused("RULE:[a&&b]/b/", 6);
    check_refused("RULE:a\\Cb/b/", 9);
    check_refused("RULE:(a)/$/", 10);
    check_refused("RULE:(a)/x${n}/", 11);
    check_refused("RULE:a/x$1/", 9);
    check_refused("RULE:\xff/a/", 6);
}

static void there_is_a_limit_to_everything(void **state)
{
    static char text[X509_RULES_TEXT_MAX + 2];
    static char name[X509_SUBJECT_MAX + 1];
    struct x509_rules_problem problem;
    struct x509_rules r;
    struct buf out;

    (void)state;
    memset(text, ' ', X509_RULES_TEXT_MAX);
    assert_int_equal(x509_rules_init(&r, text, X509_RULES_TEXT_MAX, &problem), OK);
    x509_rules_fini(&r);
    assert_int_equal(
        x509_rules_init(&r, text, X509_RULES_TEXT_MAX + 1, &problem), ERR_INVALID);
    for (size_t i = 0; i <= X509_RULES_MAX; i++) {
        memcpy(text + 8 * i, "DEFAULT,", 8);
    }
    assert_int_equal(x509_rules_init(&r, text, 8 * X509_RULES_MAX, &problem), OK);
    x509_rules_fini(&r);
    assert_int_equal(
        x509_rules_init(&r, text, 8 * X509_RULES_MAX + 8, &problem), ERR_INVALID);
    memset(name, 'a', sizeof(name));
    buf_init(&out, 2 * sizeof(name));
    assert_int_equal(x509_rules_init(&r, "DEFAULT", 7, &problem), OK);
    assert_int_equal(x509_rules_apply(&r, name, X509_SUBJECT_MAX, &out), OK);
    assert_int_equal(x509_rules_apply(&r, name, X509_SUBJECT_MAX + 1, &out), ERR_FULL);
    x509_rules_fini(&r);
    buf_fini(&out);
    (void)snprintf(text, sizeof(text), "RULE:a*/");
    for (size_t i = 0; i <= X509_PARTS_MAX; i++) {
        (void)strcat(text, i % 2 == 0 ? "$0" : "x");
    }
    (void)strcat(text, "/");
    assert_int_equal(x509_rules_init(&r, text, strlen(text), &problem), ERR_INVALID);
}

/* A pattern that takes too long refuses, though a rule behind it would apply. */
static void a_pattern_that_runs_away_is_stopped_and_not_passed_over(void **state)
{
    char name[X509_FINDS_MAX + 2];
    struct buf out;

    (void)state;
    assert_int_equal(map("RULE:^(a+)+$/x/,DEFAULT",
                         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", &out),
        ERR_FULL);
    buf_fini(&out);
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(map("RULE:[a]*?/x/,DEFAULT", name, &out), ERR_FULL);
    buf_fini(&out);
}

static void no_memory_is_an_error_and_nothing_leaks(void **state)
{
    static const char text[] = "RULE:^CN=(a)$/x$1/L,RULE:(b)/c/,DEFAULT";
    struct x509_rules_problem problem;
    struct x509_rules r;
    enum err e = ERR_NOMEM;
    long successes = 0;

    (void)state;
    for (; e == ERR_NOMEM; successes++) {
        mem_fail_after(successes);
        e = x509_rules_init(&r, text, sizeof(text) - 1, &problem);
        mem_fail_after(-1);
    }
    assert_int_equal(e, OK);
    assert_true(successes > 2);
    x509_rules_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_rule_that_is_the_whole_name_applies),
        cmocka_unit_test(what_a_pattern_finds_is_replaced_wherever_it_is),
        cmocka_unit_test(numbers_name_groups_as_far_as_there_are_any),
        cmocka_unit_test(a_backslash_takes_the_meaning_away),
        cmocka_unit_test(letters_change_where_it_is_asked_for),
        cmocka_unit_test(blanks_and_empty_rules_between_commas_are_nothing),
        cmocka_unit_test(text_that_does_not_fit_the_grammar_is_refused),
        cmocka_unit_test(there_is_a_limit_to_everything),
        cmocka_unit_test(a_pattern_that_runs_away_is_stopped_and_not_passed_over),
        cmocka_unit_test(no_memory_is_an_error_and_nothing_leaks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
