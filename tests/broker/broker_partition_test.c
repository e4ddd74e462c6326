#include "broker_fixture.h"
#include "test.h"
#include "wire_code.h"
#include "wire_describe_producers.h"
#include "wire_list_offsets.h"
#include "wire_offset_for_leader_epoch.h"

static const char RULES[] = "allow alice to all topic * cluster\n"
                            "allow bob to describe topic t1\n";

/* --- ListOffsets ------------------------------------------------------------------------ */

static struct list_offsets_partition asked[4];
static struct list_offsets_request request;
static struct list_offsets_topic topics[2];

/* Asks for the first `count` of asked[] in t1; the rows. */
static const struct list_offsets_partition_response *offsets(
    struct fixture *f, const char *user, int16_t version, int32_t count, int32_t *rows)
{
    topics[0] = (struct list_offsets_topic){
        .name = fixture_view("t1"), .partitions = {.items = asked, .count = count}};
    request.topics = (struct wire_array){.items = topics, .count = 1};
    uint64_t gate = fixture_gate(f, user);
    const struct list_offsets_response *a =
        fixture_call(f, gate, WIRE_API_LIST_OFFSETS, version, &request);
    const struct list_offsets_topic_response *topic = a->topics.items;

    fixture_drop_gate(f, gate);
    assert_int_equal(a->topics.count, 1);
    *rows = topic->partitions.count;
    return topic->partitions.items;
}

/* The error for one time in a request of that version. */
static int16_t error_of(
    struct fixture *f, int16_t version, int64_t timestamp, int32_t epoch)
{
    int32_t rows;

    asked[0] = (struct list_offsets_partition){
        .timestamp = timestamp, .current_leader_epoch = epoch};
    int16_t error = offsets(f, "alice", version, 1, &rows)->error_code;
    assert_int_equal(rows, 1);
    return error;
}

static void a_named_time_is_known_since_its_version(void **state)
{
    static const struct {
        int64_t timestamp;
        int16_t since;
    } times[] = {{-3, 7}, {-4, 8}, {-5, 9}, {-6, 11}};

    (void)state;
    struct fixture *f = fixture_new(RULES);
    fixture_topic(f, "t1");
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        assert_int_equal(
            error_of(f, times[i].since, times[i].timestamp, -1), WIRE_CODE_NONE);
        assert_int_equal(
            error_of(f, (int16_t)(times[i].since - 1), times[i].timestamp, -1),
            WIRE_CODE_UNSUPPORTED_VERSION);
    }
    assert_int_equal(error_of(f, 1, -1, -1), WIRE_CODE_NONE);
    assert_int_equal(error_of(f, 1, -2, -1), WIRE_CODE_NONE);
    assert_int_equal(error_of(f, 11, -7, -1), WIRE_CODE_UNSUPPORTED_VERSION);
    assert_int_equal(error_of(f, 11, INT64_MIN, -1), WIRE_CODE_UNSUPPORTED_VERSION);
    fixture_free(&f);
}

static void a_client_that_knows_another_leader_is_told(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    fixture_topic(f, "t1");
    assert_int_equal(error_of(f, 6, -1, 0), WIRE_CODE_NONE);
    assert_int_equal(error_of(f, 6, -1, 1), WIRE_CODE_UNKNOWN_LEADER_EPOCH);
    assert_int_equal(error_of(f, 6, -1, -2), WIRE_CODE_FENCED_LEADER_EPOCH);
    fixture_free(&f);
}

static void a_partition_that_is_named_twice_has_one_row_with_an_error(void **state)
{
    int32_t rows;

    (void)state;
    struct fixture *f = fixture_new(RULES);
    fixture_topic(f, "t1");
    asked[0] =
        (struct list_offsets_partition){.timestamp = 70, .current_leader_epoch = -1};
    asked[1] = asked[0];
    asked[1].partition_index = 1;
    asked[2] = asked[0];
    const struct list_offsets_partition_response *row = offsets(f, "alice", 5, 3, &rows);
    assert_int_equal(rows, 2);
    assert_int_equal(row[0].error_code, WIRE_CODE_INVALID_REQUEST);
    assert_int_equal(row[0].offset, -1);
    assert_int_equal(row[1].error_code, WIRE_CODE_NONE);
    assert_int_equal(row[1].offset, 7);
    assert_int_equal(row[1].timestamp, 70);
    fixture_free(&f);
}

static void who_may_not_describe_a_topic_learns_nothing_of_it(void **state)
{
    int32_t rows;

    (void)state;
    struct fixture *f = fixture_new(RULES);
    asked[0] =
        (struct list_offsets_partition){.timestamp = -1, .current_leader_epoch = -1};
    assert_int_equal(offsets(f, "mallory", 5, 1, &rows)->error_code,
        WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    assert_int_equal(
        offsets(f, "bob", 5, 1, &rows)->error_code, WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    fixture_topic(f, "t1");
    assert_int_equal(offsets(f, "mallory", 5, 1, &rows)->error_code,
        WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    assert_int_equal(offsets(f, "bob", 5, 1, &rows)->error_code, WIRE_CODE_NONE);
    asked[0].partition_index = 2;
    assert_int_equal(
        offsets(f, "bob", 5, 1, &rows)->error_code, WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    fixture_free(&f);
}

static void an_isolation_that_nobody_knows_is_refused_as_a_whole(void **state)
{
    int32_t rows;

    (void)state;
    struct fixture *f = fixture_new(RULES);
    fixture_topic(f, "t1");
    asked[0] =
        (struct list_offsets_partition){.timestamp = -1, .current_leader_epoch = -1};
    request.isolation_level = 1;
    assert_int_equal(offsets(f, "bob", 5, 1, &rows)->error_code, WIRE_CODE_NONE);
    request.isolation_level = 2;
    assert_int_equal(
        offsets(f, "bob", 5, 1, &rows)->error_code, WIRE_CODE_UNKNOWN_SERVER_ERROR);
    request.isolation_level = 0;
    fixture_free(&f);
}

/* --- OffsetForLeaderEpoch --------------------------------------------------------------- */

static struct offset_for_leader_epoch_response_epoch_end_offset end_of(struct fixture *f,
    const char *user, int32_t partition, int32_t current, int32_t epoch)
{
    struct offset_for_leader_epoch_request_offset_for_leader_partition part = {
        .partition = partition, .current_leader_epoch = current, .leader_epoch = epoch};
    struct offset_for_leader_epoch_request_offset_for_leader_topic topic = {
        .topic = fixture_view("t1"), .partitions = {.items = &part, .count = 1}};
    struct offset_for_leader_epoch_request r = {
        .replica_id = -1, .topics = {.items = &topic, .count = 1}};
    uint64_t gate = fixture_gate(f, user);
    const struct offset_for_leader_epoch_response *a =
        fixture_call(f, gate, WIRE_API_OFFSET_FOR_LEADER_EPOCH, 4, &r);
    const struct offset_for_leader_epoch_response_offset_for_leader_topic_result *t =
        a->topics.items;
    const struct offset_for_leader_epoch_response_epoch_end_offset *row =
        t->partitions.items;

    fixture_drop_gate(f, gate);
    assert_int_equal(t->partitions.count, 1);
    assert_int_equal(row->partition, partition);
    return *row;
}

static void the_end_of_an_epoch_is_told_to_who_may_describe(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    fixture_topic(f, "t1");
    struct offset_for_leader_epoch_response_epoch_end_offset end =
        end_of(f, "bob", 1, -1, 4);
    assert_int_equal(end.error_code, WIRE_CODE_NONE);
    assert_int_equal(end.leader_epoch, 4);
    assert_int_equal(end.end_offset, 50);
    end = end_of(f, "mallory", 1, -1, 4);
    assert_int_equal(end.error_code, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    assert_int_equal(end.leader_epoch, -1);
    assert_int_equal(end.end_offset, -1);
    assert_int_equal(
        end_of(f, "bob", 2, -1, 4).error_code, WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(
        end_of(f, "bob", 1, 3, 4).error_code, WIRE_CODE_UNKNOWN_LEADER_EPOCH);
    fixture_free(&f);
}

/* --- DescribeProducers ------------------------------------------------------------------ */

static const struct describe_producers_response_partition_response *producers(
    struct fixture *f, const char *user, int32_t partition)
{
    struct describe_producers_request_topic_request topic = {.name = fixture_view("t1"),
        .partition_indexes = {.items = &partition, .count = 1}};
    struct describe_producers_request r = {.topics = {.items = &topic, .count = 1}};
    uint64_t gate = fixture_gate(f, user);
    const struct describe_producers_response *a =
        fixture_call(f, gate, WIRE_API_DESCRIBE_PRODUCERS, 0, &r);
    const struct describe_producers_response_topic_response *t = a->topics.items;

    fixture_drop_gate(f, gate);
    assert_int_equal(t->partitions.count, 1);
    return t->partitions.items;
}

static void producers_are_told_to_who_may_read(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    fixture_topic(f, "t1");
    const struct describe_producers_response_partition_response *row =
        producers(f, "alice", 1);
    const struct describe_producers_response_producer_state *first =
        row->active_producers.items;
    assert_int_equal(row->error_code, WIRE_CODE_NONE);
    assert_int_equal(row->active_producers.count, 2);
    assert_int_equal(first->producer_id, 7);
    assert_int_equal(first->producer_epoch, 1);
    assert_int_equal(first->last_sequence, 41);
    assert_int_equal(first->last_timestamp, 1000);
    assert_int_equal(first->coordinator_epoch, -1);
    assert_int_equal(first->current_txn_start_offset, -1);
    assert_int_equal(
        producers(f, "bob", 1)->error_code, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    assert_int_equal(
        producers(f, "alice", 2)->error_code, WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    fixture_free(&f);
}

static void a_partition_that_stands_twice_is_not_asked_for(void **state)
{
    int32_t partitions[] = {1, 0, 1};
    struct describe_producers_request_topic_request topic = {.name = fixture_view("t1"),
        .partition_indexes = {.items = partitions, .count = 3}};
    struct describe_producers_request r = {.topics = {.items = &topic, .count = 1}};

    (void)state;
    struct fixture *f = fixture_new(RULES);
    fixture_topic(f, "t1");
    const struct describe_producers_response *a =
        fixture_call(f, fixture_gate(f, "alice"), WIRE_API_DESCRIBE_PRODUCERS, 0, &r);
    const struct describe_producers_response_topic_response *t = a->topics.items;
    const struct describe_producers_response_partition_response *rows =
        t->partitions.items;
    assert_int_equal(t->partitions.count, 3);
    assert_int_equal(rows[0].error_code, WIRE_CODE_INVALID_REQUEST);
    assert_int_equal(rows[0].active_producers.count, 0);
    assert_int_equal(rows[1].error_code, WIRE_CODE_NONE);
    assert_int_equal(rows[1].active_producers.count, 2);
    assert_int_equal(rows[2].error_code, WIRE_CODE_INVALID_REQUEST);
    fixture_free(&f);
}

static void large_answers_are_few_at_a_time(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    fixture_topic(f, "t1");
    f->broker.store.big_queries = 16;
    assert_int_equal(producers(f, "alice", 0)->error_code, WIRE_CODE_REQUEST_TIMED_OUT);
    f->broker.store.big_queries = 15;
    assert_int_equal(producers(f, "alice", 0)->error_code, WIRE_CODE_NONE);
    assert_int_equal(f->broker.store.big_queries, 15);
    f->broker.store.big_queries = 0;
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_named_time_is_known_since_its_version),
        cmocka_unit_test(a_client_that_knows_another_leader_is_told),
        cmocka_unit_test(a_partition_that_is_named_twice_has_one_row_with_an_error),
        cmocka_unit_test(who_may_not_describe_a_topic_learns_nothing_of_it),
        cmocka_unit_test(an_isolation_that_nobody_knows_is_refused_as_a_whole),
        cmocka_unit_test(the_end_of_an_epoch_is_told_to_who_may_describe),
        cmocka_unit_test(producers_are_told_to_who_may_read),
        cmocka_unit_test(a_partition_that_stands_twice_is_not_asked_for),
        cmocka_unit_test(large_answers_are_few_at_a_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
