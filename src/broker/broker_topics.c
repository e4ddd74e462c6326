/*
 * broker_topics - CreateTopics and DeleteTopics: one decision a topic, one answer for
 * all.
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "broker_job.h"
#include "broker_quota.h"
#include "broker_setting.h"
#include "meta_config.h"
#include "table.h"
#include "wire_code.h"
#include "wire_create_topics.h"
#include "wire_delete_topics.h"

#include <string.h>

#define BATCH_LIMIT ((size_t)8 * 1024 * 1024)

/* From these versions on what is above the quota is refused (KIP-599). */
#define CREATE_STRICT 6
#define DELETE_STRICT 5

struct item {
    struct broker_item base; /* its name is for the audit, also where it is not told */
    struct wire_view name;   /* ptr NULL: not to be told */
    struct wire_uuid id;
    int32_t partitions;
    int16_t replication_factor;
    bool may_see_configs;
    struct wire_array configs;
    size_t asked; /* its place in the request */
};

static void answer_create(struct broker *b, struct broker_job *job)
{
    const struct item *items = job->items;
    struct create_topics_response_creatable_topic_result *rows =
        arena_alloc(&job->arena, job->count, sizeof(*rows));
    struct create_topics_response response = {
        .topics = {.items = rows, .count = rows == NULL ? 0 : (int32_t)job->count}};

    for (size_t i = 0; rows != NULL && i < job->count; i++) {
        const struct item *item = &items[i];
        bool shown = item->base.error == 0 && item->may_see_configs;
        rows[i].name = item->name;
        rows[i].topic_id = item->id;
        rows[i].error_code = item->base.error;
        rows[i].error_message = broker_item_message(&item->base);
        rows[i].topic_config_error_code =
            item->base.error == 0 && !shown ? WIRE_CODE_TOPIC_AUTHORIZATION_FAILED : 0;
        rows[i].num_partitions = shown ? item->partitions : -1;
        rows[i].replication_factor = shown ? item->replication_factor : (int16_t)-1;
        rows[i].configs = item->base.error != 0 || shown
                              ? item->configs
                              : (struct wire_array){.items = NULL, .count = -1};
    }
    broker_respond(b, &job->call, &response);
}

static void answer_delete(struct broker *b, struct broker_job *job)
{
    const struct item *items = job->items;
    struct delete_topics_response_deletable_topic_result *rows =
        arena_alloc(&job->arena, job->count, sizeof(*rows));
    struct delete_topics_response response = {
        .responses = {.items = rows, .count = rows == NULL ? 0 : (int32_t)job->count}};

    for (size_t i = 0; rows != NULL && i < job->count; i++) {
        const struct item *item = &items[i];
        rows[i].name = item->name;
        rows[i].topic_id = item->id;
        rows[i].error_code = item->base.error;
        rows[i].error_message = broker_item_message(&item->base);
    }
    broker_respond(b, &job->call, &response);
}

/* The settings that the topic will have, for the answer (v5 and later). */
static void list_configs(const struct broker *b, struct item *item,
    const struct create_topics_request_creatable_topic *asked)
{
    const struct create_topics_request_creatable_topic_config *given =
        asked->configs.items;
    size_t count = meta_config_count();
    struct create_topics_response_creatable_topic_configs *rows =
        arena_alloc(&item->base.job->arena, count, sizeof(*rows));

    for (size_t i = 0; rows != NULL && i < count; i++) {
        const struct meta_config *c = meta_config_at(i);
        rows[i].name = meta_view(c->name);
        struct broker_config_value of_broker = broker_topic_config(b, NULL, c);
        rows[i].value = broker_job_copy(item->base.job, meta_view(of_broker.text));
        rows[i].config_source = (int8_t)of_broker.source;
        for (int32_t k = 0; k < asked->configs.count; k++) {
            if (meta_view_equal(given[k].name, rows[i].name)) {
                rows[i].value = broker_job_copy(item->base.job, given[k].value);
                rows[i].config_source = BROKER_SOURCE_TOPIC;
            }
        }
    }
    item->configs =
        (struct wire_array){.items = rows, .count = rows == NULL ? 0 : (int32_t)count};
}

static bool read_assignments(struct broker *b,
    const struct create_topics_request_creatable_topic *asked, struct meta_new_topic *out)
{
    const struct create_topics_request_creatable_replica_assignment *given =
        asked->assignments.items;
    size_t count = asked->assignments.count > 0 ? (size_t)asked->assignments.count : 0;
    struct meta_new_assignment *rows = arena_alloc(&b->arena, count, sizeof(*rows));

    for (size_t i = 0; rows != NULL && i < count; i++) {
        rows[i] = (struct meta_new_assignment){.partition = given[i].partition_index,
            .replicas = given[i].broker_ids.items,
            .replica_count =
                given[i].broker_ids.count > 0 ? (size_t)given[i].broker_ids.count : 0};
    }
    out->assignments = rows;
    out->assignment_count = count;
    return rows != NULL;
}

/* Where a setting is kept: at the place of an earlier one of its name. */
static size_t place_of(
    const struct meta_new_setting *rows, size_t count, struct wire_view name)
{
    size_t i = 0;

    while (i < count && !meta_view_equal(rows[i].name, name)) {
        i++;
    }
    return i;
}

/* The last word on a setting counts, as in Apache Kafka. */
static bool read_settings(struct broker *b,
    const struct create_topics_request_creatable_topic *asked, struct meta_new_topic *out)
{
    const struct create_topics_request_creatable_topic_config *given =
        asked->configs.items;
    size_t count = asked->configs.count > 0 ? (size_t)asked->configs.count : 0;
    size_t most = meta_config_count() + 1; /* one more than known: it will be refused */
    struct meta_new_setting *rows = arena_alloc(&b->arena, most, sizeof(*rows));
    size_t kept = 0;

    for (size_t i = 0; rows != NULL && i < count && kept < most; i++) {
        size_t place = place_of(rows, kept, given[i].name);
        kept += place == kept ? 1 : 0;
        rows[place] =
            (struct meta_new_setting){.name = given[i].name, .value = given[i].value};
    }
    out->settings = rows;
    out->setting_count = kept;
    return rows != NULL;
}

static void create_one(struct broker_session *s,
    const struct create_topics_request_creatable_topic *asked, bool validate_only,
    struct item *item)
{
    struct broker *b = s->broker;
    struct meta_new_topic topic = {.name = asked->name,
        .partitions = asked->num_partitions,
        .replication_factor = asked->replication_factor};
    struct meta_batch batch;
    struct meta_created created = {0};

    if (!broker_may_topic_or_cluster(s, POLICY_CREATE, POLICY_CREATE, asked->name)) {
        broker_item_refuse(&item->base, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED,
            broker_denial_text(s, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED));
        return;
    }
    if (!read_assignments(b, asked, &topic) || !read_settings(b, asked, &topic)) {
        broker_item_refuse(&item->base, WIRE_CODE_UNKNOWN_SERVER_ERROR, "out of memory");
        return;
    }
    meta_batch_init(&batch, BATCH_LIMIT);
    struct meta_answer answer = meta_submit_create(
        &b->controller, &topic, validate_only ? NULL : &batch, &created);
    if (answer.error != META_ERROR_NONE) {
        broker_item_refuse(&item->base, (int16_t)answer.error, answer.message);
    }
    if (item->base.error == 0 &&
        !broker_quota_may_mutate(s, &item->base, created.partitions, CREATE_STRICT) &&
        !validate_only) {
        meta_abort(&b->controller, &batch);
    }
    if (item->base.error != 0 || validate_only) {
        meta_batch_fini(&batch);
    }
    item->id = created.id;
    item->partitions = created.partitions;
    item->replication_factor = created.replication_factor;
    item->may_see_configs =
        broker_may_quietly(s, POLICY_DESCRIBE_CONFIGS, POLICY_TOPIC, asked->name);
    if (item->base.error == 0) {
        list_configs(b, item, asked);
    }
    if (item->base.error == 0 && !validate_only) {
        broker_item_submit(b, &item->base, &batch);
    }
}

void broker_on_create_topics(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct create_topics_request *r = request;
    const struct create_topics_request_creatable_topic *asked = r->topics.items;
    size_t count = r->topics.count > 0 ? (size_t)r->topics.count : 0;
    struct broker *b = s->broker;
    struct broker_job *job =
        broker_job_new(call, count, sizeof(struct item), answer_create);

    if (job == NULL) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    struct item *items = job->items;
    bool ok = true;
    for (size_t i = 0; i < count; i++) {
        struct item *item = &items[i];
        item->name = broker_job_copy(job, asked[i].name);
        item->base = (struct broker_item){.job = job,
            .verb = "create",
            .noun = "topic",
            .name = item->name,
            .key = item->name};
        item->asked = i;
        ok = ok && item->name.ptr != NULL;
    }
    if (!ok || broker_job_name_once(job, "the topic is in the request twice") != OK) {
        broker_session_kill(
            s, IPC_KILL_QUEUE); /* out of memory: the answer goes nowhere */
    } else {
        for (size_t i = 0; i < job->count; i++) {
            if (items[i].base.error == 0) {
                create_one(s, &asked[items[i].asked], r->validate_only, &items[i]);
            }
        }
    }
    broker_job_release(b, job);
}

/* Without DESCRIBE one is not even told whether the topic exists. */
static void delete_one(struct broker_session *s, struct wire_view name,
    struct wire_uuid id, bool by_id, struct item *item)
{
    struct broker *b = s->broker;
    const struct meta_topic *topic =
        by_id ? meta_image_topic_by_id(&b->image, id) : meta_image_topic(&b->image, name);
    struct meta_batch batch;

    if (by_id && topic == NULL) {
        broker_item_refuse(&item->base, WIRE_CODE_UNKNOWN_TOPIC_ID, NULL);
        return;
    }
    if (by_id) {
        name = (struct wire_view){
            .ptr = (const uint8_t *)topic->name, .len = topic->name_length};
        item->base.name = broker_job_copy(item->base.job, name);
    }
    if (by_id && broker_may_quietly(s, POLICY_DESCRIBE, POLICY_TOPIC, name)) {
        item->name = item->base.name;
    }
    if (!broker_may_topic_or_cluster(s, POLICY_DELETE, POLICY_DELETE, name)) {
        bool told =
            topic == NULL && broker_may_quietly(s, POLICY_DESCRIBE, POLICY_TOPIC, name);
        broker_item_refuse(&item->base,
            told ? WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION
                 : WIRE_CODE_TOPIC_AUTHORIZATION_FAILED,
            told ? NULL : broker_denial_text(s, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED));
        return;
    }
    if (!b->config.delete_topics) {
        broker_item_refuse(&item->base, WIRE_CODE_TOPIC_DELETION_DISABLED, NULL);
        return;
    }
    if (topic != NULL && meta_name_is_internal(name)) {
        broker_item_refuse(&item->base, WIRE_CODE_INVALID_TOPIC_EXCEPTION,
            "an internal topic is not deleted");
        return;
    }
    meta_batch_init(&batch, BATCH_LIMIT);
    struct meta_answer answer = by_id
                                    ? meta_submit_delete_by_id(&b->controller, id, &batch)
                                    : meta_submit_delete(&b->controller, name, &batch);
    if (answer.error != META_ERROR_NONE) {
        meta_batch_fini(&batch);
        broker_item_refuse(&item->base, (int16_t)answer.error, answer.message);
        return;
    }
    if (topic != NULL) {
        item->id = topic->id;
    }
    if (!broker_quota_may_mutate(
            s, &item->base, topic == NULL ? 0 : topic->partition_count, DELETE_STRICT)) {
        meta_abort(&b->controller, &batch);
        meta_batch_fini(&batch);
        return;
    }
    broker_item_submit(b, &item->base, &batch);
}

/* A topic is named by its name or by its id; a request that says both may mean two. */
static void check_deletion(struct item *item)
{
    static const struct wire_uuid no_id;
    bool has_id = !meta_uuid_equal(item->id, no_id);

    if (item->name.ptr != NULL && has_id) {
        broker_item_refuse(&item->base, WIRE_CODE_INVALID_REQUEST,
            "a topic is named by its name or by its id, not by both");
    } else if (item->name.ptr == NULL && !has_id) {
        broker_item_refuse(&item->base, WIRE_CODE_INVALID_REQUEST,
            "neither a name nor an id says which topic");
    }
}

/* A name and the id of one topic are one thing, for who may know that they are. */
static void find_id(struct broker_session *s, struct item *item)
{
    const struct meta_topic *topic =
        item->name.ptr == NULL ? NULL : meta_image_topic(&s->broker->image, item->name);

    if (topic != NULL && item->base.error == 0 &&
        broker_may_quietly(s, POLICY_DESCRIBE, POLICY_TOPIC, item->name)) {
        item->base.key =
            (struct wire_view){.ptr = topic->id.bytes, .len = sizeof(topic->id.bytes)};
    }
}

/* Who names one topic by its name and by its id is told so with both. */
static enum err join_names_and_ids(struct broker_job *job)
{
    struct item *items = job->items;
    struct table by_id;
    enum err e = OK;

    table_init(&by_id, job->count);
    for (size_t i = 0; e == OK && i < job->count; i++) {
        if (items[i].name.ptr == NULL && items[i].base.error == 0) {
            e = table_put(
                &by_id, items[i].id.bytes, sizeof(items[i].id.bytes), &items[i]);
        }
    }
    for (size_t i = 0; e == OK && i < job->count; i++) {
        struct item *other =
            items[i].name.ptr == NULL || items[i].base.error != 0
                ? NULL
                : table_get(&by_id, items[i].base.key.ptr, items[i].base.key.len);
        if (other != NULL) {
            items[i].id = other->id;
            other->name = items[i].name;
        }
    }
    table_fini(&by_id);
    return e;
}

static bool name_deletion(struct broker_job *job, struct item *item)
{
    size_t length = sizeof(item->id.bytes) + item->name.len;
    uint8_t *key = arena_alloc(&job->arena, length, 1);

    if (key == NULL) {
        return false;
    }
    memcpy(key, item->id.bytes, sizeof(item->id.bytes));
    if (item->name.len > 0) {
        memcpy(key + sizeof(item->id.bytes), item->name.ptr, item->name.len);
    }
    item->base.key = (struct wire_view){.ptr = key, .len = length};
    return true;
}

static void delete_all(struct broker_session *s, struct broker_job *job)
{
    struct item *items = job->items;

    for (size_t i = 0; i < job->count; i++) {
        struct item *item = &items[i];
        if (item->base.error == 0) {
            delete_one(s, item->name, item->id, item->name.ptr == NULL, item);
        }
    }
}

void broker_on_delete_topics(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct delete_topics_request *r = request;
    const struct delete_topics_request_delete_topic_state *states = r->topics.items;
    const struct wire_view *names = r->topic_names.items;
    static const struct wire_uuid no_id;
    bool old = call->version < 6;
    int32_t asked = old ? r->topic_names.count : r->topics.count;
    size_t count = asked > 0 ? (size_t)asked : 0;
    struct broker *b = s->broker;
    struct broker_job *job =
        broker_job_new(call, count, sizeof(struct item), answer_delete);

    if (job == NULL) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    struct item *items = job->items;
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        struct item *item = &items[i];
        struct wire_view name = old ? names[i] : states[i].name;
        item->name = broker_job_copy(job, name);
        item->base = (struct broker_item){
            .job = job, .verb = "delete", .noun = "topic", .name = item->name};
        item->id = old ? no_id : states[i].topic_id;
        ok = name.ptr == NULL || item->name.ptr != NULL;
        ok = ok && name_deletion(job, item);
        check_deletion(item);
        find_id(s, item);
    }
    if (!ok || join_names_and_ids(job) != OK ||
        broker_job_name_once(job, "the topic is in the request twice") != OK) {
        broker_session_kill(
            s, IPC_KILL_QUEUE); /* out of memory: the answer goes nowhere */
    } else {
        delete_all(s, job);
    }
    broker_job_release(b, job);
}
