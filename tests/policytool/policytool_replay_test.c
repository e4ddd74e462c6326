#include "policytool_event.h"
#include "policytool_replay.h"

#define TAIL                                                                             \
    "not in the trail: what was allowed and changed nothing (metadata, describe), the "  \
    "version of TLS, issuer, groups, age of logins\n"

struct replayed {
    struct policytool_set set;
    struct policytool_replay replay;
    struct buf out;
};

static void begin(struct replayed *r, const char *policy, struct policytool_supers supers)
{
    buf_init(&r->out, 1 << 20);
    set_of(policy, &r->set);
    policytool_replay_init(&r->replay, &r->set, supers);
}

static void add(struct replayed *r, const struct policytool_event *event)
{
    assert_int_equal(policytool_replay_add(&r->replay, event), OK);
}

static void end(struct replayed *r, bool changes, bool as_json, const char *expected)
{
    bool found = !changes;

    assert_int_equal(policytool_replay_write(&r->replay, as_json, &r->out, &found), OK);
    assert_int_equal(found, changes);
    assert_text(&r->out, expected);
    policytool_replay_fini(&r->replay);
    policytool_set_fini(&r->set);
    buf_fini(&r->out);
}

static const struct policytool_supers nobody = {.names = NULL};

static void a_policy_that_decides_the_same_changes_nothing(void **state)
{
    struct policytool_event event = event_of("consume", "", "", "orders");
    struct replayed r;

    (void)state;
    begin(&r, "policy 1\nallow alice to consume topic orders\n", nobody);
    add(&r, &event);
    event = event_of("denied", "write", "topic", "orders");
    add(&r, &event);
    event = event_of("session", "start", "", "");
    add(&r, &event);
    end(&r, false, false,
        "1 uses and 1 refusals replayed: 0 would be denied now, 0 allowed\n" TAIL);
}

static void what_is_decided_otherwise_is_grouped_with_its_times(void **state)
{
    struct policytool_event event = event_of("consume", "", "", "orders");
    struct replayed r;

    (void)state;
    begin(&r,
        "policy 1\n"
        "gift: allow alice to produce topic orders from 10.20.0.0/16 with gssapi via "
        "outside\n"
        "stop: deny any to read topic orders\n",
        nobody);
    add(&r, &event);
    event.time_ms += 3600000;
    event.address = view_of("10.20.4.8");
    add(&r, &event);
    event = event_of("denied", "write", "topic", "orders");
    event.count = 3;
    event.first_ms = NOW_MS - 60000;
    add(&r, &event);
    end(&r, true, false,
        "NOW      TIMES  PRINCIPAL   OPERATION  KIND   NAME    FROM                  "
        "RULE "
        "               FIRST              LAST\n"
        "denied   2      User:alice  read       topic  orders  10.20.4.7 and others  "
        "stop "
        "main.policy:3  2026-11-20T00:00Z  2026-11-20T01:00Z\n"
        "allowed  3      User:alice  write      topic  orders  10.20.4.7             "
        "gift "
        "main.policy:2  2026-11-19T23:59Z  2026-11-20T00:00Z\n"
        "2 uses and 3 refusals replayed: 2 would be denied now, 3 allowed\n" TAIL);
}

static void json_says_the_same(void **state)
{
    const struct policytool_event event = event_of("group", "join", "group", "a\"b");
    struct replayed r;

    (void)state;
    begin(&r, "policy 1\nallow bob to read topic t\n", nobody);
    add(&r, &event);
    end(&r, true, true,
        "{\"changes\": [\n"
        "  {\"now\": \"denied\", \"times\": \"1\", \"principal\": \"User:alice\", "
        "\"operation\": \"read\", \"kind\": \"group\", \"name\": \"\\\"a\\\"b\\\"\", "
        "\"from\": \"10.20.4.7\", \"rule\": \"default\", \"first\": "
        "\"2026-11-20T00:00Z\", \"last\": \"2026-11-20T00:00Z\"}\n"
        "]\n"
        ", \"uses\": 1, \"refusals\": 0, \"denied\": 1, \"allowed\": 0, \"hidden\": 0, "
        "\"bad\": 0}\n");
}

static void a_super_user_loses_by_denies_only(void **state)
{
    static const char *const names[] = {"root", "alice"};
    const struct policytool_supers supers = {names, 2};
    struct policytool_event event = event_of("consume", "", "", "orders");
    struct replayed r;

    (void)state;
    begin(&r, "policy 1\ndeny any to read topic pci\n", supers);
    add(&r, &event);
    end(&r, false, false,
        "1 uses and 0 refusals replayed: 0 would be denied now, 0 allowed\n" TAIL);
    begin(&r, "policy 1\nno: deny any to read topic orders\n", supers);
    add(&r, &event);
    event.principal = view_of("User:alic"); /* no super user */
    add(&r, &event);
    assert_int_equal(r.replay.rows.count, 2);
    policytool_replay_fini(&r.replay);
    policytool_set_fini(&r.set);
    buf_fini(&r.out);
}

static void what_one_of_two_rights_allows_is_allowed(void **state)
{
    struct policytool_event event = event_of("admin", "create", "topic", "t");
    struct replayed r;

    (void)state;
    begin(&r,
        "policy 1\nallow alice to create cluster\nallow alice to write topic any.*\n",
        nobody);
    add(&r, &event);
    event = event_of("denied", "idempotent-write", "cluster", "kafka-cluster");
    add(&r, &event);
    assert_int_equal(r.replay.rows.count, 1); /* writing is allowed by a topic */
    policytool_replay_fini(&r.replay);
    policytool_set_fini(&r.set);
    buf_fini(&r.out);
}

static void more_rows_than_there_is_room_for_are_counted(void **state)
{
    struct policytool_event event = event_of("consume", "", "", "");
    struct replayed r;
    char name[16];

    (void)state;
    begin(&r, "policy 1\nallow bob to read topic t\n", nobody);
    for (int i = 0; i < POLICYTOOL_REPLAY_MAX + 2; i++) {
        (void)snprintf(name, sizeof(name), "t%d", i);
        event.name = view_of(name);
        add(&r, &event);
    }
    assert_int_equal(r.replay.rows.count, POLICYTOOL_REPLAY_MAX);
    assert_int_equal(r.replay.hidden, 2);
    policytool_replay_fini(&r.replay);
    policytool_set_fini(&r.set);
    buf_fini(&r.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_that_decides_the_same_changes_nothing),
        cmocka_unit_test(what_is_decided_otherwise_is_grouped_with_its_times),
        cmocka_unit_test(json_says_the_same),
        cmocka_unit_test(a_super_user_loses_by_denies_only),
        cmocka_unit_test(what_one_of_two_rights_allows_is_allowed),
        cmocka_unit_test(more_rows_than_there_is_room_for_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
