#include "policytool_event.h"

static void check(const struct policytool_event *event, enum policy_operation operation,
    enum policy_resource resource, enum policy_operation on_cluster)
{
    struct policytool_use use;

    assert_int_equal(policytool_trail_read(event, &use), POLICYTOOL_TRAIL_USE);
    assert_int_equal(use.operation, operation);
    assert_int_equal(use.resource, resource);
    assert_int_equal(use.on_cluster, on_cluster);
}

static void assert_is(struct policytool_event event, enum policytool_trail expected)
{
    struct policytool_use use;

    assert_int_equal(policytool_trail_read(&event, &use), expected);
}

static void each_deed_is_the_question_that_the_broker_asked(void **state)
{
    static const struct {
        const char *event[4];
        enum policy_operation operation;
        enum policy_resource resource;
        enum policy_operation on_cluster;
    } cases[] = {
        {{"produce", "", "", "t"}, POLICY_WRITE, POLICY_TOPIC, 0},
        {{"consume", "", "", "t"}, POLICY_READ, POLICY_TOPIC, 0},
        {{"group", "join", "group", "g"}, POLICY_READ, POLICY_GROUP, 0},
        {{"group", "commit", "group", "g"}, POLICY_READ, POLICY_GROUP, 0},
        {{"admin", "create", "topic", "t"}, POLICY_CREATE, POLICY_TOPIC, POLICY_CREATE},
        {{"admin", "delete", "topic", "t"}, POLICY_DELETE, POLICY_TOPIC, POLICY_DELETE},
        {{"admin", "delete-records", "topic", "t"}, POLICY_DELETE, POLICY_TOPIC, 0},
        {{"admin", "alter-configs", "topic", "t"}, POLICY_ALTER_CONFIGS, POLICY_TOPIC, 0},
        {{"admin", "create-partitions", "topic", "t"}, POLICY_ALTER, POLICY_TOPIC, 0},
        {{"admin", "delete", "group", "g"}, POLICY_DELETE, POLICY_GROUP, 0},
        {{"admin", "delete-offsets", "group", "g"}, POLICY_DELETE, POLICY_GROUP, 0},
        {{"admin", "delete-offsets", "topic", "t"}, POLICY_READ, POLICY_TOPIC, 0},
        {{"admin", "alter-quotas", "quota", "q"}, POLICY_ALTER_CONFIGS, POLICY_CLUSTER,
            0},
        {{"admin", "set-credential", "SCRAM-SHA-256", "u"}, POLICY_ALTER, POLICY_CLUSTER,
            0},
        {{"admin", "create", "acl", "rule"}, POLICY_ALTER, POLICY_CLUSTER, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *const *e = cases[i].event;
        const struct policytool_event event = event_of(e[0], e[1], e[2], e[3]);
        check(&event, cases[i].operation, cases[i].resource, cases[i].on_cluster);
    }
}

static void a_refusal_is_taken_by_its_own_words(void **state)
{
    struct policytool_event event = event_of("denied", "describe-configs", "topic", "t");
    struct policytool_use use;

    (void)state;
    check(&event, POLICY_DESCRIBE_CONFIGS, POLICY_TOPIC, 0);
    event = event_of("denied", "describe", "topic", "t");
    check(&event, POLICY_DESCRIBE, POLICY_TOPIC, 0);
    event.api = view_of("OffsetForLeaderEpoch");
    check(&event, POLICY_DESCRIBE, POLICY_TOPIC, POLICY_CLUSTER_ACTION);
    event = event_of("denied", "delete", "topic", "t");
    check(&event, POLICY_DELETE, POLICY_TOPIC, POLICY_DELETE);
    event.api = view_of("DeleteRecords");
    check(&event, POLICY_DELETE, POLICY_TOPIC, 0);
    event.count = 7;
    event.first_ms = NOW_MS - 5000;
    assert_int_equal(policytool_trail_read(&event, &use), POLICYTOOL_TRAIL_USE);
    assert_false(use.was_allowed);
    assert_int_equal(use.count, 7);
    assert_int_equal(use.first_ms, NOW_MS - 5000);
    assert_int_equal(use.last_ms, NOW_MS);
}

static void circumstances_are_those_of_the_line(void **state)
{
    struct policytool_event event = event_of("consume", "", "", "t");
    struct policytool_use use;

    (void)state;
    assert_int_equal(policytool_trail_read(&event, &use), POLICYTOOL_TRAIL_USE);
    assert_int_equal(use.context.method, POLICY_METHOD_GSSAPI);
    assert_int_equal(use.context.now_ms, NOW_MS);
    assert_int_equal(use.context.address[12], 10);
    assert_true(use.context.clock_is_sure);
    assert_false(use.is_anonymous);
    event.principal = view_of("User:ANONYMOUS");
    assert_int_equal(policytool_trail_read(&event, &use), POLICYTOOL_TRAIL_USE);
    assert_false(use.is_anonymous); /* somebody who is called that */
    event.mechanism = (struct policy_view){NULL, 0};
    assert_int_equal(policytool_trail_read(&event, &use), POLICYTOOL_TRAIL_USE);
    assert_true(use.is_anonymous);
    assert_int_equal(use.context.method, POLICY_METHOD_NONE);
    event.mechanism = view_of("MY-OWN");
    assert_int_equal(policytool_trail_read(&event, &use), POLICYTOOL_TRAIL_USE);
    assert_int_equal(use.context.method, POLICY_METHOD_OTHER);
}

static void what_no_policy_was_asked_is_no_use(void **state)
{
    struct policytool_event event = event_of("admin", "create", "topic", "t");

    (void)state;
    event.mechanism = view_of("PEERCRED");
    assert_is(event, POLICYTOOL_TRAIL_OTHER);
    assert_is(event_of("admin", "show", "status", ""), POLICYTOOL_TRAIL_OTHER);
    assert_is(event_of("session", "start", "", ""), POLICYTOOL_TRAIL_OTHER);
    assert_is(event_of("authentication", "", "", ""), POLICYTOOL_TRAIL_OTHER);
    assert_is(event_of("denied", "create", "acl", "rule"), POLICYTOOL_TRAIL_OTHER);
    assert_is(
        event_of("denied", "alter-credential", "user", "u"), POLICYTOOL_TRAIL_OTHER);
    assert_is((struct policytool_event){.time_ms = 0}, POLICYTOOL_TRAIL_OTHER);
}

static void a_line_that_does_not_say_who_what_or_when_is_bad(void **state)
{
    struct policytool_event event = event_of("consume", "", "", "t");

    (void)state;
    event.principal = view_of("alice");
    assert_is(event, POLICYTOOL_TRAIL_BAD);
    event.principal = view_of("User:");
    assert_is(event, POLICYTOOL_TRAIL_BAD);
    event = event_of("consume", "", "", "");
    assert_is(event, POLICYTOOL_TRAIL_BAD);
    event = event_of("consume", "", "", "t");
    event.time_ms = 0;
    assert_is(event, POLICYTOOL_TRAIL_BAD);
    event = event_of("consume", "", "", "t");
    event.address = view_of("10.20.0.0/16");
    assert_is(event, POLICYTOOL_TRAIL_BAD);
    event = event_of("denied", "read", "topic", "t");
    event.outcome = view_of("success");
    assert_is(event, POLICYTOOL_TRAIL_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_deed_is_the_question_that_the_broker_asked),
        cmocka_unit_test(a_refusal_is_taken_by_its_own_words),
        cmocka_unit_test(circumstances_are_those_of_the_line),
        cmocka_unit_test(what_no_policy_was_asked_is_no_use),
        cmocka_unit_test(a_line_that_does_not_say_who_what_or_when_is_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
