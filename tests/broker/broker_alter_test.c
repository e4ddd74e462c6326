/* What is changed in a topic that exists, and how its settings are shown. */

#include "broker_fixture.h"
#include "broker_setting.h"
#include "test.h"
#include "wire_alter_configs.h"
#include "wire_api.h"
#include "wire_code.h"
#include "wire_create_partitions.h"
#include "wire_delete_records.h"
#include "wire_describe_configs.h"
#include "wire_incremental_alter_configs.h"
#include "wire_list_config_resources.h"

#include <stdio.h>
#include <string.h>

#define RULES                                                                            \
    "allow alice to describe-configs, alter-configs, alter topic t*\n"                   \
    "allow alice to describe-configs, alter-configs cluster\n"                           \
    "allow bob to describe topic t*\n"

enum { SET, DELETE, APPEND, SUBTRACT };

struct change {
    const char *name;
    int8_t operation;
    const char *value; /* NULL: null */
};

static struct wire_view nullable(const char *text)
{
    return text == NULL ? (struct wire_view){0} : fixture_view(text);
}

static const struct incremental_alter_configs_response *alter(struct fixture *f,
    uint64_t gate, int8_t type, const char *name, const struct change *changes,
    int32_t count, bool validate_only)
{
    static struct incremental_alter_configs_request_alterable_config rows[1001];

    for (int32_t i = 0; i < count; i++) {
        rows[i] = (struct incremental_alter_configs_request_alterable_config){
            .name = fixture_view(changes[i].name),
            .config_operation = changes[i].operation,
            .value = nullable(changes[i].value)};
    }
    struct incremental_alter_configs_request_alter_configs_resource resource = {
        .resource_type = type,
        .resource_name = fixture_view(name),
        .configs = {.items = rows, .count = count}};
    struct incremental_alter_configs_request r = {
        .resources = {.items = &resource, .count = 1}, .validate_only = validate_only};
    return fixture_call(f, gate, WIRE_API_INCREMENTAL_ALTER_CONFIGS, 1, &r);
}

static int16_t alter_one(struct fixture *f, const char *user, const char *topic,
    const char *name, int8_t operation, const char *value)
{
    uint64_t gate = fixture_gate(f, user);
    struct change change = {name, operation, value};
    const struct incremental_alter_configs_response *a =
        alter(f, gate, BROKER_RESOURCE_TOPIC, topic, &change, 1, false);

    assert_int_equal(a->responses.count, 1);
    fixture_drop_gate(f, gate);
    const struct incremental_alter_configs_alter_configs_resource_response *row =
        a->responses.items;
    fixture_assert_text(row->resource_name, topic);
    assert_true(row->error_code == 0 || row->error_code == 29 ||
                (row->error_message.ptr != NULL && row->error_message.len > 0));
    return row->error_code;
}

static const struct describe_configs_result *describe(struct fixture *f, const char *user,
    int8_t type, const char *name, struct wire_view *keys, int32_t key_count)
{
    uint64_t gate = fixture_gate(f, user);
    struct describe_configs_resource resource = {.resource_type = type,
        .resource_name = fixture_view(name),
        .configuration_keys = {.items = keys, .count = key_count}};
    struct describe_configs_request r = {.resources = {.items = &resource, .count = 1},
        .include_synonyms = true,
        .include_documentation = true};
    const struct describe_configs_response *a =
        fixture_call(f, gate, WIRE_API_DESCRIBE_CONFIGS, 4, &r);

    assert_int_equal(a->results.count, 1);
    fixture_drop_gate(f, gate);
    return a->results.items;
}

/* The row of that name, which must be the only one asked for. */
static const struct describe_configs_resource_result *config(
    struct fixture *f, const char *topic, const char *name)
{
    struct wire_view key = fixture_view(name);
    const struct describe_configs_result *result =
        describe(f, "alice", BROKER_RESOURCE_TOPIC, topic, &key, 1);

    assert_int_equal(result->error_code, WIRE_CODE_NONE);
    assert_int_equal(result->configs.count, 1);
    return result->configs.items;
}

static void what_is_set_is_shown_with_its_source_and_outlives_a_restart(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);

    fixture_topic(f, "t");
    const struct describe_configs_resource_result *c = config(f, "t", "retention.ms");
    fixture_assert_text(c->value, "604800000");
    assert_int_equal(c->config_source, BROKER_SOURCE_DEFAULT);
    assert_int_equal(c->config_type, 5);
    assert_false(c->read_only);
    assert_int_equal(c->synonyms.count, 0);
    assert_true(c->documentation.len > 10);
    assert_int_equal(alter_one(f, "alice", "t", "retention.ms", SET, "1000"), 0);
    fixture_restart(f);
    c = config(f, "t", "retention.ms");
    fixture_assert_text(c->value, "1000");
    assert_int_equal(c->config_source, BROKER_SOURCE_TOPIC);
    assert_int_equal(c->synonyms.count, 1);
    const struct describe_configs_synonym *s = c->synonyms.items;
    fixture_assert_text(s[0].name, "retention.ms");
    assert_int_equal(s[0].source, BROKER_SOURCE_TOPIC);
    assert_int_equal(alter_one(f, "alice", "t", "retention.ms", DELETE, NULL), 0);
    fixture_assert_text(config(f, "t", "retention.ms")->value, "604800000");
    fixture_free(&f);
}

static void a_topic_without_a_value_has_the_one_of_the_broker(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct ipc_setting setting = {.name = ipc_text("log.retention.ms"),
        .value = ipc_text("5000"),
        .meaning = ipc_text("how long"),
        .type = 5,
        .is_given = 1,
        .is_set = 1};

    assert_int_equal(broker_setting_add(&f->broker, &setting), OK);
    fixture_topic(f, "t");
    const struct describe_configs_resource_result *c = config(f, "t", "retention.ms");
    fixture_assert_text(c->value, "5000");
    assert_int_equal(c->config_source, BROKER_SOURCE_FILE);
    assert_int_equal(c->synonyms.count, 1);
    const struct describe_configs_synonym *s = c->synonyms.items;
    fixture_assert_text(s[0].name, "log.retention.ms");
    assert_int_equal(s[0].source, BROKER_SOURCE_FILE);
    broker_setting_fini(&f->broker);
    fixture_free(&f);
}

static void a_default_is_shown_under_the_name_that_apache_kafkas_brokers_have_for_it(
    void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    const char *none[] = {"retention.ms", "segment.ms", "segment.jitter.ms", "flush.ms",
        "leader.replication.throttled.replicas", "remote.storage.enable"};
    const char *named[][2] = {{"retention.bytes", "log.retention.bytes"},
        {"cleanup.policy", "log.cleanup.policy"},
        {"compression.type", "compression.type"}};

    fixture_topic(f, "t");
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_int_equal(config(f, "t", none[i])->synonyms.count, 0);
    }
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        const struct describe_configs_resource_result *c = config(f, "t", named[i][0]);
        assert_int_equal(c->synonyms.count, 1);
        const struct describe_configs_synonym *s = c->synonyms.items;
        fixture_assert_text(s->name, named[i][1]);
        assert_int_equal(s->source, BROKER_SOURCE_DEFAULT);
    }
    fixture_free(&f);
}

static void settings_that_exclude_each_other_are_refused(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    const char *min = "min.compaction.lag.ms";
    const char *max = "max.compaction.lag.ms";
    struct change both[] = {{min, SET, "20"}, {max, SET, "30"}};

    fixture_topic(f, "t");
    assert_int_equal(alter_one(f, "alice", "t", max, SET, "10"), 0);
    assert_int_equal(alter_one(f, "alice", "t", min, SET, "10"), 0);
    assert_int_equal(
        alter_one(f, "alice", "t", min, SET, "11"), WIRE_CODE_INVALID_CONFIG);
    assert_int_equal(alter_one(f, "alice", "t", max, SET, "9"), WIRE_CODE_INVALID_CONFIG);
    uint64_t gate = fixture_gate(f, "alice");
    const struct incremental_alter_configs_alter_configs_resource_response *row =
        alter(f, gate, BROKER_RESOURCE_TOPIC, "t", both, 2, false)->responses.items;
    assert_int_equal(row->error_code, 0);
    both[1].value = "19";
    row = alter(f, gate, BROKER_RESOURCE_TOPIC, "t", both, 2, true)->responses.items;
    assert_int_equal(row->error_code, WIRE_CODE_INVALID_CONFIG);
    assert_int_equal(alter_one(f, "alice", "t", min, DELETE, NULL), 0);
    assert_int_equal(alter_one(f, "alice", "t", max, SET, "1"), 0);
    /* What replaces all settings is compared with the defaults. */
    struct alter_configs_request_alterable_config set = {
        .name = fixture_view(min), .value = fixture_view("40")};
    struct alter_configs_resource resource = {.resource_type = BROKER_RESOURCE_TOPIC,
        .resource_name = fixture_view("t"),
        .configs = {.items = &set, .count = 1}};
    struct alter_configs_request r = {.resources = {.items = &resource, .count = 1}};
    const struct alter_configs_response *a =
        fixture_call(f, gate, WIRE_API_ALTER_CONFIGS, 2, &r);
    const struct alter_configs_resource_response *replaced = a->responses.items;
    assert_int_equal(replaced->error_code, 0);
    fixture_free(&f);
}

/* As somebody might write it into the log who owns the disk. */
static void write_setting(struct fixture *f, const char *name, const char *value)
{
    struct meta_record record = {.type = META_CONFIG,
        .config = {META_RESOURCE_TOPIC, fixture_view("t"), fixture_view(name),
            fixture_view(value)}};
    struct meta_change change;

    assert_int_equal(meta_apply(&f->broker.image, &record, &change), OK);
}

static void numbers_on_the_disk_that_can_not_be_count_as_the_default(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    const char *names[] = {"segment.ms", "segment.jitter.ms", "segment.bytes",
        "segment.index.bytes", "retention.ms", "retention.bytes", "max.message.bytes"};
    const char *values[] = {"0", "-5", "", "x", "99999999999999999999", "1e3"};

    fixture_topic(f, "t");
    for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
        for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
            write_setting(f, names[n], values[v]);
        }
        const struct meta_topic *topic =
            meta_image_topic(&f->broker.image, fixture_view("t"));
        struct broker_log log = broker_topic_log(&f->broker, topic, 0);
        assert_int_equal(log.segment_ms, 604800000);
        assert_int_equal(log.segment_bytes, 1 << 30);
        assert_true(log.segment_index_bytes >= 4);
        assert_true(log.retention_ms >= -1);
        assert_true(broker_topic_number(&f->broker, topic, "max.message.bytes") >= 0);
    }
    fixture_free(&f);
}

static void jitter_shortens_a_segments_time_and_never_to_nothing(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);

    fixture_topic(f, "t");
    write_setting(f, "segment.ms", "1");
    write_setting(f, "segment.jitter.ms", "9223372036854775807");
    const struct meta_topic *topic =
        meta_image_topic(&f->broker.image, fixture_view("t"));
    assert_int_equal(broker_topic_log(&f->broker, topic, 0).segment_ms, 1);
    write_setting(f, "segment.ms", "1000");
    write_setting(f, "segment.jitter.ms", "500");
    assert_in_range(broker_topic_log(&f->broker, topic, 0).segment_ms, 500, 1000);
    assert_in_range(broker_topic_log(&f->broker, topic, 1).segment_ms, 500, 1000);
    fixture_free(&f);
}

static void only_a_topic_that_deletes_has_a_retention(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);

    fixture_topic(f, "t");
    write_setting(f, "retention.ms", "1000");
    const struct meta_topic *topic =
        meta_image_topic(&f->broker.image, fixture_view("t"));
    assert_int_equal(broker_topic_log(&f->broker, topic, 0).retention_ms, 1000);
    write_setting(f, "cleanup.policy", "compact");
    assert_int_equal(broker_topic_log(&f->broker, topic, 0).retention_ms, -1);
    assert_true(broker_topic_has_policy(&f->broker, topic, "compact"));
    write_setting(f, "cleanup.policy", "compact,delete");
    assert_int_equal(broker_topic_log(&f->broker, topic, 0).retention_ms, 1000);
    write_setting(f, "cleanup.policy", "");
    assert_int_equal(broker_topic_log(&f->broker, topic, 0).retention_ms, -1);
    assert_false(broker_topic_has_policy(&f->broker, topic, "compact"));
    fixture_free(&f);
}

static void without_a_list_of_names_all_are_shown(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);

    fixture_topic(f, "t");
    assert_int_equal(
        describe(f, "alice", BROKER_RESOURCE_TOPIC, "t", NULL, -1)->configs.count,
        meta_config_count());
    assert_int_equal(
        describe(f, "alice", BROKER_RESOURCE_TOPIC, "t", NULL, 0)->configs.count,
        meta_config_count());
    struct wire_view unknown = fixture_view("no.such.config");
    assert_int_equal(
        describe(f, "alice", BROKER_RESOURCE_TOPIC, "t", &unknown, 1)->configs.count, 0);
    fixture_free(&f);
}

static void lists_are_appended_to_and_subtracted_from(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    const char *name = "leader.replication.throttled.replicas";

    fixture_topic(f, "t");
    assert_int_equal(alter_one(f, "alice", "t", name, APPEND, "0:7"), 0);
    assert_int_equal(alter_one(f, "alice", "t", name, APPEND, "1:7,0:7"), 0);
    fixture_assert_text(config(f, "t", name)->value, "0:7,1:7");
    assert_int_equal(alter_one(f, "alice", "t", name, SUBTRACT, "0:7,9:9"), 0);
    fixture_assert_text(config(f, "t", name)->value, "1:7");
    assert_int_equal(alter_one(f, "alice", "t", name, SUBTRACT, "1:7"), 0);
    fixture_assert_text(config(f, "t", name)->value, "");
    assert_int_equal(alter_one(f, "alice", "t", "retention.ms", APPEND, "1"),
        WIRE_CODE_INVALID_CONFIG);
    fixture_free(&f);
}

static void what_can_not_be_honoured_is_refused_with_a_sentence(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct change twice[] = {{"flush.ms", SET, "1"}, {"flush.ms", SET, "2"}};
    struct change half[] = {{"flush.ms", SET, "1"}, {"retention.ms", SET, "soon"}};

    fixture_topic(f, "t");
    assert_int_equal(alter_one(f, "alice", "t", "retention.ms", SET, "soon"),
        WIRE_CODE_INVALID_CONFIG);
    assert_int_equal(alter_one(f, "alice", "t", "cleanup.policy", SET, "compress"),
        WIRE_CODE_INVALID_CONFIG);
    assert_int_equal(
        alter_one(f, "alice", "t", "no.such", SET, "1"), WIRE_CODE_INVALID_CONFIG);
    assert_int_equal(
        alter_one(f, "alice", "t", "flush.ms", SET, NULL), WIRE_CODE_INVALID_REQUEST);
    assert_int_equal(
        alter_one(f, "alice", "t", "flush.ms", 9, "1"), WIRE_CODE_INVALID_REQUEST);
    assert_int_equal(alter_one(f, "alice", "t2", "flush.ms", SET, "1"),
        WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    uint64_t gate = fixture_gate(f, "alice");
    const struct incremental_alter_configs_alter_configs_resource_response *row =
        alter(f, gate, BROKER_RESOURCE_TOPIC, "t", twice, 2, false)->responses.items;
    assert_int_equal(row->error_code, WIRE_CODE_INVALID_REQUEST);
    row = alter(f, gate, BROKER_RESOURCE_TOPIC, "t", half, 2, false)->responses.items;
    assert_int_equal(row->error_code, WIRE_CODE_INVALID_CONFIG);
    assert_int_equal(config(f, "t", "flush.ms")->config_source, BROKER_SOURCE_DEFAULT);
    fixture_free(&f);
}

static void what_is_only_validated_changes_nothing(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct change change = {"flush.ms", SET, "1"};
    uint64_t gate = fixture_gate(f, "alice");

    fixture_topic(f, "t");
    const struct incremental_alter_configs_alter_configs_resource_response *row =
        alter(f, gate, BROKER_RESOURCE_TOPIC, "t", &change, 1, true)->responses.items;
    assert_int_equal(row->error_code, WIRE_CODE_NONE);
    assert_int_equal(config(f, "t", "flush.ms")->config_source, BROKER_SOURCE_DEFAULT);
    fixture_free(&f);
}

static void what_is_so_already_is_not_written(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);

    fixture_topic(f, "t");
    assert_int_equal(alter_one(f, "alice", "t", "flush.ms", SET, "5"), 0);
    size_t written = f->batch_count;
    assert_int_equal(alter_one(f, "alice", "t", "flush.ms", SET, "5"), 0);
    assert_int_equal(alter_one(f, "alice", "t", "flush.messages", DELETE, NULL), 0);
    assert_int_equal(f->batch_count, written);
    assert_int_equal(alter_one(f, "alice", "t", "flush.ms", SET, "6"), 0);
    assert_int_equal(f->batch_count, written + 1);
    fixture_free(&f);
}

static void a_topic_is_changed_by_one_at_a_time(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct incremental_alter_configs_request_alterable_config set = {
        .name = fixture_view("retention.ms"), .value = fixture_view("5")};
    struct incremental_alter_configs_request_alter_configs_resource resource = {
        .resource_type = BROKER_RESOURCE_TOPIC,
        .resource_name = fixture_view("t"),
        .configs = {.items = &set, .count = 1}};
    struct incremental_alter_configs_request r = {
        .resources = {.items = &resource, .count = 1}};
    uint64_t first = fixture_gate(f, "alice");

    fixture_topic(f, "t");
    f->hold_appends = true;
    fixture_send(f, first, WIRE_API_INCREMENTAL_ALTER_CONFIGS, 1, &r);
    assert_int_equal(
        alter_one(f, "alice", "t", "flush.ms", SET, "1"), WIRE_CODE_REQUEST_TIMED_OUT);
    fixture_release(f, WIRE_CODE_KAFKA_STORAGE_ERROR);
    const struct incremental_alter_configs_response *a =
        fixture_answer(f, first, WIRE_API_INCREMENTAL_ALTER_CONFIGS);
    const struct incremental_alter_configs_alter_configs_resource_response *row =
        a->responses.items;
    assert_int_equal(row->error_code, WIRE_CODE_KAFKA_STORAGE_ERROR);
    assert_int_equal(alter_one(f, "alice", "t", "flush.ms", SET, "1"), 0);
    assert_int_equal(alter_one(f, "alice", "t", "flush.ms", SET, "2"), 0);
    fixture_free(&f);
}

static void a_list_that_is_too_long_is_not_even_looked_through(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    static char items[4096];

    memset(items, ',', sizeof(items) - 1);
    fixture_topic(f, "t");
    assert_int_equal(alter_one(f, "alice", "t", "leader.replication.throttled.replicas",
                         APPEND, items),
        WIRE_CODE_INVALID_CONFIG);
    fixture_free(&f);
}

static void the_older_request_replaces_all_that_was_set(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct alter_configs_request_alterable_config set = {
        .name = fixture_view("flush.ms"), .value = fixture_view("7")};
    struct alter_configs_resource resource = {.resource_type = BROKER_RESOURCE_TOPIC,
        .resource_name = fixture_view("t"),
        .configs = {.items = &set, .count = 1}};
    struct alter_configs_request r = {.resources = {.items = &resource, .count = 1}};

    fixture_topic(f, "t");
    assert_int_equal(alter_one(f, "alice", "t", "retention.ms", SET, "1000"), 0);
    const struct alter_configs_response *a =
        fixture_call(f, fixture_gate(f, "alice"), WIRE_API_ALTER_CONFIGS, 2, &r);
    const struct alter_configs_resource_response *row = a->responses.items;
    assert_int_equal(row->error_code, WIRE_CODE_NONE);
    fixture_assert_text(config(f, "t", "flush.ms")->value, "7");
    assert_int_equal(
        config(f, "t", "retention.ms")->config_source, BROKER_SOURCE_DEFAULT);
    fixture_free(&f);
}

static void a_resource_that_stands_twice_is_refused_twice(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct alter_configs_resource resources[] = {
        {.resource_type = BROKER_RESOURCE_TOPIC, .resource_name = fixture_view("t")},
        {.resource_type = BROKER_RESOURCE_TOPIC, .resource_name = fixture_view("t")},
        {.resource_type = BROKER_RESOURCE_BROKER, .resource_name = fixture_view("t")}};
    struct alter_configs_request r = {.resources = {.items = resources, .count = 3}};

    fixture_topic(f, "t");
    const struct alter_configs_response *a =
        fixture_call(f, fixture_gate(f, "alice"), WIRE_API_ALTER_CONFIGS, 2, &r);
    const struct alter_configs_resource_response *rows = a->responses.items;
    assert_int_equal(rows[0].error_code, WIRE_CODE_INVALID_REQUEST);
    assert_int_equal(rows[1].error_code, WIRE_CODE_INVALID_REQUEST);
    assert_int_equal(rows[2].error_code, WIRE_CODE_NONE);
    fixture_free(&f);
}

static void who_may_not_learns_nothing_and_changes_nothing(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);

    fixture_topic(f, "t");
    assert_int_equal(alter_one(f, "bob", "t", "flush.ms", SET, "1"),
        WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    assert_string_equal(f->last_denied, "alter-configs topic t");
    assert_int_equal(alter_one(f, "bob", "unknown", "flush.ms", SET, "1"),
        WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    const struct describe_configs_result *d =
        describe(f, "bob", BROKER_RESOURCE_TOPIC, "t", NULL, -1);
    assert_int_equal(d->error_code, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    assert_int_equal(d->configs.count, 0);
    d = describe(f, "bob", BROKER_RESOURCE_BROKER, "7", NULL, -1);
    assert_int_equal(d->error_code, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    d = describe(f, "bob", BROKER_RESOURCE_GROUP, "g", NULL, -1);
    assert_int_equal(d->error_code, WIRE_CODE_GROUP_AUTHORIZATION_FAILED);
    fixture_free(&f);
}

static void the_broker_shows_its_settings_but_no_secret(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct ipc_setting shown = {.name = ipc_text("num.partitions"),
        .value = ipc_text("3"),
        .meaning = ipc_text("how many"),
        .type = 3,
        .is_set = 1};
    struct ipc_setting secret = {.name = ipc_text("pass"), .is_secret = 1};
    struct change change = {"num.partitions", SET, "4"};

    assert_int_equal(broker_setting_add(&f->broker, &shown), OK);
    assert_int_equal(broker_setting_add(&f->broker, &secret), OK);
    const struct describe_configs_result *d =
        describe(f, "alice", BROKER_RESOURCE_BROKER, "7", NULL, -1);
    assert_int_equal(d->error_code, WIRE_CODE_NONE);
    assert_int_equal(d->configs.count, 2);
    const struct describe_configs_resource_result *rows = d->configs.items;
    fixture_assert_text(rows[0].value, "3");
    assert_true(rows[0].read_only);
    assert_int_equal(rows[0].config_type, 3);
    assert_true(rows[1].is_sensitive);
    assert_null(rows[1].value.ptr);
    assert_int_equal(
        describe(f, "alice", BROKER_RESOURCE_BROKER, "8", NULL, -1)->error_code,
        WIRE_CODE_INVALID_REQUEST);
    assert_int_equal(
        describe(f, "alice", BROKER_RESOURCE_BROKER, "x", NULL, -1)->error_code,
        WIRE_CODE_INVALID_REQUEST);
    assert_int_equal(
        describe(f, "alice", BROKER_RESOURCE_BROKER, "", NULL, -1)->configs.count, 0);
    const struct incremental_alter_configs_alter_configs_resource_response *row =
        alter(f, fixture_gate(f, "alice"), BROKER_RESOURCE_BROKER, "7", &change, 1, false)
            ->responses.items;
    assert_int_equal(row->error_code, WIRE_CODE_INVALID_REQUEST);
    broker_setting_fini(&f->broker);
    fixture_free(&f);
}

static void resources_are_listed_by_type(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    int8_t types[] = {BROKER_RESOURCE_TOPIC, BROKER_RESOURCE_BROKER};
    struct list_config_resources_request r = {
        .resource_types = {.items = types, .count = 2}};
    uint64_t gate = fixture_gate(f, "alice");

    fixture_topic(f, "t");
    const struct list_config_resources_response *a =
        fixture_call(f, gate, WIRE_API_LIST_CONFIG_RESOURCES, 1, &r);
    assert_int_equal(a->error_code, WIRE_CODE_NONE);
    assert_int_equal(a->config_resources.count, 2);
    const struct list_config_resources_response_config_resource *rows =
        a->config_resources.items;
    fixture_assert_text(rows[0].resource_name, "t");
    fixture_assert_text(rows[1].resource_name, "7");
    types[0] = 3;
    a = fixture_call(f, gate, WIRE_API_LIST_CONFIG_RESOURCES, 1, &r);
    assert_int_equal(a->error_code, WIRE_CODE_UNSUPPORTED_VERSION);
    a = fixture_call(f, gate, WIRE_API_LIST_CONFIG_RESOURCES, 0, &r);
    assert_int_equal(a->config_resources.count, 0);
    a = fixture_call(f, fixture_gate(f, "bob"), WIRE_API_LIST_CONFIG_RESOURCES, 0, &r);
    assert_int_equal(a->error_code, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    fixture_free(&f);
}

/* Partitions. */

static void send_grow(struct fixture *f, uint64_t gate, const char *topic, int32_t count,
    int32_t assignments, bool validate_only)
{
    int32_t node = 7;
    struct create_partitions_assignment rows[4];
    struct create_partitions_topic asked = {.name = fixture_view(topic),
        .count = count,
        .assignments = {.items = rows, .count = assignments == 0 ? -1 : assignments}};
    struct create_partitions_request r = {
        .topics = {.items = &asked, .count = 1}, .validate_only = validate_only};

    for (int32_t i = 0; i < assignments; i++) {
        rows[i].broker_ids = (struct wire_array){.items = &node, .count = 1};
    }
    fixture_send(f, gate, WIRE_API_CREATE_PARTITIONS, 3, &r);
}

static int16_t grown(struct fixture *f, uint64_t gate)
{
    const struct create_partitions_response *a =
        fixture_answer(f, gate, WIRE_API_CREATE_PARTITIONS);
    const struct create_partitions_topic_result *row = a->results.items;

    assert_int_equal(a->results.count, 1);
    return row->error_code;
}

static int16_t grow(struct fixture *f, const char *user, const char *topic, int32_t count,
    int32_t assignments)
{
    uint64_t gate = fixture_gate(f, user);

    send_grow(f, gate, topic, count, assignments, false);
    int16_t error = grown(f, gate);
    fixture_drop_gate(f, gate);
    return error;
}

static int32_t partitions(struct fixture *f, const char *topic)
{
    return meta_image_topic(&f->broker.image, fixture_view(topic))->partition_count;
}

static void a_topic_gets_more_partitions_which_outlive_a_restart(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);

    fixture_topic(f, "t");
    assert_int_equal(grow(f, "alice", "t", 5, 0), WIRE_CODE_NONE);
    assert_int_equal(partitions(f, "t"), 5);
    assert_int_equal(f->partition_count, 5 + 1); /* of the store, with the metadata log */
    assert_int_equal(grow(f, "alice", "t", 6, 1), WIRE_CODE_NONE);
    fixture_restart(f);
    assert_int_equal(partitions(f, "t"), 6);
    fixture_free(&f);
}

static void partitions_never_become_fewer_and_never_too_many(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);

    fixture_topic(f, "t");
    assert_int_equal(grow(f, "alice", "t", 2, 0), WIRE_CODE_INVALID_PARTITIONS);
    assert_int_equal(grow(f, "alice", "t", 1, 0), WIRE_CODE_INVALID_PARTITIONS);
    assert_int_equal(grow(f, "alice", "t", -1, 0), WIRE_CODE_INVALID_PARTITIONS);
    assert_int_equal(grow(f, "alice", "t", 101, 0), WIRE_CODE_INVALID_PARTITIONS);
    assert_int_equal(grow(f, "alice", "t", 4, 1), WIRE_CODE_INVALID_REPLICA_ASSIGNMENT);
    assert_int_equal(grow(f, "alice", "t2", 4, 0), WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(grow(f, "bob", "t", 4, 0), WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    assert_int_equal(partitions(f, "t"), 2);
    uint64_t gate = fixture_gate(f, "alice");
    send_grow(f, gate, "t", 4, 0, true);
    assert_int_equal(grown(f, gate), WIRE_CODE_NONE);
    assert_int_equal(partitions(f, "t"), 2);
    fixture_free(&f);
}

static void two_that_add_partitions_at_once_do_not_meet(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    uint64_t first = fixture_gate(f, "alice");

    fixture_topic(f, "t");
    f->hold_appends = true;
    send_grow(f, first, "t", 3, 0, false);
    assert_false(fixture_answered(f, first));
    assert_int_equal(grow(f, "alice", "t", 4, 0), WIRE_CODE_REQUEST_TIMED_OUT);
    fixture_release(f, WIRE_CODE_KAFKA_STORAGE_ERROR);
    assert_int_equal(grown(f, first), WIRE_CODE_KAFKA_STORAGE_ERROR);
    assert_int_equal(partitions(f, "t"), 2);
    assert_int_equal(grow(f, "alice", "t", 4, 0), WIRE_CODE_NONE);
    assert_int_equal(partitions(f, "t"), 4);
    fixture_free(&f);
}

/* Records. */

static int16_t delete_records(struct fixture *f, const char *user, const char *topic,
    int32_t partition, int64_t before, int64_t *low_out)
{
    uint64_t gate = fixture_gate(f, user);
    struct delete_records_partition part = {
        .partition_index = partition, .offset = before};
    struct delete_records_topic asked = {
        .name = fixture_view(topic), .partitions = {.items = &part, .count = 1}};
    struct delete_records_request r = {.topics = {.items = &asked, .count = 1}};
    const struct delete_records_response *a =
        fixture_call(f, gate, WIRE_API_DELETE_RECORDS, 2, &r);
    const struct delete_records_topic_result *t = a->topics.items;
    const struct delete_records_partition_result *p = t->partitions.items;

    assert_int_equal(a->topics.count, 1);
    assert_int_equal(t->partitions.count, 1);
    assert_int_equal(p->partition_index, partition);
    fixture_drop_gate(f, gate);
    *low_out = p->low_watermark;
    return p->error_code;
}

static void records_are_deleted_where_one_may(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES "allow carol to delete topic *\n");
    int64_t low;

    fixture_topic(f, "t");
    assert_int_equal(delete_records(f, "carol", "t", 1, 0, &low), WIRE_CODE_NONE);
    assert_int_equal(low, 0);
    assert_int_equal(
        delete_records(f, "carol", "t", 1, 5, &low), WIRE_CODE_OFFSET_OUT_OF_RANGE);
    assert_int_equal(low, -1);
    assert_int_equal(
        delete_records(f, "carol", "t", 1, -2, &low), WIRE_CODE_OFFSET_OUT_OF_RANGE);
    assert_int_equal(delete_records(f, "carol", "t", 2, 0, &low),
        WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(delete_records(f, "carol", "other", 0, 0, &low),
        WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(delete_records(f, "carol", "__consumer_offsets", 0, 0, &low),
        WIRE_CODE_INVALID_TOPIC_EXCEPTION);
    assert_int_equal(delete_records(f, "alice", "t", 0, 0, &low),
        WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    assert_string_equal(f->last_denied, "delete topic t");
    fixture_free(&f);
}

static void many_settings_are_judged_by_their_names(void **state)
{
    (void)state;
    static char names[1001][16];
    static struct change changes[1001];
    struct fixture *f = fixture_new(RULES);
    fixture_topic(f, "t");
    for (size_t i = 0; i < 1001; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "none.%zu", i);
        changes[i] = (struct change){names[i], 0, "1"};
    }
    for (int32_t count = 1000; count <= 1001; count++) {
        const struct incremental_alter_configs_response *a = alter(f,
            fixture_gate(f, "alice"), BROKER_RESOURCE_TOPIC, "t", changes, count, false);
        const struct incremental_alter_configs_alter_configs_resource_response *row =
            a->responses.items;
        assert_int_equal(row->error_code,
            count == 1000 ? WIRE_CODE_INVALID_CONFIG : WIRE_CODE_INVALID_REQUEST);
    }
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_settings_are_judged_by_their_names),
        cmocka_unit_test(what_is_set_is_shown_with_its_source_and_outlives_a_restart),
        cmocka_unit_test(a_topic_without_a_value_has_the_one_of_the_broker),
        cmocka_unit_test(settings_that_exclude_each_other_are_refused),
        cmocka_unit_test(
            a_default_is_shown_under_the_name_that_apache_kafkas_brokers_have_for_it),
        cmocka_unit_test(numbers_on_the_disk_that_can_not_be_count_as_the_default),
        cmocka_unit_test(jitter_shortens_a_segments_time_and_never_to_nothing),
        cmocka_unit_test(only_a_topic_that_deletes_has_a_retention),
        cmocka_unit_test(without_a_list_of_names_all_are_shown),
        cmocka_unit_test(lists_are_appended_to_and_subtracted_from),
        cmocka_unit_test(what_can_not_be_honoured_is_refused_with_a_sentence),
        cmocka_unit_test(what_is_only_validated_changes_nothing),
        cmocka_unit_test(what_is_so_already_is_not_written),
        cmocka_unit_test(a_topic_is_changed_by_one_at_a_time),
        cmocka_unit_test(a_list_that_is_too_long_is_not_even_looked_through),
        cmocka_unit_test(the_older_request_replaces_all_that_was_set),
        cmocka_unit_test(a_resource_that_stands_twice_is_refused_twice),
        cmocka_unit_test(who_may_not_learns_nothing_and_changes_nothing),
        cmocka_unit_test(the_broker_shows_its_settings_but_no_secret),
        cmocka_unit_test(resources_are_listed_by_type),
        cmocka_unit_test(a_topic_gets_more_partitions_which_outlive_a_restart),
        cmocka_unit_test(partitions_never_become_fewer_and_never_too_many),
        cmocka_unit_test(two_that_add_partitions_at_once_do_not_meet),
        cmocka_unit_test(records_are_deleted_where_one_may),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
