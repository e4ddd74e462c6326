/* What groups committed goes: because somebody asks for it, because nobody uses it any
 * more, or because the topic went. */

#include "broker_forget.h"
#include "broker_group_client.h"
#include "wire_delete_groups.h"
#include "wire_delete_topics.h"
#include "wire_list_groups.h"
#include "wire_offset_delete.h"

#define RULES CONSUMER_RULES "allow alice to delete group g*\n"

/* Without members: a consumer that assigns its partitions itself. */
static struct client committed(struct fixture *f, const char *group, int64_t offset)
{
    struct client c = client_new(f, "alice", group);

    for (int32_t i = 0; i < 2; i++) {
        assert_int_equal(
            client_commit(
                &c, &(struct commit){.topic = "t", .partition = i, .offset = offset + i}),
            WIRE_CODE_NONE);
    }
    return c;
}

static int64_t offset_of(struct client *c, int32_t partition)
{
    static const struct wire_uuid no_id;
    const struct offset_fetch_response_group *g = client_fetch(c, 9, "t", no_id);

    return fetched_partition(g, 0, partition)->committed_offset;
}

static size_t groups_listed(struct fixture *f)
{
    struct list_groups_request r;
    uint64_t gate = fixture_gate(f, "root");

    wire_set_defaults(&list_groups_request_schema, &r);
    const struct list_groups_response *a =
        fixture_call(f, gate, WIRE_API_LIST_GROUPS, 5, &r);
    fixture_drop_gate(f, gate);
    return (size_t)a->groups.count;
}

static void send_delete(struct client *c)
{
    static struct wire_view name;
    struct delete_groups_request r = {.groups_names = {.items = &name, .count = 1}};

    name = fixture_view(c->group);
    fixture_send(c->f, c->gate, WIRE_API_DELETE_GROUPS, 2, &r);
}

static int16_t deleted(struct client *c)
{
    const struct delete_groups_response *a =
        fixture_answer(c->f, c->gate, WIRE_API_DELETE_GROUPS);
    const struct delete_groups_response_deletable_group_result *row = a->results.items;

    assert_int_equal(a->results.count, 1);
    fixture_assert_text(row->group_id, c->group);
    return row->error_code;
}

static int16_t delete_group(struct client *c)
{
    send_delete(c);
    return deleted(c);
}

static int16_t delete_offset(
    struct client *c, const char *topic, int32_t partition, int16_t *row_out)
{
    struct offset_delete_request_partition part = {.partition_index = partition};
    struct offset_delete_request_topic asked = {
        .name = fixture_view(topic), .partitions = {.items = &part, .count = 1}};
    struct offset_delete_request r = {
        .group_id = fixture_view(c->group), .topics = {.items = &asked, .count = 1}};
    const struct offset_delete_response *a =
        fixture_call(c->f, c->gate, WIRE_API_OFFSET_DELETE, 0, &r);

    *row_out = -2;
    if (a->topics.count > 0) {
        const struct offset_delete_response_topic *t = a->topics.items;
        const struct offset_delete_response_partition *p = t->partitions.items;
        fixture_assert_text(t->name, topic);
        assert_int_equal(p->partition_index, partition);
        *row_out = p->error_code;
    }
    return a->error_code;
}

static void a_deleted_group_is_gone_and_stays_so_after_a_restart(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);

    fixture_topic(f, "t");
    struct client c = committed(f, "g", 10);
    assert_int_equal(groups_listed(f), 1);
    assert_int_equal(delete_group(&c), WIRE_CODE_NONE);
    assert_int_equal(groups_listed(f), 0);
    assert_int_equal(offset_of(&c, 0), -1);
    assert_int_equal(delete_group(&c), WIRE_CODE_GROUP_ID_NOT_FOUND);
    fixture_restart(f);
    assert_int_equal(groups_listed(f), 0);
    fixture_free(&f);
}

static void a_group_that_had_members_goes_with_its_record(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);

    fixture_topic(f, "t");
    struct client c = client_new(f, "alice", "g");
    client_become_stable(&c);
    assert_int_equal(
        client_commit(&c, &(struct commit){.topic = "t", .offset = 5}), WIRE_CODE_NONE);
    assert_int_equal(delete_group(&c), WIRE_CODE_NON_EMPTY_GROUP);
    assert_int_equal(offset_of(&c, 0), 5);
    (void)client_leave(&c);
    assert_int_equal(delete_group(&c), WIRE_CODE_NONE);
    assert_int_equal(groups_listed(f), 0);
    fixture_restart(f);
    assert_int_equal(groups_listed(f), 0);
    assert_int_equal(broker_coord_groups(&f->broker)->by_id.count, 0);
    fixture_free(&f);
}

static void what_is_committed_while_a_group_goes_stays(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);

    fixture_topic(f, "t");
    struct client c = committed(f, "g", 10);
    struct client d = client_new(f, "alice", "g");
    f->hold_appends = true;
    send_delete(&c);
    assert_false(fixture_answered(f, c.gate));
    client_send_commit(&d, &(struct commit){.topic = "t", .partition = 1, .offset = 77});
    fixture_release(f, 0);
    assert_int_equal(deleted(&c), WIRE_CODE_NONE);
    assert_int_equal(offset_of(&c, 0), -1);
    assert_int_equal(offset_of(&c, 1), 77);
    fixture_restart(f);
    c = client_new(f, "alice", "g");
    assert_int_equal(offset_of(&c, 0), -1);
    assert_int_equal(offset_of(&c, 1), 77);
    fixture_free(&f);
}

static void a_group_that_stands_twice_is_deleted_once(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct wire_view names[] = {
        fixture_view("g"), fixture_view("g"), fixture_view("g-other")};
    struct delete_groups_request r = {.groups_names = {.items = names, .count = 3}};

    fixture_topic(f, "t");
    struct client c = committed(f, "g", 10);
    struct client other = committed(f, "g-other", 20);
    const struct delete_groups_response *a =
        fixture_call(f, c.gate, WIRE_API_DELETE_GROUPS, 2, &r);
    const struct delete_groups_response_deletable_group_result *rows = a->results.items;
    assert_int_equal(a->results.count, 2);
    assert_int_equal(rows[0].error_code, WIRE_CODE_NONE);
    assert_int_equal(rows[1].error_code, WIRE_CODE_NONE);
    assert_int_equal(offset_of(&c, 0), -1);
    assert_int_equal(offset_of(&other, 0), -1);
    fixture_free(&f);
}

static void groups_are_deleted_one_after_the_other(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct wire_view names[] = {
        fixture_view("g1"), fixture_view("g-none"), fixture_view("g2")};
    struct delete_groups_request r = {.groups_names = {.items = names, .count = 3}};

    fixture_topic(f, "t");
    struct client c = committed(f, "g1", 10);
    (void)committed(f, "g2", 10);
    f->hold_appends = true;
    fixture_send(f, c.gate, WIRE_API_DELETE_GROUPS, 2, &r);
    assert_int_equal(f->held_count, 1);
    fixture_release(f, 0);
    const struct delete_groups_response *a =
        fixture_answer(f, c.gate, WIRE_API_DELETE_GROUPS);
    const struct delete_groups_response_deletable_group_result *rows = a->results.items;
    assert_int_equal(rows[0].error_code, WIRE_CODE_NONE);
    assert_int_equal(rows[1].error_code, WIRE_CODE_GROUP_ID_NOT_FOUND);
    assert_int_equal(rows[2].error_code, WIRE_CODE_NONE);
    assert_int_equal(groups_listed(f), 0);
    fixture_free(&f);
}

static void old_offsets_are_looked_for_once_at_a_time(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);

    fixture_topic(f, "t");
    struct client c = committed(f, "g1", 10);
    struct client d = committed(f, "g2", 10);
    f->broker.config.offsets_retention_ms = -1;
    f->hold_appends = true;
    for (int i = 0; i < 5; i++) {
        broker_forget_hurry(&f->broker);
        fixture_pump(f);
    }
    assert_int_equal(f->held_count, 1);
    fixture_release(f, 0);
    assert_int_equal(offset_of(&c, 0), -1);
    assert_int_equal(offset_of(&d, 0), -1);
    fixture_free(&f);
}

static void a_group_that_can_not_be_written_stays(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);

    fixture_topic(f, "t");
    struct client c = committed(f, "g", 10);
    f->append_error = WIRE_CODE_KAFKA_STORAGE_ERROR;
    assert_int_equal(delete_group(&c), WIRE_CODE_COORDINATOR_NOT_AVAILABLE);
    f->append_error = 0;
    assert_int_equal(offset_of(&c, 0), 10);
    assert_int_equal(delete_group(&c), WIRE_CODE_NONE);
    fixture_free(&f);
}

static void who_may_not_deletes_nothing(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    int16_t row;

    fixture_topic(f, "t");
    struct client c = committed(f, "g", 10);
    assert_int_equal(delete_group(&c), WIRE_CODE_GROUP_AUTHORIZATION_FAILED);
    assert_string_equal(f->last_denied, "delete group g");
    assert_int_equal(
        delete_offset(&c, "t", 0, &row), WIRE_CODE_GROUP_AUTHORIZATION_FAILED);
    assert_int_equal(offset_of(&c, 0), 10);
    fixture_free(&f);
}

static void one_offset_is_deleted_and_the_others_stay(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    int16_t row;

    fixture_topic(f, "t");
    struct client c = committed(f, "g", 10);
    assert_int_equal(delete_offset(&c, "t", 0, &row), WIRE_CODE_NONE);
    assert_int_equal(row, WIRE_CODE_NONE);
    assert_string_equal(
        fixture_event(f, IPC_EVENT_ADMIN, 0)->text, "User:alice delete-offsets topic t");
    assert_string_equal(
        fixture_event(f, IPC_EVENT_ADMIN, 1)->text, "User:alice delete-offsets group g");
    const size_t events = f->event_count;
    assert_int_equal(offset_of(&c, 0), -1);
    assert_int_equal(offset_of(&c, 1), 11);
    assert_int_equal(delete_offset(&c, "t", 9, &row), WIRE_CODE_NONE);
    assert_int_equal(row, WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(f->event_count, events); /* nothing was deleted */
    assert_int_equal(delete_offset(&c, "other", 0, &row), WIRE_CODE_NONE);
    assert_int_equal(row, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    c.group = "g2";
    assert_int_equal(delete_offset(&c, "t", 0, &row), WIRE_CODE_GROUP_ID_NOT_FOUND);
    fixture_free(&f);
}

static void what_a_member_may_want_is_not_deleted(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    int16_t row;

    fixture_topic(f, "t");
    struct client c = client_new(f, "alice", "g");
    client_become_stable(&c);
    assert_int_equal(
        client_commit(&c, &(struct commit){.topic = "t", .offset = 5}), WIRE_CODE_NONE);
    assert_int_equal(delete_offset(&c, "t", 0, &row), WIRE_CODE_NONE);
    assert_int_equal(row, WIRE_CODE_GROUP_SUBSCRIBED_TO_TOPIC);
    assert_int_equal(offset_of(&c, 0), 5);
    fixture_free(&f);
}

static void offsets_of_a_group_that_nobody_uses_go_after_their_time(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);

    fixture_topic(f, "t");
    struct client idle = committed(f, "g-idle", 10);
    struct client used = client_new(f, "alice", "g-used");
    client_become_stable(&used);
    assert_int_equal(client_commit(&used, &(struct commit){.topic = "t", .offset = 5}),
        WIRE_CODE_NONE);
    broker_forget_hurry(&f->broker);
    fixture_pump(f);
    assert_int_equal(offset_of(&idle, 0), 10); /* seven days are not over */
    f->broker.config.offsets_retention_ms = -1;
    broker_forget_hurry(&f->broker);
    fixture_pump(f);
    assert_int_equal(offset_of(&idle, 0), -1);
    assert_int_equal(offset_of(&used, 0), 5);
    assert_int_equal(groups_listed(f), 1);
    fixture_free(&f);
}

static void a_group_without_its_last_offset_stays_until_the_next_round(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    int16_t row;

    fixture_topic(f, "t");
    struct client c = committed(f, "g", 10);
    for (int32_t i = 0; i < 2; i++) {
        assert_int_equal(delete_offset(&c, "t", i, &row), WIRE_CODE_NONE);
        assert_int_equal(row, WIRE_CODE_NONE);
    }
    assert_int_equal(groups_listed(f), 1);
    assert_int_equal(delete_offset(&c, "t", 0, &row), WIRE_CODE_NONE);
    f->broker.config.offsets_check_ms = 1;
    broker_forget_hurry(&f->broker);
    while (groups_listed(f) > 0) {
        fixture_wait(f);
    }
    assert_int_equal(delete_offset(&c, "t", 0, &row), WIRE_CODE_GROUP_ID_NOT_FOUND);
    fixture_free(&f);
}

static void a_group_that_everybody_left_stays_until_the_next_round(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);

    fixture_topic(f, "t");
    struct client c = client_new(f, "alice", "g");
    client_become_stable(&c);
    (void)client_leave(&c);
    assert_int_equal(groups_listed(f), 1);
    broker_forget_hurry(&f->broker); /* for a topic that went: no round */
    fixture_pump(f);
    assert_int_equal(groups_listed(f), 1);
    f->broker.config.offsets_check_ms = 1;
    broker_forget_hurry(&f->broker);
    while (groups_listed(f) > 0) {
        fixture_wait(f);
    }
    fixture_restart(f);
    assert_int_equal(groups_listed(f), 0);
    fixture_free(&f);
}

static void offsets_of_a_deleted_topic_are_not_those_of_the_next_one(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct wire_view name = fixture_view("t");
    struct delete_topics_request r = {.topic_names = {.items = &name, .count = 1}};

    fixture_topic(f, "t");
    fixture_topic(f, "t2");
    struct client c = committed(f, "g", 10);
    assert_int_equal(
        client_commit(&c, &(struct commit){.topic = "t2", .offset = 3}), WIRE_CODE_NONE);
    (void)fixture_call(f, fixture_gate(f, "root"), WIRE_API_DELETE_TOPICS, 5, &r);
    fixture_pump(f);
    fixture_topic(f, "t");
    assert_int_equal(offset_of(&c, 0), -1);
    fixture_restart(f);
    c = client_new(f, "alice", "g");
    assert_int_equal(offset_of(&c, 0), -1);
    assert_int_equal(groups_listed(f), 1);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deleted_group_is_gone_and_stays_so_after_a_restart),
        cmocka_unit_test(a_group_that_had_members_goes_with_its_record),
        cmocka_unit_test(what_is_committed_while_a_group_goes_stays),
        cmocka_unit_test(a_group_that_stands_twice_is_deleted_once),
        cmocka_unit_test(groups_are_deleted_one_after_the_other),
        cmocka_unit_test(old_offsets_are_looked_for_once_at_a_time),
        cmocka_unit_test(a_group_that_can_not_be_written_stays),
        cmocka_unit_test(who_may_not_deletes_nothing),
        cmocka_unit_test(one_offset_is_deleted_and_the_others_stay),
        cmocka_unit_test(what_a_member_may_want_is_not_deleted),
        cmocka_unit_test(offsets_of_a_group_that_nobody_uses_go_after_their_time),
        cmocka_unit_test(a_group_that_everybody_left_stays_until_the_next_round),
        cmocka_unit_test(a_group_without_its_last_offset_stays_until_the_next_round),
        cmocka_unit_test(offsets_of_a_deleted_topic_are_not_those_of_the_next_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
