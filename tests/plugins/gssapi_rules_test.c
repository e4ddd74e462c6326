#include "gssapi_rules.h"

#include "mem.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

#define REALM "EXAMPLE.TEST"

static struct gssapi_rules *rules_of(const char *text)
{
    struct gssapi_rules_problem problem = {0, NULL};
    struct gssapi_rules *rules = NULL;

    enum err e = gssapi_rules_new(&rules, text, strlen(text), REALM, &problem);
    if (e != OK) {
        print_error("%s: at %zu: %s\n", text, problem.at, problem.message);
    }
    assert_int_equal(e, OK);
    return rules;
}

/* expected: a name, or NULL: no rule, or "!": refused. */
static void check(const char *text, const char *principal, const char *expected)
{
    struct gssapi_rules *rules = rules_of(text);
    struct gssapi_name name = {.length = 0};
    char found[GSSAPI_NAME_MAX + 1];

    enum gssapi_rules_answer answer =
        gssapi_rules_apply(rules, principal, strlen(principal), &name);
    gssapi_rules_free(&rules);
    assert_null(rules);
    if (expected == NULL) {
        assert_int_equal(answer, GSSAPI_RULES_NONE);
    } else if (strcmp(expected, "!") == 0) {
        assert_int_equal(answer, GSSAPI_RULES_REFUSED);
    } else {
        assert_int_equal(answer, GSSAPI_RULES_NAMED);
        (void)snprintf(found, sizeof(found), "%.*s", (int)name.length, name.bytes);
        assert_string_equal(found, expected);
    }
}

static void check_refused(const char *text, size_t at)
{
    struct gssapi_rules_problem problem = {0, NULL};
    struct gssapi_rules *rules = NULL;

    assert_int_equal(
        gssapi_rules_new(&rules, text, strlen(text), REALM, &problem), ERR_INVALID);
    assert_null(rules);
    assert_non_null(problem.message);
    if (problem.at != at) {
        print_error("%s: %s\n", text, problem.message);
    }
    assert_int_equal(problem.at, at);
}

static void the_default_takes_the_primary_of_our_realm(void **state)
{
    (void)state;
    check("DEFAULT", "alice@EXAMPLE.TEST", "alice");
    check("DEFAULT", "alice/admin@EXAMPLE.TEST", "alice");
    check("DEFAULT", "alice@OTHER.TEST", NULL);
    check("DEFAULT", "alice@EXAMPLE.TES", NULL);
    check("DEFAULT", "alice@EXAMPLE.TESTX", NULL);
    check("DEFAULT", "alice@example.test", NULL);
    check(" DEFAULT\t", "alice@EXAMPLE.TEST", "alice");
}

static void the_number_of_parts_selects(void **state)
{
    (void)state;
    check("RULE:[1:$1]", "alice/admin@A", NULL);
    check("RULE:[2:$1]", "alice@A", NULL);
    check("RULE:[2:$2]", "alice/admin@A", "admin");
    check("RULE:[2:$1-$2-$0]", "alice/admin@A", "alice-admin-A");
    check("RULE:[1:fixed]", "alice@A", "fixed");
    check("RULE:[1:$1],RULE:[2:$2]", "alice/admin@A", "admin");
}

static void a_filter_matches_the_whole_text(void **state)
{
    (void)state;
    check("RULE:[1:$1](ali)", "alice@A", NULL);
    check("RULE:[1:$1](lice)", "alice@A", NULL);
    check("RULE:[1:$1](ali.*)", "alice@A", "alice");
    check("RULE:[1:$1](a|alice)", "alice@A", "alice");
    check("RULE:[1:$1@$0](.*@A)s/@.*//,DEFAULT", "alice@A", "alice");
    check("RULE:[1:$1@$0](.*@A)s/@.*//,DEFAULT", "alice@EXAMPLE.TEST", "alice");
    check("RULE:[1:$1@$0](.*@A)s/@.*//,DEFAULT", "alice@AB", NULL);
    check("RULE:[1:$1]()", "alice@A", NULL);
}

static void a_substitution_is_done_once_or_with_g_everywhere(void **state)
{
    (void)state;
    check("RULE:[1:$1]s/a/o/", "banana@A", "bonana");
    check("RULE:[1:$1]s/a/o/g", "banana@A", "bonono");
    check("RULE:[1:$1]s/x/o/g", "banana@A", "banana");
    check("RULE:[1:$1]s/an//g", "banana@A", "ba");
    check("RULE:[1:$1]s/(.)(.)/$2$1/g", "abcde@A", "badce");
    check("RULE:[1:$1]s/(.)(x)?/$1$2-/g", "axb@A", "ax-b-");
    check("RULE:[1:$1]s/^b/\\$1\\\\/", "ba@A", "$1\\a");
    check("RULE:[1:$1]s/(a)/$12/g", "ba@A", "ba2");
}

/* As Java does it: after a hit there may be an empty one at its end. */
static void empty_hits_step_over_one_character(void **state)
{
    (void)state;
    check("RULE:[1:$1]s/a*/X/g", "baaac@A", "XbXXcX");
    check("RULE:[1:$1]s//-/g", "ab@A", "-a-b-");
    check("RULE:[1:$1]s//-/g", "\xc3\xa9@A", "-\xc3\xa9-");
    check("RULE:[1:$1]s/$/-/", "ab@A", "ab-");
}

static void letters_change_their_case(void **state)
{
    (void)state;
    check("RULE:[1:$1]/L", "AliCe-9@A", "alice-9");
    check("RULE:[1:$1]/U", "AliCe-9@A", "ALICE-9");
    check("RULE:[1:$1]L", "AZaz@A", "azaz");
    check("RULE:[1:$1]s/A/B/g/L", "AA@A", "bb");
    check("RULE:[1:$1]s/A/B/U", "Aa@A", "BA");
    check("RULE:[1:$1]/", "Alice@A", "Alice");
    check("RULE:[1:$1]/L", "\xc3\x89@A", "!");
    check("RULE:[1:$1]", "\xc3\x89@A", "\xc3\x89");
}

static void a_result_that_is_not_simple_ends_the_search(void **state)
{
    (void)state;
    check("RULE:[1:$1@$0],DEFAULT", "alice@EXAMPLE.TEST", "!");
    check("RULE:[2:$1/$2],DEFAULT", "alice/a@EXAMPLE.TEST", "!");
    check("RULE:[1:$1]s/.*//,DEFAULT", "alice@EXAMPLE.TEST", "!");
    check("RULE:[1:$1]s/.*/*/", "alice@EXAMPLE.TEST", "!");
    check("DEFAULT", "*@EXAMPLE.TEST", "!");
    check("DEFAULT", "@EXAMPLE.TEST", "!");
}

static void a_name_that_is_none_is_refused(void **state)
{
    (void)state;
    check("DEFAULT", "", "!");
    check("DEFAULT", "a@b@EXAMPLE.TEST", "!");
    check("DEFAULT", "a/b/c@EXAMPLE.TEST", "!");
    check("DEFAULT", "a@EXAMPLE.TEST/b", "!");
    check("DEFAULT", "\xff@EXAMPLE.TEST", "!");
    check("DEFAULT", "a", "a");
    check("DEFAULT", "a/b", "!");
}

static void long_names_are_refused_at_their_limit(void **state)
{
    char name[GSSAPI_PRINCIPAL_MAX + 2];
    struct gssapi_name out;
    struct gssapi_rules *rules = rules_of("RULE:[1:$1]");
    struct gssapi_rules *twice = rules_of("RULE:[1:$1$1$1]s/.*/a/");
    struct gssapi_rules *more = rules_of("RULE:[1:$1]s/./aaa/g");

    (void)state;
    memset(name, 'a', sizeof(name));
    name[GSSAPI_NAME_MAX] = '@';
    assert_int_equal(
        gssapi_rules_apply(rules, name, GSSAPI_NAME_MAX + 2, &out), GSSAPI_RULES_NAMED);
    assert_int_equal(out.length, GSSAPI_NAME_MAX);
    assert_int_equal(
        gssapi_rules_apply(twice, name, GSSAPI_NAME_MAX + 2, &out), GSSAPI_RULES_REFUSED);
    assert_int_equal(
        gssapi_rules_apply(more, name, GSSAPI_NAME_MAX + 2, &out), GSSAPI_RULES_REFUSED);
    name[GSSAPI_NAME_MAX] = 'a';
    name[GSSAPI_NAME_MAX + 1] = '@';
    assert_int_equal(
        gssapi_rules_apply(rules, name, GSSAPI_NAME_MAX + 2, &out), GSSAPI_RULES_REFUSED);
    name[1] = '@';
    name[GSSAPI_NAME_MAX + 1] = 'a';
    assert_int_equal(
        gssapi_rules_apply(rules, name, GSSAPI_PRINCIPAL_MAX, &out), GSSAPI_RULES_NAMED);
    assert_int_equal(gssapi_rules_apply(rules, name, GSSAPI_PRINCIPAL_MAX + 1, &out),
        GSSAPI_RULES_REFUSED);
    gssapi_rules_free(&rules);
    gssapi_rules_free(&twice);
    gssapi_rules_free(&more);
}

static void a_costly_match_is_refused_not_waited_for(void **state)
{
    (void)state;
    check("RULE:[1:$1](.*.*.*.*.*.*.*.*.*.*[xy]),DEFAULT",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@EXAMPLE.TEST",
        "!");
    check("RULE:[1:$1]s/(a+)+[xy]//,DEFAULT",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab@EXAMPLE.TEST", "!");
    check("RULE:[1:$1]s/(.*)(.*)(?1){9}[xy]//,DEFAULT",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab@EXAMPLE.TEST", "!");
}

static void a_text_that_is_no_rule_is_refused_at_its_place(void **state)
{
    (void)state;
    check_refused("", 1);
    check_refused("DEFAULT,", 9);
    check_refused(",DEFAULT", 1);
    check_refused("DEFAULT DEFAULT", 9);
    check_refused("default", 1);
    check_refused("RULE:[0:$1]", 7);
    check_refused("RULE:[3:$1]", 7);
    check_refused("RULE:[:$1]", 7);
    check_refused("RULE:[99999999999:$1]", 7);
    check_refused("RULE:[1:$2]", 9);
    check_refused("RULE:[1:a$]", 10);
    check_refused("RULE:[1:$1", 9);
    check_refused("RULE:[1$1]", 8);
    check_refused("RULE:[1:$1](a", 12);
    check_refused("RULE:[1:$1](a[)", 15);
    check_refused("RULE:[1:$1]s/a/b", 12);
    check_refused("RULE:[1:$1]s/a", 12);
    check_refused("RULE:[1:$1]s/(/b/", 15);
    check_refused("RULE:[1:$1]s/a/$1/", 16);
    check_refused("RULE:[1:$1]s/a/$/", 16);
    check_refused("RULE:[1:$1]s/a/\\/", 16);
    check_refused("RULE:[1:$1]s/a/${x}/", 16);
    check_refused("RULE:[1:$1]s/a/b/gg", 19);
    check_refused("RULE:[1:$1]/l", 13);
    check_refused("RULE:[1:$1]/LU", 14);
    check_refused("DEFAULT,RULE:[1:\xff]", 1);
}

static void rules_have_their_limits(void **state)
{
    static char text[GSSAPI_RULES_TEXT_MAX + 2];
    struct gssapi_rules_problem problem;
    struct gssapi_rules *rules = NULL;

    (void)state;
    memset(text, ' ', sizeof(text));
    memcpy(text, "DEFAULT", 7);
    assert_int_equal(
        gssapi_rules_new(&rules, text, GSSAPI_RULES_TEXT_MAX, REALM, &problem), OK);
    gssapi_rules_free(&rules);
    assert_int_equal(
        gssapi_rules_new(&rules, text, GSSAPI_RULES_TEXT_MAX + 1, REALM, &problem),
        ERR_INVALID);
    for (size_t i = 0; i <= GSSAPI_RULES_MAX; i++) {
        memcpy(text + 8 * i, "DEFAULT,", 8);
    }
    assert_int_equal(
        gssapi_rules_new(&rules, text, 8 * GSSAPI_RULES_MAX - 1, REALM, &problem), OK);
    gssapi_rules_free(&rules);
    assert_int_equal(
        gssapi_rules_new(&rules, text, 8 * GSSAPI_RULES_MAX + 7, REALM, &problem),
        ERR_INVALID);
    (void)snprintf(text, sizeof(text), "RULE:[1:$1]s/%0*d/b/", GSSAPI_PATTERN_MAX, 1);
    assert_int_equal(gssapi_rules_new(&rules, text, strlen(text), REALM, &problem), OK);
    gssapi_rules_free(&rules);
    (void)snprintf(text, sizeof(text), "RULE:[1:$1]s/%0*d/b/", GSSAPI_PATTERN_MAX + 1, 1);
    check_refused(text, 14);
    size_t length = (size_t)snprintf(text, sizeof(text), "RULE:[1:$1]s/");
    for (size_t i = 0; i <= GSSAPI_GROUPS_MAX; i++) {
        memcpy(text + length + 3 * i, "(a)", 3);
    }
    memcpy(text + length + 3 * (GSSAPI_GROUPS_MAX + 1), "/b/", 4);
    check_refused(text, 14);
}

static void no_memory_is_an_error_each_time(void **state)
{
    static const char text[] = "RULE:[1:$1](a.*)s/(a)/$1/g/L,DEFAULT";
    struct gssapi_rules_problem problem;
    struct gssapi_rules *rules = NULL;
    struct gssapi_name name;
    long successes = 0;
    enum err e = ERR_NOMEM;

    (void)state;
    while (e != OK) {
        mem_fail_after(successes);
        e = gssapi_rules_new(&rules, text, sizeof(text) - 1, REALM, &problem);
        mem_fail_after(-1);
        successes++;
        assert_true(e == OK || rules == NULL);
        assert_true(successes < 100);
    }
    assert_true(successes > 5);
    mem_fail_after(0);
    enum gssapi_rules_answer answer = gssapi_rules_apply(rules, "alice@A", 7, &name);
    mem_fail_after(-1);
    assert_int_not_equal(answer, GSSAPI_RULES_NONE);
    assert_int_equal(gssapi_rules_apply(rules, "alice@A", 7, &name), GSSAPI_RULES_NAMED);
    gssapi_rules_free(&rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_takes_the_primary_of_our_realm),
        cmocka_unit_test(the_number_of_parts_selects),
        cmocka_unit_test(a_filter_matches_the_whole_text),
        cmocka_unit_test(a_substitution_is_done_once_or_with_g_everywhere),
        cmocka_unit_test(empty_hits_step_over_one_character),
        cmocka_unit_test(letters_change_their_case),
        cmocka_unit_test(a_result_that_is_not_simple_ends_the_search),
        cmocka_unit_test(a_name_that_is_none_is_refused),
        cmocka_unit_test(long_names_are_refused_at_their_limit),
        cmocka_unit_test(a_costly_match_is_refused_not_waited_for),
        cmocka_unit_test(a_text_that_is_no_rule_is_refused_at_its_place),
        cmocka_unit_test(rules_have_their_limits),
        cmocka_unit_test(no_memory_is_an_error_each_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
