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

static void what_nobody_may_is_no_right_over_the_network(void **state)
{
    (void)state;
    check("policy 1\n",
        "policy 1\ndelegate topic d.*\nnever any to read topic d.pii\n"
        "no: deny any to write topic d.log from 10.0.0.1\n",
        "CHANGE  PRINCIPALS              OPERATIONS                                      "
        "                  KIND   NAME   WAS  IS                           EXCEPT\n"
        "gained  rules over the network  create, delete, alter, describe, "
        "describe-configs, alter-configs  topic  d.*    no   always                      "
        " -\n"
        "gained  rules over the network  read                                            "
        "                  topic  d.*    no   always                       d.pii\n"
        "gained  rules over the network  write                                           "
        "                  topic  d.*    no   always                       d.log\n"
        "gained  rules over the network  write                                           "
        "                  topic  d.log  no   always unless from 10.0.0.1  -\n"
        "\n"
        "CHANGE  INVARIANT  ID          WAS  IS                             PLACE\n"
        "added   never      r-e75fd1ca  -    never any to read topic d.pii  "
        "main.policy:3\n");
}

static void invariants_that_came_went_or_changed_have_rows_of_their_own(void **state)
{
    static const char was[] = "policy 1\nteam dev = { ann }\nteam ops = { carl }\n"
                              "gone: never any to read topic g\n"
                              "never @dev to read topic pci.*, pin\n"
                              "exclusive @dev, @ops\n"
                              "test \"t\" {\n    ann cannot read topic x\n"
                              "    bob cannot read topic x\n}\n";
    static const char is[] = "policy 1\nteam ops = { carl }\nteam dev = { ann, ben }\n"
                             "test \"t\" {\n    bob cannot  read topic x\n"
                             "    carl cannot read topic x\n}\n"
                             "exclusive @ops, @dev\n"
                             "never  @dev to read topic pci.*, pin\n"
                             "never ann to alter cluster\n";

    (void)state;
    check(was, is,
        "no change in effect\n"
        "\n"
        "CHANGE   INVARIANT  ID          WAS                                             "
        "    IS                                                            PLACE\n"
        "removed  never      gone        gone: never any to read topic g                 "
        "    -                                                             "
        "main.policy:4\n"
        "added    never      r-a3a69266  -                                               "
        "    never ann to alter cluster                                    "
        "main.policy:10\n"
        "changed  never      r-ce3106eb  never User:ann to read topic pci.*; read topic "
        "pin  never User:ann, User:ben to read topic pci.*; read topic pin  "
        "main.policy:9\n"
        "changed  exclusive  @dev, @ops  exclusive { User:ann }, { User:carl }           "
        "    exclusive { User:ann, User:ben }, { User:carl }               "
        "main.policy:8\n"
        "changed  test       t           ann cannot read topic x                         "
        "    carl cannot read topic x                                      "
        "main.policy:4\n");
}

static void the_order_of_invariants_and_their_names_are_no_change(void **state)
{
    (void)state;
    check("policy 1\nteam t = { a, b }\nteam u = { c }\nno: never @t to read topic x\n"
          "never any to write topic y\nexclusive @t, @u\n"
          "test \"one\" {\n    a cannot read topic x\n    b cannot read topic x\n}\n",
        "policy 1\nteam s = { b, a }\nteam u = { c }\nexclusive @u, @s\n"
        "test \"two\" {\n    b  cannot read topic x\n    a cannot read topic x\n}\n"
        "never any to write topic y\nnever b, a to read topic x\n",
        "no change in effect\n");
}

static void json_has_changes_and_invariants_as_members(void **state)
{
    struct policytool_set sets[2];
    struct buf out;
    bool differs = false;

    (void)state;
    buf_init(&out, 1 << 16);
    set_of("policy 1\n", &sets[0]);
    set_of("policy 1\nno: never any to read topic x\n", &sets[1]);
    assert_int_equal(
        policytool_diff(&sets[0].model, &sets[1].model, true, &out, &differs), OK);
    assert_true(differs);
    assert_text(&out,
        "\"changes\": []\n, \"invariants\": [\n"
        "  {\"change\": \"added\", \"invariant\": \"never\", \"id\": \"no\", \"was\": "
        "\"\", "
        "\"is\": \"no: never any to read topic x\", \"place\": \"main.policy:2\"}\n]\n");
    buf_fini(&out);
    policytool_set_fini(&sets[0]);
    policytool_set_fini(&sets[1]);
}

static void out_of_memory_is_told(void **state)
{
    struct policytool_set sets[2];
    struct buf out;
    bool differs = false;
    enum err e = ERR_NOMEM;

    (void)state;
    buf_init(&out, 1 << 16);
    set_of("policy 1\nallow a to read topic x* from 10.0.0.1\nteam t = { b }\n"
           "never @t to read topic y\ntest \"t\" {\n    b cannot read topic y\n}\n",
        &sets[0]);
    set_of("policy 1\nallow a to read topic xy via A with mtls\nteam t = { b, c }\n"
           "never @t to read topic y\ntest \"t\" {\n    c cannot read topic y\n}\n",
        &sets[1]);
    for (long n = 0; e != OK; n++) {
        buf_fini(&out);
        mem_fail_after(n);
        e = policytool_diff(&sets[0].model, &sets[1].model, false, &out, &differs);
        mem_fail_after(-1);
        assert_true(e == OK || e == ERR_NOMEM);
        assert_true(n < 300);
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
        cmocka_unit_test(what_nobody_may_is_no_right_over_the_network),
        cmocka_unit_test(invariants_that_came_went_or_changed_have_rows_of_their_own),
        cmocka_unit_test(the_order_of_invariants_and_their_names_are_no_change),
        cmocka_unit_test(json_has_changes_and_invariants_as_members),
        cmocka_unit_test(out_of_memory_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
