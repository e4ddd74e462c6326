#include "policytool_fixture.h"

static struct policytool_question question(const char *const *words)
{
    struct policytool_question q;
    struct buf why;

    buf_init(&why, 4096);
    if (!policytool_question_parse(words_of(words), NOW_MS, &q, &why)) {
        buf_add(&why, "", 1);
        fail_msg("%s", (const char *)why.bytes);
    }
    buf_fini(&why);
    return q;
}

static void check_view(struct policy_view v, const char *expected)
{
    assert_int_equal(v.len, strlen(expected));
    assert_memory_equal(v.ptr, expected, v.len);
}

static void check_refused(const char *const *words, const char *expected)
{
    struct policytool_question q;
    struct buf why;

    buf_init(&why, 4096);
    assert_false(policytool_question_parse(words_of(words), NOW_MS, &q, &why));
    assert_text(&why, expected);
    buf_fini(&why);
}

static void a_principal_may_be_named_with_its_type(void **state)
{
    struct policytool_question q = question(WORDS("alice", "read", "topic", "t"));

    (void)state;
    check_view(q.principal, "alice");
    check_view(q.name, "t");
    assert_int_equal(q.operation, POLICY_READ);
    assert_int_equal(q.resource, POLICY_TOPIC);
    q = question(WORDS("User:alice", "describe-tokens", "user", "User:bob"));
    check_view(q.principal, "alice");
    check_view(q.name, "bob");
    assert_false(q.is_anonymous);
    q = question(WORDS("anonymous", "produce", "txn", "t"));
    assert_true(q.is_anonymous);
    assert_int_equal(q.operation, POLICY_WRITE);
}

static void a_cluster_needs_no_name(void **state)
{
    struct policytool_question q =
        question(WORDS("alice", "describe", "cluster", "from=10.0.0.9"));

    (void)state;
    check_view(q.name, "kafka-cluster");
    assert_int_equal(q.context.address[15], 9);
    q = question(WORDS("alice", "describe", "cluster", "kafka-cluster", "tls=1.2"));
    assert_int_equal(q.context.tls, 0x0303);
}

static void circumstances_are_read_and_those_not_said_are_known(void **state)
{
    struct policytool_question q = question(WORDS("a", "read", "topic", "t"));

    (void)state;
    assert_int_equal(q.context.method, POLICY_METHOD_MTLS);
    assert_int_equal(q.context.tls, 0x0304);
    assert_int_equal(q.context.now_ms, NOW_MS);
    assert_int_equal(q.context.authenticated_ms, NOW_MS);
    assert_true(q.context.clock_is_sure);
    q = question(WORDS("a", "read", "topic", "t", "with=scram512", "tls=no", "via=INSIDE",
        "at=2026-11-20T00:00Z", "age=8h", "issuer=CN=x", "group=ldap:cn=ops",
        "from=2001:db8::1"));
    assert_int_equal(q.context.method, POLICY_METHOD_SCRAM512);
    assert_int_equal(q.context.tls, 0);
    assert_int_equal(q.context.address[0], 0x20);
    check_view(q.context.listener, "INSIDE");
    check_view(q.context.issuer, "CN=x");
    assert_int_equal(q.context.now_ms - q.context.authenticated_ms, 8 * 3600 * 1000);
    assert_int_equal(q.group_count, 1);
    check_view(q.groups[0].source, "ldap");
    check_view(q.groups[0].name, "cn=ops");
}

static void what_can_not_be_asked_is_said_with_what_to_do(void **state)
{
    (void)state;
    check_refused((const char *const[]){NULL}, "expected a principal\n");
    check_refused(WORDS("@ops", "read", "topic", "t"),
        "'@ops' is not a principal\n"
        "  help: write alice or User:alice; the question is about one principal\n");
    check_refused(WORDS("a"), "expected an operation and a kind of resource\n"
                              "  help: for example: read topic payments\n");
    check_refused(WORDS("a", "manage", "topic", "t"),
        "'manage' is more than one operation\n  help: ask for one of them\n");
    check_refused(WORDS("a", "read", "topic"), "expected a name behind 'topic'\n");
    check_refused(WORDS("a", "read", "topic", "t", "from=10.0.0.0/8"),
        "'from=10.0.0.0/8' can not be read\n  help: write an address: from=10.20.4.7\n");
    check_refused(WORDS("a", "read", "topic", "t", "u\x1b[2J"),
        "unexpected 'u\\x1b[2J'\n"
        "  help: circumstances: from= via= with= tls= at= age= issuer= group=\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_principal_may_be_named_with_its_type),
        cmocka_unit_test(a_cluster_needs_no_name),
        cmocka_unit_test(circumstances_are_read_and_those_not_said_are_known),
        cmocka_unit_test(what_can_not_be_asked_is_said_with_what_to_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
