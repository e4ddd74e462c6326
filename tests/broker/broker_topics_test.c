#include "broker_coord.h"
#include "broker_fixture.h"
#include "broker_setting.h"
#include "test.h"
#include "wire_code.h"
#include "wire_create_topics.h"
#include "wire_delete_topics.h"
#include "wire_init_producer_id.h"
#include "wire_metadata.h"

#include <stdio.h>
#include <string.h>

static const char RULES[] = "allow alice to all topic * cluster txn *\n";

/* --- CreateTopics ------------------------------------------------------------------------ */

static const struct create_topics_response *create(struct fixture *f,
    struct create_topics_request_creatable_topic *topics, int32_t count)
{
    struct create_topics_request r = {
        .topics = {.items = topics, .count = count}, .timeout_ms = 1000};

    return fixture_call(f, fixture_gate(f, "alice"), WIRE_API_CREATE_TOPICS, 7, &r);
}

static void a_topic_that_stands_twice_has_one_row_and_is_refused(void **state)
{
    struct create_topics_request_creatable_topic topics[] = {
        {.name = fixture_view("a"), .num_partitions = 1, .replication_factor = 1},
        {.name = fixture_view("b"), .num_partitions = 1, .replication_factor = 1},
        {.name = fixture_view("a"), .num_partitions = 2, .replication_factor = 1},
        {.name = fixture_view("c"), .num_partitions = 3, .replication_factor = 1}};

    (void)state;
    struct fixture *f = fixture_new(RULES);
    const struct create_topics_response *a = create(f, topics, 4);
    const struct create_topics_response_creatable_topic_result *rows = a->topics.items;
    assert_int_equal(a->topics.count, 3);
    assert_int_equal(rows[0].error_code, WIRE_CODE_INVALID_REQUEST);
    assert_int_equal(rows[1].error_code, WIRE_CODE_NONE);
    fixture_assert_text(rows[2].name, "c");
    assert_int_equal(rows[2].num_partitions, 3);
    assert_null(meta_image_topic(&f->broker.image, fixture_view("a")));
    assert_int_equal(
        meta_image_topic(&f->broker.image, fixture_view("c"))->partition_count, 3);
    fixture_free(&f);
}

/* The row of one config in the answer. */
static const struct create_topics_response_creatable_topic_configs *config_of(
    const struct create_topics_response_creatable_topic_result *row, const char *name)
{
    const struct create_topics_response_creatable_topic_configs *configs =
        row->configs.items;

    for (int32_t i = 0; i < row->configs.count; i++) {
        if (configs[i].name.len == strlen(name) &&
            memcmp(configs[i].name.ptr, name, strlen(name)) == 0) {
            return &configs[i];
        }
    }
    fail_msg("%s is not in the answer", name);
    return NULL;
}

static void a_new_topic_is_told_what_it_is_set_to_and_by_whom(void **state)
{
    struct ipc_setting kept = {.name = ipc_text("log.retention.ms"),
        .value = ipc_text("-1"),
        .is_given = 1,
        .is_set = 1};
    struct create_topics_request_creatable_topic_config config = {
        .name = fixture_view("segment.ms"), .value = fixture_view("5000")};
    struct create_topics_request_creatable_topic topic = {.name = fixture_view("a"),
        .num_partitions = 1,
        .replication_factor = 1,
        .configs = {.items = &config, .count = 1}};

    (void)state;
    struct fixture *f = fixture_new(RULES);
    assert_int_equal(broker_setting_add(&f->broker, &kept), OK);
    const struct create_topics_response_creatable_topic_result *row =
        create(f, &topic, 1)->topics.items;
    assert_int_equal(row->configs.count, meta_config_count());
    fixture_assert_text(config_of(row, "segment.ms")->value, "5000");
    assert_int_equal(config_of(row, "segment.ms")->config_source, BROKER_SOURCE_TOPIC);
    fixture_assert_text(config_of(row, "retention.ms")->value, "-1");
    assert_int_equal(config_of(row, "retention.ms")->config_source, BROKER_SOURCE_FILE);
    assert_int_equal(config_of(row, "flush.ms")->config_source, BROKER_SOURCE_DEFAULT);
    row = create(f, &topic, 1)->topics.items;
    assert_int_equal(row->error_code, META_ERROR_TOPIC_EXISTS);
    assert_int_equal(row->configs.count, 0);
    broker_setting_fini(&f->broker);
    fixture_free(&f);
}

static void the_last_word_on_a_setting_counts(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct create_topics_request_creatable_topic_config given[100];
    struct create_topics_request_creatable_topic topic = {.name = fixture_view("a"),
        .num_partitions = 1,
        .replication_factor = 1,
        .configs = {.items = given, .count = 3}};
    given[0] = (struct create_topics_request_creatable_topic_config){
        .name = fixture_view("retention.ms"), .value = fixture_view("1")};
    given[1] = (struct create_topics_request_creatable_topic_config){
        .name = fixture_view("segment.ms"), .value = fixture_view("2")};
    given[2] = (struct create_topics_request_creatable_topic_config){
        .name = fixture_view("retention.ms"), .value = fixture_view("3")};
    const struct create_topics_response_creatable_topic_result *row =
        create(f, &topic, 1)->topics.items;
    assert_int_equal(row->error_code, WIRE_CODE_NONE);
    const struct meta_topic *made = meta_image_topic(&f->broker.image, fixture_view("a"));
    assert_string_equal(meta_topic_setting(made, "retention.ms"), "3");
    assert_string_equal(meta_topic_setting(made, "segment.ms"), "2");
    /* More names than there are settings: one of them is none. */
    static char names[100][8];
    for (size_t i = 0; i < 100; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "n%zu", i);
        given[i].name = fixture_view(names[i]);
        given[i].value = fixture_view("1");
    }
    topic.name = fixture_view("b");
    topic.configs.count = 100;
    row = create(f, &topic, 1)->topics.items;
    assert_int_equal(row->error_code, WIRE_CODE_INVALID_CONFIG);
    fixture_free(&f);
}

/* --- DeleteTopics ------------------------------------------------------------------------ */

static const struct delete_topics_response *delete_topics(struct fixture *f,
    struct delete_topics_request_delete_topic_state *topics, int32_t count)
{
    struct delete_topics_request r = {.topics = {.items = topics, .count = count}};

    return fixture_call(f, fixture_gate(f, "alice"), WIRE_API_DELETE_TOPICS, 6, &r);
}

static void a_deletion_names_a_topic_in_one_way(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    fixture_topic(f, "a");
    struct delete_topics_request_delete_topic_state topics[] = {
        {.name = fixture_view("a"), .topic_id = fixture_topic_id(f, "a")},
        {.name = {.ptr = NULL}}};
    const struct delete_topics_response *a = delete_topics(f, topics, 2);
    const struct delete_topics_response_deletable_topic_result *rows = a->responses.items;
    assert_int_equal(rows[0].error_code, WIRE_CODE_INVALID_REQUEST);
    assert_int_equal(rows[1].error_code, WIRE_CODE_INVALID_REQUEST);
    assert_non_null(meta_image_topic(&f->broker.image, fixture_view("a")));
    fixture_free(&f);
}

static void a_topic_that_is_named_twice_is_not_deleted(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    fixture_topic(f, "a");
    fixture_topic(f, "b");
    struct delete_topics_request_delete_topic_state topics[] = {
        {.name = fixture_view("a")}, {.name = fixture_view("b")},
        {.name = fixture_view("a")}};
    const struct delete_topics_response *a = delete_topics(f, topics, 3);
    const struct delete_topics_response_deletable_topic_result *rows = a->responses.items;
    assert_int_equal(a->responses.count, 2);
    assert_int_equal(rows[0].error_code, WIRE_CODE_INVALID_REQUEST);
    assert_int_equal(rows[1].error_code, WIRE_CODE_NONE);
    assert_non_null(meta_image_topic(&f->broker.image, fixture_view("a")));
    assert_null(meta_image_topic(&f->broker.image, fixture_view("b")));
    fixture_free(&f);
}

static void a_topic_that_is_named_and_numbered_is_told_with_both(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    fixture_topic(f, "a");
    for (size_t name_at = 0; name_at < 2; name_at++) {
        struct delete_topics_request_delete_topic_state topics[2];
        memset(topics, 0, sizeof(topics));
        topics[name_at].name = fixture_view("a");
        topics[1 - name_at].topic_id = fixture_topic_id(f, "a");
        const struct delete_topics_response *a = delete_topics(f, topics, 2);
        const struct delete_topics_response_deletable_topic_result *row =
            a->responses.items;
        assert_int_equal(a->responses.count, 1);
        assert_int_equal(row->error_code, WIRE_CODE_INVALID_REQUEST);
        fixture_assert_text(row->name, "a");
        assert_true(meta_uuid_equal(row->topic_id, fixture_topic_id(f, "a")));
        assert_non_null(meta_image_topic(&f->broker.image, fixture_view("a")));
    }
    fixture_free(&f);
}

static void what_names_no_topic_is_not_joined_with_the_topic_of_no_name(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct delete_topics_request_delete_topic_state topics[] = {
        {.name = {.ptr = NULL}}, {.name = fixture_view("")}};
    const struct delete_topics_response *a = delete_topics(f, topics, 2);
    const struct delete_topics_response_deletable_topic_result *row = a->responses.items;
    assert_int_equal(row->error_code, WIRE_CODE_INVALID_REQUEST);
    assert_null(row->name.ptr);
    fixture_free(&f);
}

static void an_internal_topic_is_not_deleted_and_one_that_is_not_there_is_unknown(
    void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct delete_topics_request_delete_topic_state topic = {
        .name = fixture_view("__consumer_offsets")};
    const struct delete_topics_response_deletable_topic_result *row =
        delete_topics(f, &topic, 1)->responses.items;
    assert_int_equal(row->error_code, WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    broker_coord_make_topic(&f->broker);
    fixture_pump(f);
    row = delete_topics(f, &topic, 1)->responses.items;
    assert_int_equal(row->error_code, WIRE_CODE_INVALID_TOPIC_EXCEPTION);
    fixture_free(&f);
}

static void a_topic_is_deleted_by_its_id(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    fixture_topic(f, "a");
    struct delete_topics_request_delete_topic_state topic = {
        .topic_id = fixture_topic_id(f, "a")};
    const struct delete_topics_response *a = delete_topics(f, &topic, 1);
    const struct delete_topics_response_deletable_topic_result *row = a->responses.items;
    assert_int_equal(row->error_code, WIRE_CODE_NONE);
    fixture_assert_text(row->name, "a");
    row = delete_topics(f, &topic, 1)->responses.items;
    assert_int_equal(row->error_code, WIRE_CODE_UNKNOWN_TOPIC_ID);
    fixture_free(&f);
}

/* --- Metadata ---------------------------------------------------------------------------- */

static const struct metadata_response_topic *metadata_by_id(
    struct fixture *f, int16_t version, struct wire_uuid id)
{
    struct metadata_request_topic topic = {.topic_id = id};
    struct metadata_request r = {.topics = {.items = &topic, .count = 1}};
    const struct metadata_response *a =
        fixture_call(f, fixture_gate(f, "alice"), WIRE_API_METADATA, version, &r);

    assert_int_equal(a->topics.count, 1);
    return a->topics.items;
}

static void topics_are_asked_for_by_id_since_version_12(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    fixture_topic(f, "a");
    struct wire_uuid id = fixture_topic_id(f, "a");
    assert_int_equal(metadata_by_id(f, 11, id)->error_code, WIRE_CODE_INVALID_REQUEST);
    assert_int_equal(metadata_by_id(f, 12, id)->error_code, WIRE_CODE_NONE);
    fixture_free(&f);
}

/* --- InitProducerId ---------------------------------------------------------------------- */

static int16_t init_producer(
    struct fixture *f, const char *transactional_id, int64_t id, int16_t epoch)
{
    struct init_producer_id_request r = {.producer_id = id, .producer_epoch = epoch};

    if (transactional_id != NULL) {
        r.transactional_id = fixture_view(transactional_id);
    }
    const struct init_producer_id_response *a =
        fixture_call(f, fixture_gate(f, "alice"), WIRE_API_INIT_PRODUCER_ID, 4, &r);
    return a->error_code;
}

static void a_producer_id_and_its_epoch_come_together(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    assert_int_equal(init_producer(f, NULL, -1, -1), WIRE_CODE_NONE);
    assert_int_equal(init_producer(f, NULL, 5, 0), WIRE_CODE_NONE);
    assert_int_equal(init_producer(f, NULL, 5, -1), WIRE_CODE_INVALID_REQUEST);
    assert_int_equal(init_producer(f, NULL, -1, 3), WIRE_CODE_INVALID_REQUEST);
    assert_int_equal(init_producer(f, "", -1, -1), WIRE_CODE_INVALID_REQUEST);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_topic_that_stands_twice_has_one_row_and_is_refused),
        cmocka_unit_test(a_new_topic_is_told_what_it_is_set_to_and_by_whom),
        cmocka_unit_test(a_deletion_names_a_topic_in_one_way),
        cmocka_unit_test(a_topic_that_is_named_twice_is_not_deleted),
        cmocka_unit_test(the_last_word_on_a_setting_counts),
        cmocka_unit_test(a_topic_that_is_named_and_numbered_is_told_with_both),
        cmocka_unit_test(what_names_no_topic_is_not_joined_with_the_topic_of_no_name),
        cmocka_unit_test(
            an_internal_topic_is_not_deleted_and_one_that_is_not_there_is_unknown),
        cmocka_unit_test(a_topic_is_deleted_by_its_id),
        cmocka_unit_test(topics_are_asked_for_by_id_since_version_12),
        cmocka_unit_test(a_producer_id_and_its_epoch_come_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
