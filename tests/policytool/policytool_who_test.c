#include "policytool_can.h"
#include "policytool_fixture.h"
#include "policytool_who.h"

static const char policy[] = "policy 1\n"
                             "net dc = { 10.20.0.0/16 }\n"
                             "team ops = { anna, ben }\n"
                             "team staff from ldap \"cn=staff\"\n"
                             "wide: deny any to all topic pci.* from not @dc\n"
                             "ben: deny ben to read topic pci.v1\n"
                             "half: deny carl to read topic pci.* until 2027-01-01\n"
                             "ops: allow @ops, carl to consume topic pci.*, paid group g "
                             "with mtls and tls >= 1.3\n"
                             "staff: allow @staff to read topic pci.v1\n"
                             "nodel: deny @ops to delete topic *\n"
                             "own: allow anna to delete, describe topic paid\n"
                             "net: allow anonymous to describe topic pci.v1\n"
                             "clu: allow any to observe cluster\n";

static void check(
    const char *const *words, bool asks_who, bool as_json, const char *expected)
{
    struct policytool_question q;
    struct policytool_set set;
    struct buf out;

    buf_init(&out, 1 << 16);
    set_of(policy, &set);
    if (asks_who) {
        assert_true(policytool_question_parse_what(words_of(words), &q, &out));
        assert_int_equal(policytool_who(&set.model, &q, as_json, &out), OK);
    } else {
        assert_true(policytool_question_parse_who(words_of(words), &q, &out));
        assert_int_equal(policytool_can(&set, &q, as_json, &out), OK);
    }
    assert_text(&out, expected);
    buf_fini(&out);
    policytool_set_fini(&set);
}

static void who_names_all_that_may_with_their_conditions(void **state)
{
    (void)state;
    check(WORDS("read", "topic", "pci.v1"), true, false,
        "PRINCIPAL                 TEAM  CONDITION                 EXCEPT                "
        "                                                         RULE   PLACE\n"
        "User:anna                 @ops  with mtls and tls >= 1.3  from not @dc (wide)   "
        "                                                         ops    main.policy:8\n"
        "User:carl                 -     with mtls and tls >= 1.3  from not @dc (wide); "
        "until 2027-01-01T00:00Z (half)                            ops    main.policy:8\n"
        "@staff (ldap \"cn=staff\")  -     -                         from not @dc "
        "(wide); User:ben (ben); User:carl until 2027-01-01T00:00Z (half)  staff  "
        "main.policy:9\n");
}

static void who_knows_what_is_implied(void **state)
{
    (void)state;
    check(WORDS("describe", "topic", "paid"), true, false,
        "PRINCIPAL  TEAM  CONDITION                 EXCEPT  RULE  PLACE\n"
        "User:anna  @ops  with mtls and tls >= 1.3  -       ops   main.policy:8\n"
        "User:ben   @ops  with mtls and tls >= 1.3  -       ops   main.policy:8\n"
        "User:carl  -     with mtls and tls >= 1.3  -       ops   main.policy:8\n"
        "User:anna  -     -                         -       own   main.policy:11\n");
    check(WORDS("alter", "topic", "paid"), true, false, "nobody\n");
}

static void can_lists_all_that_somebody_may(void **state)
{
    (void)state;
    check(WORDS("anna"), false, false,
        "EFFECT  OPERATIONS  KIND     NAMES        CONDITION                 AS         "
        "RULE   PLACE\n"
        "deny    all         topic    pci.*        from not @dc              any        "
        "wide   main.policy:5\n"
        "allow   read        topic    pci.*, paid  with mtls and tls >= 1.3  @ops       "
        "ops    main.policy:8\n"
        "allow   read        group    g            with mtls and tls >= 1.3  @ops       "
        "ops    main.policy:8\n"
        "deny    delete      topic    *            -                         @ops       "
        "nodel  main.policy:10\n"
        "allow   describe    topic    paid         -                         User:anna  "
        "own    main.policy:11\n"
        "allow   describe    cluster  -            -                         any        "
        "clu    main.policy:13\n");
    check(WORDS("dora", "group=ldap:cn=staff"), false, true,
        "[\n"
        "  {\"effect\": \"deny\", \"operations\": \"all\", \"kind\": \"topic\", "
        "\"names\": \"pci.*\", \"condition\": \"from not @dc\", \"as\": \"any\", "
        "\"rule\": \"wide\", \"place\": \"main.policy:5\"},\n"
        "  {\"effect\": \"allow\", \"operations\": \"read\", \"kind\": \"topic\", "
        "\"names\": \"pci.v1\", \"condition\": \"\", \"as\": \"@staff (ldap "
        "\\\"cn=staff\\\")\", \"rule\": \"staff\", \"place\": \"main.policy:9\"},\n"
        "  {\"effect\": \"allow\", \"operations\": \"describe\", \"kind\": \"cluster\", "
        "\"names\": \"\", \"condition\": \"\", \"as\": \"any\", \"rule\": \"clu\", "
        "\"place\": \"main.policy:13\"}\n"
        "]\n");
}

static void check_of(
    const char *text, const char *const *words, bool asks_who, const char *expected)
{
    struct policytool_question q;
    struct policytool_set set;
    struct buf out;

    buf_init(&out, 1 << 16);
    set_of(text, &set);
    if (asks_who) {
        assert_true(policytool_question_parse_what(words_of(words), &q, &out));
        assert_int_equal(policytool_who(&set.model, &q, false, &out), OK);
    } else {
        assert_true(policytool_question_parse_who(words_of(words), &q, &out));
        assert_int_equal(policytool_can(&set, &q, false, &out), OK);
    }
    assert_text(&out, expected);
    buf_fini(&out);
    policytool_set_fini(&set);
}

static void a_never_takes_away_what_a_team_of_a_directory_gives(void **state)
{
    static const char text[] = "policy 1\n"
                               "team staff from ldap staff\n"
                               "in: allow @staff to read, write topic x*\n"
                               "no: never eve to read topic x, y\n";

    (void)state;
    check_of(text, WORDS("eve", "group=ldap:staff"), false,
        "EFFECT  OPERATIONS   KIND   NAMES  CONDITION  AS                   RULE  "
        "PLACE\n"
        "allow   read, write  topic  x*     -          @staff (ldap staff)  in    "
        "main.policy:3\n"
        "never   read         topic  x, y   -          User:eve             no    "
        "main.policy:4\n");
    check_of(text, WORDS("read", "topic", "x"), true,
        "PRINCIPAL            TEAM  CONDITION  EXCEPT         RULE  PLACE\n"
        "@staff (ldap staff)  -     -          User:eve (no)  in    main.policy:3\n");
    check_of("policy 1\nteam staff from ldap staff\n"
             "in: allow @staff to read, write topic x\n"
             "no: never eve to read topic x*\n",
        WORDS("eve", "group=ldap:staff"), false,
        "EFFECT  OPERATIONS  KIND   NAMES  CONDITION  AS                   RULE  PLACE\n"
        "allow   write       topic  x      -          @staff (ldap staff)  in    "
        "main.policy:3\n"
        "never   read        topic  x*     -          User:eve             no    "
        "main.policy:4\n");
}

static void what_a_login_may_take_away_is_an_exception_of_a_principal(void **state)
{
    (void)state;
    check_of("policy 1\nteam out from ldap out\nin: allow bob to read topic x\n"
             "no: never @out, anonymous to read topic x\nd: deny carl to read topic x\n",
        WORDS("read", "topic", "x"), true,
        "PRINCIPAL  TEAM  CONDITION  EXCEPT                           RULE  PLACE\n"
        "User:bob   -     -          @out (ldap out), anonymous (no)  in    "
        "main.policy:3\n");
}

static void who_is_in_teams_that_exclude_each_other_can_do_nothing(void **state)
{
    (void)state;
    check_of("policy 1\nteam a from ldap a\nteam b from ldap b\nexclusive @a, @b\n"
             "allow @a to read topic x\n",
        WORDS("eve", "group=ldap:a", "group=ldap:b"), false, "nothing\n");
}

static void what_an_operation_implies_is_left_where_that_is_taken_away(void **state)
{
    (void)state;
    check_of("policy 1\nin: allow a to read topic x\nno: deny a to read topic x\n",
        WORDS("a"), false,
        "EFFECT  OPERATIONS  KIND   NAMES  CONDITION  AS      RULE  PLACE\n"
        "allow   describe    topic  x      -          User:a  in    main.policy:2\n"
        "deny    read        topic  x      -          User:a  no    main.policy:3\n");
}

static void out_of_memory_is_told(void **state)
{
    struct policytool_question q;
    struct policytool_set set;
    struct buf out;
    enum err e = ERR_NOMEM;

    (void)state;
    buf_init(&out, 1 << 16);
    set_of(policy, &set);
    assert_true(policytool_question_parse_what(
        words_of(WORDS("read", "topic", "pci.v1")), &q, &out));
    for (long n = 0; e != OK; n++) {
        buf_fini(&out);
        mem_fail_after(n);
        e = policytool_who(&set.model, &q, false, &out);
        mem_fail_after(-1);
        assert_true(e == OK || e == ERR_NOMEM);
        assert_true(n < 50);
    }
    buf_fini(&out);
    e = ERR_NOMEM;
    assert_true(policytool_question_parse_who(words_of(WORDS("anna")), &q, &out));
    for (long n = 0; e != OK; n++) {
        buf_fini(&out);
        mem_fail_after(n);
        e = policytool_can(&set, &q, false, &out);
        mem_fail_after(-1);
        assert_true(e == OK || e == ERR_NOMEM);
        assert_true(n < 50);
    }
    buf_fini(&out);
    policytool_set_fini(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_names_all_that_may_with_their_conditions),
        cmocka_unit_test(who_knows_what_is_implied),
        cmocka_unit_test(can_lists_all_that_somebody_may),
        cmocka_unit_test(a_never_takes_away_what_a_team_of_a_directory_gives),
        cmocka_unit_test(what_a_login_may_take_away_is_an_exception_of_a_principal),
        cmocka_unit_test(who_is_in_teams_that_exclude_each_other_can_do_nothing),
        cmocka_unit_test(what_an_operation_implies_is_left_where_that_is_taken_away),
        cmocka_unit_test(out_of_memory_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
