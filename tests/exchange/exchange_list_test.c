#include "exchange_fixture.h"

#include "exchange_fold.h"
#include "exchange_list.h"
#include "policy_model.h"

#include <stdio.h>

#define HEAD(type, name, pattern)                                                        \
    "Current ACLs for resource `ResourcePattern(resourceType=" type ", name=" name       \
    ", patternType=" pattern ")`: \n"
#define ENTRY(principal, host, operation, permission)                                    \
    " \t(principal=" principal ", host=" host ", operation=" operation                   \
    ", permissionType=" permission ")\n"
#define LIST EXCHANGE_FORMAT_KAFKA_ACLS

static void what_the_tool_prints_becomes_statements(void **state)
{
    (void)state;
    expect_import(EXCHANGE_FORMAT_GUESS,
        HEAD("TOPIC", "pay.auth", "LITERAL") ENTRY("User:api", "*", "WRITE", "ALLOW")
            ENTRY("User:api", "*", "DESCRIBE", "ALLOW")
                ENTRY("User:settle", "10.20.4.7", "READ", "ALLOW")
                    ENTRY("User:settle", "10.20.4.7", "DESCRIBE", "ALLOW") "\n" HEAD(
                        "GROUP", "settle.", "PREFIXED") ENTRY("User:settle", "10.20.4.7",
                        "READ", "ALLOW") "\n" HEAD("TRANSACTIONAL_ID", "api-", "PREFIXED")
                        ENTRY("User:api", "*", "WRITE", "ALLOW") "\n" HEAD(
                            "TOPIC", "pci.", "PREFIXED") ENTRY("User:dora", "*", "ALL",
                            "DENY") "\n" HEAD("CLUSTER", "kafka-cluster", "LITERAL")
                            ENTRY("User:anna", "*", "ALTER", "ALLOW")
                                ENTRY("User:anna", "*", "DESCRIBE", "ALLOW"),
        "deny dora to all topic pci.*\n"
        "allow anna to alter cluster\n"
        "allow api to produce topic pay.auth txn api-*\n"
        "allow settle to consume topic pay.auth group settle.* from 10.20.4.7\n",
        0);
}

static void operations_that_no_verb_stands_for_are_named(void **state)
{
    (void)state;
    expect_import(LIST,
        HEAD("TOPIC", "a", "LITERAL") ENTRY("User:p", "*", "CREATE", "ALLOW") ENTRY(
            "User:p", "*", "WRITE", "ALLOW") ENTRY("User:p", "*", "DESCRIBE_CONFIGS",
            "ALLOW") HEAD("TOPIC", "b", "LITERAL") ENTRY("User:p", "*", "CREATE", "ALLOW")
            ENTRY("User:p", "*", "DESCRIBE_CONFIGS", "ALLOW") HEAD("TOPIC", "c",
                "LITERAL") ENTRY("User:p", "*", "CREATE", "ALLOW") ENTRY("User:p", "*",
                "DELETE", "ALLOW") ENTRY("User:p", "*", "ALTER", "ALLOW") ENTRY("User:p",
                "*", "ALTER_CONFIGS", "ALLOW") HEAD("CLUSTER", "kafka-cluster", "LITERAL")
                ENTRY("User:p", "*", "IDEMPOTENT_WRITE", "ALLOW") HEAD("DELEGATION_TOKEN",
                    "t1", "LITERAL") ENTRY("User:p", "*", "DESCRIBE", "ALLOW")
                    HEAD("USER", "User:bob", "LITERAL") ENTRY("User:p", "*",
                        "CREATE_TOKENS", "ALLOW") HEAD("TRANSACTIONAL_ID", "x", "LITERAL")
                        ENTRY("User:p", "*", "TWO_PHASE_COMMIT", "ALLOW"),
        "allow p to create, describe-configs topic a, b\n"
        "allow p to create-tokens user bob\n"
        "allow p to describe token t1\n"
        "allow p to idempotent-write cluster\n"
        "allow p to manage topic c\n"
        "allow p to produce topic a\n"
        "allow p to two-phase-commit txn x\n",
        0);
}

static void a_deny_implies_nothing(void **state)
{
    (void)state;
    expect_import(LIST,
        HEAD("TOPIC", "a", "LITERAL") ENTRY("User:p", "*", "READ", "DENY") ENTRY(
            "User:p", "*", "DESCRIBE", "DENY") ENTRY("User:q", "*", "READ", "ALLOW")
            ENTRY("User:q", "*", "DESCRIBE", "ALLOW") ENTRY("User:r", "*", "ALL", "ALLOW")
                ENTRY("User:r", "*", "READ", "ALLOW"),
        "deny p to consume topic a\n"
        "deny p to describe topic a\n"
        "allow q to consume topic a\n"
        "allow r to all topic a\n",
        0);
}

static void names_that_are_no_words_are_quoted(void **state)
{
    (void)state;
    expect_import(LIST,
        HEAD("TOPIC", "*", "LITERAL") ENTRY("User:CN=a,O=b, host=c", "*", "READ", "ALLOW")
            HEAD("GROUP", "a b, patternType=x", "LITERAL") ENTRY(
                "User:any", "*", "READ", "ALLOW") HEAD("GROUP", "a*b", "LITERAL")
                ENTRY("User:User:x", "*", "READ", "ALLOW") HEAD("GROUP", "g", "LITERAL")
                    ENTRY("User:*", "*", "READ", "ALLOW") ENTRY("User:ANONYMOUS", "*",
                        "READ", "ALLOW") ENTRY("User:@t", "*", "READ", "ALLOW")
                        ENTRY("User:a*", "*", "READ", "ALLOW"),
        "allow \"@t\" to consume group g\n"
        "allow \"CN=a,O=b, host=c\" to consume topic *\n"
        "allow \"User:User:x\" to consume group \"a*b\"\n"
        "allow \"a*\" to consume group g\n"
        "allow User:any to consume group \"a b, patternType=x\"\n"
        "allow anonymous to consume group g\n"
        "allow any to consume group g\n",
        0);
}

static void hosts_that_say_the_same_share_a_statement(void **state)
{
    (void)state;
    expect_import(LIST,
        HEAD("TOPIC", "a", "LITERAL") ENTRY("User:p", "10.0.0.2", "READ", "ALLOW") ENTRY(
            "User:p", "10.0.0.1", "READ", "ALLOW") ENTRY("User:p", "*", "READ", "ALLOW")
            ENTRY("User:p", "0:0:0:0:0:0:0:1", "READ", "ALLOW")
                ENTRY("User:p", "10.0.0.0/8", "WRITE", "ALLOW"),
        "allow p to consume topic a\n"
        "allow p to consume topic a from 0:0:0:0:0:0:0:1, 10.0.0.1, 10.0.0.2\n"
        "allow p to produce topic a from 10.0.0.0/8\n",
        0);
}

static void what_can_not_be_taken_is_said_and_counted(void **state)
{
    (void)state;
    expect_import(LIST,
        "some line\n" ENTRY("User:p", "*", "READ", "ALLOW") HEAD("TOPIC", "a", "LITERAL")
            ENTRY("User:p", "*", "FLY", "ALLOW") ENTRY("User:p", "host.example", "READ",
                "ALLOW") ENTRY("User:p", "10.0.0.1/8", "READ", "ALLOW") ENTRY("Group:p",
                "*", "READ", "ALLOW") ENTRY("User:q", "*", "CLUSTER_ACTION", "ALLOW")
                HEAD("TOPIC", "a b", "PREFIXED") ENTRY("User:p", "*", "READ", "ALLOW")
                    HEAD("TOPIC", "*", "PREFIXED") ENTRY("User:p", "*", "READ", "ALLOW")
                        HEAD("CLUSTER", "other", "LITERAL") ENTRY(
                            "User:p", "*", "ALTER", "ALLOW") HEAD("MOON", "a", "LITERAL")
                            ENTRY("User:p", "*", "READ", "ALLOW"),
        "# not taken: line 1: some line\n"
        "# not taken: line 2: (principal=User:p, host=*, operation=READ, "
        "permissionType=ALLOW)\n"
        "# not taken: line 4: (principal=User:p, host=*, operation=FLY, "
        "permissionType=ALLOW)\n"
        "# not taken: line 15: Current ACLs for resource "
        "`ResourcePattern(resourceType=MOON, "
        "name=a, patternType=LITERAL)`:\n"
        "# not taken: line 16: (principal=User:p, host=*, operation=READ, "
        "permissionType=ALLOW)\n"
        "# not taken: allow Group:p to READ TOPIC a from *: the principal can not be "
        "written in a policy\n"
        "# not taken: allow User:p to READ TOPIC * (prefix) from *: the prefix has "
        "characters that a pattern can not have\n"
        "# not taken: allow User:p to READ TOPIC a b (prefix) from *: the prefix has "
        "characters that a pattern can not have\n"
        "# not taken: allow User:p to ALTER CLUSTER other from *: there is one cluster, "
        "kafka-cluster\n"
        "# not taken: allow User:p to READ TOPIC a from 10.0.0.1/8: the host is no "
        "address "
        "and no network\n"
        "# not taken: allow User:p to READ TOPIC a from host.example: the host is no "
        "address and no network\n"
        "# not taken: allow User:q to CLUSTER_ACTION TOPIC a from *: the operation means "
        "nothing there\n",
        12);
}

static void text_of_the_input_does_not_leave_its_line(void **state)
{
    (void)state;
    expect_import(LIST, "x\x1b[2J\xe2\x80\xae\n",
        "# not taken: line 1: x\\x1b[2J\\xe2\\x80\\xae\n", 1);
    expect_import(LIST,
        HEAD("TOPIC", "a\"b", "LITERAL") ENTRY("User:p", "*", "READ", "ALLOW") HEAD(
            "TOPIC", "a\xe2\x80\xae", "LITERAL") ENTRY("User:p", "*", "READ", "ALLOW")
            HEAD("TOPIC", "\xff", "LITERAL") ENTRY("User:p", "*", "READ", "ALLOW"),
        "# not taken: allow User:p to READ TOPIC a\\x22b from *: the name can not be "
        "written in a policy\n"
        "# not taken: allow User:p to READ TOPIC a\\xe2\\x80\\xae from *: the name can "
        "not "
        "be written in a policy\n"
        "# not taken: allow User:p to READ TOPIC \\xff from *: the name can not be "
        "written "
        "in a policy\n",
        3);
}

static void an_empty_list_is_an_empty_policy(void **state)
{
    (void)state;
    expect_import(EXCHANGE_FORMAT_GUESS, "", "", 0);
    expect_import(EXCHANGE_FORMAT_GUESS, "\n \n", "", 0);
}

/* Many names and long ones: every line is one that the language takes. */
static void statements_are_cut_where_a_line_would_be_too_long(void **state)
{
    static char text[200000];
    size_t length = 0;
    size_t left = 0;
    struct policy_model m;
    struct report report;
    struct buf errors;

    (void)state;
    for (int i = 0; i < 300; i++) {
        length += (size_t)snprintf(text + length, sizeof(text) - length,
            HEAD("TOPIC", "topic-with-a-name-of-some-length-%d", "LITERAL")
                ENTRY("User:p", "10.0.0.%d", "READ", "ALLOW"),
            i, i % 2);
    }
    char *got = imported(LIST, text, &left);
    assert_int_equal(left, 0);
    (void)snprintf(text, sizeof(text), "policy 1\n%s", got);
    struct policy_source source = {"a", (const uint8_t *)text, strlen(text)};
    buf_init(&errors, 65536);
    report_init(&report, &errors);
    assert_int_equal(policy_model_parse(&source, 1, &report, &m), OK);
    if (report.errors > 0) {
        fail_msg("%.*s", (int)errors.length, (const char *)errors.bytes);
    }
    assert_true(m.rules_count > 1);
    policy_model_fini(&m);
    for (const char *at = got; *at != '\0';) {
        const char *end = strchr(at, '\n');
        assert_non_null(end);
        assert_true(end - at < 4096);
        at = end + 1;
    }
    buf_fini(&errors);
    mem_free(got);
}

static void a_set_is_written_as_it_was_read(void **state)
{
    static const char text[] = HEAD("TOPIC", "a", "LITERAL")
        ENTRY("User:p", "*", "READ", "DENY") ENTRY("User:p", "*", "READ", "ALLOW")
            ENTRY("User:q", "*", "ALL", "ALLOW") "\n" HEAD("GROUP", "g", "PREFIXED")
                ENTRY("User:p", "10.0.0.1", "READ", "ALLOW");
    struct exchange_set *s = exchange_set_new();
    struct buf out;

    (void)state;
    buf_init(&out, 65536);
    exchange_list_read(exchange_view(text), s);
    exchange_list_write(s, &out);
    assert_int_equal(out.length, strlen(text));
    assert_memory_equal(out.bytes, text, out.length);
    exchange_set_free(&s);
    buf_fini(&out);
}

static void what_comes_out_is_a_policy_by_itself(void **state)
{
    struct buf out;
    struct buf why;
    size_t left = 0;

    (void)state;
    buf_init(&out, 65536);
    buf_init(&why, 4096);
    assert_int_equal(exchange_import(LIST,
                         exchange_view(HEAD("TOPIC", "a", "LITERAL")
                                 ENTRY("User:p", "*", "READ", "ALLOW") "nonsense\n"),
                         &out, &left, &why),
        OK);
    buf_add(&out, "", 1);
    assert_string_equal((const char *)out.bytes,
        "policy 1\n\nallow p to consume topic a\n# not taken: line 3: nonsense\n");
    buf_reset(&out);
    assert_int_equal(exchange_import(LIST, exchange_view(""), &out, &left, &why), OK);
    buf_add(&out, "", 1);
    assert_string_equal((const char *)out.bytes, "policy 1\n");
    buf_fini(&out);
    buf_fini(&why);
}

static void without_memory_nothing_comes_out(void **state)
{
    static const char text[] =
        HEAD("TOPIC", "a", "LITERAL") ENTRY("User:p", "*", "READ", "ALLOW");
    bool done = false;

    (void)state;
    for (long n = 0; !done; n++) {
        struct buf out;
        struct buf why;
        size_t left = 0;
        buf_init(&out, 65536);
        buf_init(&why, 4096);
        mem_fail_after(n);
        enum err e = exchange_import(LIST, exchange_view(text), &out, &left, &why);
        mem_fail_after(-1);
        done = e == OK;
        assert_true(done ? out.length > 0 : n < 1000);
        buf_fini(&out);
        buf_fini(&why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_tool_prints_becomes_statements),
        cmocka_unit_test(operations_that_no_verb_stands_for_are_named),
        cmocka_unit_test(a_deny_implies_nothing),
        cmocka_unit_test(names_that_are_no_words_are_quoted),
        cmocka_unit_test(hosts_that_say_the_same_share_a_statement),
        cmocka_unit_test(what_can_not_be_taken_is_said_and_counted),
        cmocka_unit_test(text_of_the_input_does_not_leave_its_line),
        cmocka_unit_test(an_empty_list_is_an_empty_policy),
        cmocka_unit_test(what_comes_out_is_a_policy_by_itself),
        cmocka_unit_test(statements_are_cut_where_a_line_would_be_too_long),
        cmocka_unit_test(a_set_is_written_as_it_was_read),
        cmocka_unit_test(without_memory_nothing_comes_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
