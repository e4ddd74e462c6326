#include "policytool_diff.h"
#include "policytool_fixture.h"

static void check(const char *was, const char *is, const char *expected)
{
    struct policytool_set sets[2];
    struct buf out;
    bool differs = false;

    buf_init(&out, 1 << 20);
    set_of(was, &sets[0]);
    set_of(is, &sets[1]);
    assert_int_equal(
        policytool_diff(&sets[0].model, &sets[1].model, false, &out, &differs), OK);
    assert_int_equal(differs, strcmp(expected, "no change in effect\n") != 0);
    assert_text(&out, expected);
    buf_fini(&out);
    policytool_set_fini(&sets[0]);
    policytool_set_fini(&sets[1]);
}

static void other_text_of_the_same_effect_is_no_change(void **state)
{
    (void)state;
    check("policy 1\nnet dc = { 10.0.0.0/8 }\nteam t = { a, b }\n"
          "allow @t to consume topic x, y from @dc\n",
        "policy 1\n# moved\nrole r {\n    read topic y, x\n}\n"
        "grant r to b, a from 10.0.0.0/8\n",
        "no change in effect\n");
    check("policy 1\nallow a to write topic x*\nallow a to describe topic xy\n",
        "policy 1\nallow a to write topic x*\n", "no change in effect\n");
}

static void rights_are_gained_and_lost_by_operation_and_pattern(void **state)
{
    (void)state;
    check("policy 1\nallow a to write topic x\n",
        "policy 1\nallow a, b to read topic x, y\n",
        "CHANGE  PRINCIPALS      OPERATIONS      KIND   NAME  WAS     IS      EXCEPT\n"
        "gained  User:a          read            topic  x     no      always  -\n"
        "gained  User:b          read, describe  topic  x     no      always  -\n"
        "gained  User:a, User:b  read, describe  topic  y     no      always  -\n"
        "lost    User:a          write           topic  x     always  no      -\n");
}

static void a_condition_that_changes_is_shown_as_it_was_and_is(void **state)
{
    (void)state;
    check("policy 1\nnet dc = { 10.0.0.0/8 }\nallow a to read topic x from @dc\n",
        "policy 1\nnet dc = { 10.0.0.0/16 }\nallow a to read topic x from @dc\n",
        "CHANGE   PRINCIPALS  OPERATIONS      KIND   NAME  WAS              IS           "
        "     EXCEPT\n"
        "changed  User:a      read, describe  topic  x     from 10.0.0.0/8  from "
        "10.0.0.0/16  -\n");
    check("policy 1\nallow a to read topic x with mtls\n",
        "policy 1\nallow a to read topic x\n",
        "CHANGE   PRINCIPALS  OPERATIONS      KIND   NAME  WAS        IS      EXCEPT\n"
        "changed  User:a      read, describe  topic  x     with mtls  always  -\n");
}

static void a_deny_takes_away_what_it_covers_and_is_named_as_an_exception(void **state)
{
    (void)state;
    check("policy 1\n",
        "policy 1\nallow a to read topic x*\nd: deny any to read topic xy*\n",
        "CHANGE  PRINCIPALS  OPERATIONS  KIND   NAME  WAS  IS      EXCEPT\n"
        "gained  User:a      describe    topic  x*    no   always  -\n"
        "gained  User:a      read        topic  x*    no   always  xy*\n");
    check("policy 1\nallow a to read topic x*\n",
        "policy 1\nallow a to read topic x*\nd: deny any to read topic xy* from "
        "10.0.0.1\n",
        "CHANGE   PRINCIPALS  OPERATIONS  KIND   NAME  WAS     IS                        "
        "   EXCEPT\n"
        "changed  User:a      read        topic  xy*   always  always unless from "
        "10.0.0.1  -\n");
}

static void anybody_and_groups_and_the_network_have_rows_of_their_own(void **state)
{
    (void)state;
    check("policy 1\nallow a to read topic x\n",
        "policy 1\nteam s from ldap \"cn=s\"\nallow any to read topic x\n"
        "allow @s to write topic x\ndelegate topic d.*\n",
        "CHANGE  PRINCIPALS               OPERATIONS             KIND   NAME  WAS  IS    "
        "  EXCEPT\n"
        "gained  rules over the network   all                    topic  d.*   no   "
        "always  -\n"
        "gained  anybody else, anonymous  read, describe         topic  x     no   "
        "always  -\n"
        "gained  group ldap:\"cn=s\"        read, write, describe  topic  x     no   "
        "always  -\n");
}

static void out_of_memory_is_told(void **state)
{
    struct policytool_set sets[2];
    struct buf out;
    bool differs = false;
    enum err e = ERR_NOMEM;

    (void)state;
    buf_init(&out, 1 << 16);
    set_of("policy 1\nallow a to read topic x* from 10.0.0.1\n", &sets[0]);
    set_of("policy 1\nallow a to read topic xy via A with mtls\n", &sets[1]);
    for (long n = 0; e != OK; n++) {
        buf_fini(&out);
        mem_fail_after(n);
        e = policytool_diff(&sets[0].model, &sets[1].model, false, &out, &differs);
        mem_fail_after(-1);
        assert_true(e == OK || e == ERR_NOMEM);
        assert_true(n < 200);
    }
    buf_fini(&out);
    policytool_set_fini(&sets[0]);
    policytool_set_fini(&sets[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_text_of_the_same_effect_is_no_change),
        cmocka_unit_test(rights_are_gained_and_lost_by_operation_and_pattern),
        cmocka_unit_test(a_condition_that_changes_is_shown_as_it_was_and_is),
        cmocka_unit_test(a_deny_takes_away_what_it_covers_and_is_named_as_an_exception),
        cmocka_unit_test(anybody_and_groups_and_the_network_have_rows_of_their_own),
        cmocka_unit_test(out_of_memory_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
