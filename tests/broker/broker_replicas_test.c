/* Topics told of partition by partition, and what one broker says of replicas. */

#include "broker_fixture.h"
#include "broker_setting.h"
#include "test.h"
#include "wire_alter_partition_reassignments.h"
#include "wire_alter_replica_log_dirs.h"
#include "wire_api.h"
#include "wire_code.h"
#include "wire_describe_log_dirs.h"
#include "wire_describe_quorum.h"
#include "wire_describe_topic_partitions.h"
#include "wire_elect_leaders.h"
#include "wire_feature.h"
#include "wire_list_partition_reassignments.h"
#include "wire_update_features.h"

#define RULES                                                                            \
    "allow alice to describe, alter cluster\n"                                           \
    "allow alice to describe topic t*\n"                                                 \
    "allow bob to describe topic t2\n"

#define NO_CURSOR NULL

static const struct describe_topic_partitions_response *describe(struct fixture *f,
    const char *user, const char *const names[], int32_t count, int32_t limit,
    const struct describe_topic_partitions_request_cursor *cursor)
{
    struct describe_topic_partitions_request_topic_request rows[4];
    struct describe_topic_partitions_request r = {
        .topics = {.items = rows, .count = count},
        .response_partition_limit = limit,
        .cursor = cursor};
    uint64_t gate = fixture_gate(f, user);

    for (int32_t i = 0; i < count; i++) {
        rows[i].name = fixture_view(names[i]);
    }
    const struct describe_topic_partitions_response *a =
        fixture_call(f, gate, WIRE_API_DESCRIBE_TOPIC_PARTITIONS, 0, &r);
    fixture_drop_gate(f, gate);
    return a;
}

static const struct describe_topic_partitions_response_topic *topic_at(
    const struct describe_topic_partitions_response *a, int32_t i)
{
    const struct describe_topic_partitions_response_topic *rows = a->topics.items;

    assert_true(i < a->topics.count);
    return &rows[i];
}

static int32_t first_of(const struct describe_topic_partitions_response_topic *t)
{
    const struct describe_topic_partitions_response_partition *p = t->partitions.items;

    assert_true(t->partitions.count > 0);
    return p->partition_index;
}

static void topics_are_told_in_the_order_of_their_names(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    const char *names[] = {"t2", "t1", "t2", "t3"};

    fixture_topic(f, "t2");
    fixture_topic(f, "t1");
    const struct describe_topic_partitions_response *a =
        describe(f, "alice", names, 4, 100, NO_CURSOR);
    assert_int_equal(a->topics.count, 3); /* each once */
    fixture_assert_text(topic_at(a, 0)->name, "t1");
    fixture_assert_text(topic_at(a, 1)->name, "t2");
    assert_int_equal(topic_at(a, 0)->partitions.count, 2);
    assert_int_equal(topic_at(a, 2)->error_code, WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    assert_null(a->next_cursor);
    const struct describe_topic_partitions_response_partition *p =
        topic_at(a, 0)->partitions.items;
    assert_int_equal(p[1].partition_index, 1);
    assert_int_equal(p[1].leader_id, 7);
    assert_int_equal(p[1].replica_nodes.count, 1);
    assert_int_equal(p[1].isr_nodes.count, 1);
    assert_int_equal(p[1].eligible_leader_replicas.count, 0);
    assert_int_equal(topic_at(a, 0)->topic_authorized_operations, 1 << 8); /* DESCRIBE */
    fixture_free(&f);
}

static void an_answer_ends_at_the_limit_and_the_next_goes_on(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);

    fixture_topic(f, "t1");
    fixture_topic(f, "t2");
    const struct describe_topic_partitions_response *a =
        describe(f, "alice", NULL, 0, 1, NO_CURSOR);
    assert_int_equal(a->topics.count, 1);
    assert_non_null(a->next_cursor);
    fixture_assert_text(a->next_cursor->topic_name, "t1");
    assert_int_equal(a->next_cursor->partition_index, 1);
    struct describe_topic_partitions_request_cursor cursor = {
        .topic_name = fixture_view("t1"), .partition_index = 1};
    a = describe(f, "alice", NULL, 0, 1, &cursor);
    assert_int_equal(a->topics.count, 1);
    assert_int_equal(first_of(topic_at(a, 0)), 1);
    fixture_assert_text(a->next_cursor->topic_name, "t2");
    assert_int_equal(a->next_cursor->partition_index, 0);
    cursor = (struct describe_topic_partitions_request_cursor){
        .topic_name = fixture_view("t2"), .partition_index = 0};
    a = describe(f, "alice", NULL, 0, 2, &cursor);
    assert_int_equal(a->topics.count, 1);
    assert_int_equal(topic_at(a, 0)->partitions.count, 2);
    assert_null(a->next_cursor);
    fixture_free(&f);
}

static void a_cursor_below_zero_is_refused_and_one_behind_the_end_is_not(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    const char *names[] = {"t1"};
    struct describe_topic_partitions_request_cursor cursor = {
        .topic_name = fixture_view("t1"), .partition_index = -1};

    fixture_topic(f, "t1");
    assert_int_equal(topic_at(describe(f, "alice", names, 1, 9, &cursor), 0)->error_code,
        WIRE_CODE_INVALID_REQUEST);
    cursor.partition_index = 99;
    assert_int_equal(
        topic_at(describe(f, "alice", names, 1, 9, &cursor), 0)->partitions.count, 0);
    fixture_free(&f);
}

static void a_cursor_stands_at_a_topic_that_is_asked_for(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    const char *names[] = {"t1", "t2"};
    const char *others[] = {"u", "t", ""};

    fixture_topic(f, "t1");
    fixture_topic(f, "t2");
    for (size_t i = 0; i < 3; i++) {
        struct describe_topic_partitions_request_cursor cursor = {
            .topic_name = fixture_view(others[i])};
        const struct describe_topic_partitions_response *a =
            describe(f, "alice", names, 2, 9, &cursor);
        assert_int_equal(topic_at(a, 0)->error_code, WIRE_CODE_INVALID_REQUEST);
        assert_int_equal(topic_at(a, 1)->error_code, WIRE_CODE_INVALID_REQUEST);
    }
    struct describe_topic_partitions_request_cursor anywhere = {
        .topic_name = fixture_view("t11")};
    assert_int_equal(describe(f, "alice", NULL, 0, 9, &anywhere)->topics.count, 1);
    fixture_free(&f);
}

static void what_one_may_not_see_is_not_told(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    const char *names[] = {"t1", "t9"};

    fixture_topic(f, "t1");
    fixture_topic(f, "t2");
    const struct describe_topic_partitions_response *a =
        describe(f, "bob", NULL, 0, 100, NO_CURSOR);
    assert_int_equal(a->topics.count, 1);
    fixture_assert_text(topic_at(a, 0)->name, "t2");
    a = describe(f, "bob", names, 2, 100, NO_CURSOR);
    assert_int_equal(topic_at(a, 0)->error_code, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    assert_int_equal(topic_at(a, 1)->error_code, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    assert_int_equal(topic_at(a, 0)->partitions.count, 0);
    fixture_free(&f);
}

static const struct elect_leaders_response *elect(
    struct fixture *f, const char *user, int32_t partition)
{
    struct elect_leaders_request_topic_partitions asked = {
        .topic = fixture_view("t1"), .partitions = {.items = &partition, .count = 1}};
    struct elect_leaders_request r = {.topic_partitions = {.items = &asked, .count = 1}};
    uint64_t gate = fixture_gate(f, user);
    const struct elect_leaders_response *a =
        fixture_call(f, gate, WIRE_API_ELECT_LEADERS, 2, &r);

    fixture_drop_gate(f, gate);
    return a;
}

static int16_t elected(const struct elect_leaders_response *a)
{
    const struct elect_leaders_response_replica_election_result *t =
        a->replica_election_results.items;
    const struct elect_leaders_response_partition_result *p = t->partition_result.items;

    assert_int_equal(a->replica_election_results.count, 1);
    assert_int_equal(t->partition_result.count, 1);
    return p->error_code;
}

static void the_only_broker_leads_already(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);

    fixture_topic(f, "t1");
    assert_int_equal(elect(f, "alice", 1)->error_code, WIRE_CODE_NONE);
    assert_int_equal(elected(elect(f, "alice", 1)), WIRE_CODE_ELECTION_NOT_NEEDED);
    assert_int_equal(elected(elect(f, "alice", 2)), WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(
        elect(f, "bob", 1)->error_code, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    assert_int_equal(elected(elect(f, "bob", 1)), WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    fixture_free(&f);
}

static int16_t reassign(
    struct fixture *f, int32_t partition, int32_t *replicas, int32_t count)
{
    struct alter_partition_reassignments_request_reassignable_partition part = {
        .partition_index = partition, .replicas = {.items = replicas, .count = count}};
    struct alter_partition_reassignments_request_reassignable_topic asked = {
        .name = fixture_view("t1"), .partitions = {.items = &part, .count = 1}};
    struct alter_partition_reassignments_request r = {
        .topics = {.items = &asked, .count = 1}};
    uint64_t gate = fixture_gate(f, "alice");
    const struct alter_partition_reassignments_response *a =
        fixture_call(f, gate, WIRE_API_ALTER_PARTITION_REASSIGNMENTS, 1, &r);
    const struct alter_partition_reassignments_reassignable_topic_response *t =
        a->responses.items;
    const struct alter_partition_reassignments_reassignable_partition_response *p =
        t->partitions.items;

    fixture_drop_gate(f, gate);
    return p->error_code;
}

static void replicas_can_be_here_and_nowhere_else(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    int32_t replicas[] = {7, 8};
    struct list_partition_reassignments_request list = {.topics = {.count = -1}};

    fixture_topic(f, "t1");
    assert_int_equal(reassign(f, 0, replicas, 1), WIRE_CODE_NONE);
    assert_int_equal(reassign(f, 0, replicas, 2), WIRE_CODE_INVALID_REPLICA_ASSIGNMENT);
    assert_int_equal(
        reassign(f, 0, replicas + 1, 1), WIRE_CODE_INVALID_REPLICA_ASSIGNMENT);
    assert_int_equal(reassign(f, 0, NULL, -1), WIRE_CODE_NO_REASSIGNMENT_IN_PROGRESS);
    assert_int_equal(reassign(f, 9, replicas, 1), WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    const struct list_partition_reassignments_response *a = fixture_call(
        f, fixture_gate(f, "alice"), WIRE_API_LIST_PARTITION_REASSIGNMENTS, 0, &list);
    assert_int_equal(a->error_code, WIRE_CODE_NONE);
    assert_int_equal(a->topics.count, 0);
    a = fixture_call(
        f, fixture_gate(f, "bob"), WIRE_API_LIST_PARTITION_REASSIGNMENTS, 0, &list);
    assert_int_equal(a->error_code, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    fixture_free(&f);
}

static const struct describe_log_dirs_response *describe_dirs(struct fixture *f,
    const char *user, int16_t version, const char *topic, int32_t partition)
{
    struct describe_log_dirs_request_describable_log_dir_topic asked = {
        .topic = fixture_view(topic == NULL ? "" : topic),
        .partitions = {.items = &partition, .count = 1}};
    struct describe_log_dirs_request r = {
        .topics = {.items = &asked, .count = topic == NULL ? -1 : 1}};
    uint64_t gate = fixture_gate(f, user);
    const struct describe_log_dirs_response *a =
        fixture_call(f, gate, WIRE_API_DESCRIBE_LOG_DIRS, version, &r);

    fixture_drop_gate(f, gate);
    return a;
}

static void the_one_directory_is_told_with_what_lies_in_it(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct ipc_setting path = {
        .name = ipc_text("log.dirs"), .value = ipc_text("/var/lib/schloss"), .is_set = 1};

    assert_int_equal(broker_setting_add(&f->broker, &path), OK);
    fixture_topic(f, "t1");
    const struct describe_log_dirs_response *a = describe_dirs(f, "alice", 4, NULL, 0);
    const struct describe_log_dirs_result *dir = a->results.items;
    const struct describe_log_dirs_topic *topic = dir->topics.items;
    assert_int_equal(a->results.count, 1);
    fixture_assert_text(dir->log_dir, "/var/lib/schloss");
    assert_int_equal(dir->total_bytes, -1);
    assert_int_equal(dir->topics.count, 1);
    fixture_assert_text(topic->name, "t1");
    assert_int_equal(topic->partitions.count, 2);
    a = describe_dirs(f, "alice", 4, "t1", 1);
    dir = a->results.items;
    topic = dir->topics.items;
    const struct describe_log_dirs_partition *p = topic->partitions.items;
    assert_int_equal(topic->partitions.count, 1);
    assert_int_equal(p->partition_index, 1);
    assert_int_equal(p->partition_size, 0);
    a = describe_dirs(f, "alice", 4, "t1", 2);
    dir = a->results.items;
    topic = dir->topics.items;
    assert_int_equal(topic->partitions.count, 0);
    a = describe_dirs(f, "alice", 4, "t9", 0);
    dir = a->results.items;
    assert_int_equal(dir->topics.count, 0);
    assert_int_equal(describe_dirs(f, "bob", 4, NULL, 0)->error_code,
        WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    assert_int_equal(describe_dirs(f, "bob", 2, NULL, 0)->results.count, 0);
    broker_setting_fini(&f->broker);
    fixture_free(&f);
}

static int16_t move(
    struct fixture *f, const char *user, const char *path, int32_t partition)
{
    struct alter_replica_log_dirs_request_alter_replica_log_dir_topic topic = {
        .name = fixture_view("t1"), .partitions = {.items = &partition, .count = 1}};
    struct alter_replica_log_dirs_request_alter_replica_log_dir dir = {
        .path = fixture_view(path), .topics = {.items = &topic, .count = 1}};
    struct alter_replica_log_dirs_request r = {.dirs = {.items = &dir, .count = 1}};
    uint64_t gate = fixture_gate(f, user);
    const struct alter_replica_log_dirs_response *a =
        fixture_call(f, gate, WIRE_API_ALTER_REPLICA_LOG_DIRS, 2, &r);
    const struct alter_replica_log_dirs_alter_replica_log_dir_topic_result *t =
        a->results.items;
    const struct alter_replica_log_dirs_alter_replica_log_dir_partition_result *p =
        t->partitions.items;

    fixture_drop_gate(f, gate);
    return p->error_code;
}

static void there_is_no_other_directory_to_move_to(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct ipc_setting path = {
        .name = ipc_text("log.dirs"), .value = ipc_text("/here"), .is_set = 1};

    assert_int_equal(broker_setting_add(&f->broker, &path), OK);
    fixture_topic(f, "t1");
    assert_int_equal(move(f, "alice", "/here", 0), WIRE_CODE_NONE);
    assert_int_equal(move(f, "alice", "/here", 2), WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(move(f, "alice", "/there", 0), WIRE_CODE_LOG_DIR_NOT_FOUND);
    assert_int_equal(move(f, "bob", "/here", 0), WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    broker_setting_fini(&f->broker);
    fixture_free(&f);
}

/* --- the quorum -------------------------------------------------------------------------- */

static const struct describe_quorum_response *quorum(
    struct fixture *f, const char *user, const char *topic, int32_t partition)
{
    struct describe_quorum_request_partition_data part = {.partition_index = partition};
    struct describe_quorum_request_topic_data asked = {
        .topic_name = fixture_view(topic), .partitions = {.items = &part, .count = 1}};
    struct describe_quorum_request r = {.topics = {.items = &asked, .count = 1}};

    return fixture_call(f, fixture_gate(f, user), WIRE_API_DESCRIBE_QUORUM, 2, &r);
}

static void this_broker_is_the_one_voter_of_the_metadata_log(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    const struct describe_quorum_response *a =
        quorum(f, "alice", "__cluster_metadata", 0);
    const struct describe_quorum_response_topic_data *topic = a->topics.items;
    const struct describe_quorum_response_partition_data *p = topic->partitions.items;
    const struct describe_quorum_response_replica_state *voter = p->current_voters.items;
    assert_int_equal(a->error_code, WIRE_CODE_NONE);
    assert_int_equal(p->error_code, WIRE_CODE_NONE);
    assert_int_equal(p->leader_id, f->broker.config.node_id);
    assert_int_equal(p->current_voters.count, 1);
    assert_int_equal(p->observers.count, 0);
    assert_int_equal(voter->replica_id, f->broker.config.node_id);
    assert_true(p->high_watermark > 0);
    assert_int_equal(voter->log_end_offset, p->high_watermark);
    assert_int_equal(a->nodes.count, 1);
    topic = quorum(f, "alice", "__cluster_metadata", 1)->topics.items;
    p = topic->partitions.items;
    assert_int_equal(p->error_code, WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    topic = quorum(f, "alice", "t1", 0)->topics.items;
    p = topic->partitions.items;
    assert_int_equal(p->error_code, WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(quorum(f, "bob", "__cluster_metadata", 0)->error_code,
        WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    fixture_free(&f);
}

static const struct update_features_response *update(
    struct fixture *f, const char *user, int16_t version, const char *name, int16_t level)
{
    struct update_features_request_feature_update_key one = {
        .feature = fixture_view(name), .max_version_level = level};
    struct update_features_request r = {.feature_updates = {.items = &one, .count = 1}};

    return fixture_call(f, fixture_gate(f, user), WIRE_API_UPDATE_FEATURES, version, &r);
}

static void no_feature_gets_another_level(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    const int16_t level = WIRE_FEATURE_METADATA_LEVEL;
    assert_int_equal(
        update(f, "alice", 2, "metadata.version", level)->error_code, WIRE_CODE_NONE);
    assert_int_equal(update(f, "alice", 2, "metadata.version", level + 1)->error_code,
        WIRE_CODE_INVALID_UPDATE_VERSION);
    assert_int_equal(update(f, "alice", 2, "metadata.version", level - 1)->error_code,
        WIRE_CODE_INVALID_UPDATE_VERSION);
    const struct update_features_response *a = update(f, "alice", 1, "share.version", 1);
    assert_int_equal(a->error_code, WIRE_CODE_INVALID_UPDATE_VERSION);
    assert_int_equal(a->results.count, 0);
    assert_int_equal(update(f, "bob", 2, "metadata.version", level)->error_code,
        WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(topics_are_told_in_the_order_of_their_names),
        cmocka_unit_test(an_answer_ends_at_the_limit_and_the_next_goes_on),
        cmocka_unit_test(a_cursor_below_zero_is_refused_and_one_behind_the_end_is_not),
        cmocka_unit_test(a_cursor_stands_at_a_topic_that_is_asked_for),
        cmocka_unit_test(what_one_may_not_see_is_not_told),
        cmocka_unit_test(the_only_broker_leads_already),
        cmocka_unit_test(replicas_can_be_here_and_nowhere_else),
        cmocka_unit_test(the_one_directory_is_told_with_what_lies_in_it),
        cmocka_unit_test(there_is_no_other_directory_to_move_to),
        cmocka_unit_test(this_broker_is_the_one_voter_of_the_metadata_log),
        cmocka_unit_test(no_feature_gets_another_level),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
