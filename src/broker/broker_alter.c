/*
 * broker_alter - AlterConfigs, IncrementalAlterConfigs and CreatePartitions: what changes
 * a topic that exists.
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "broker_job.h"
#include "broker_quota.h"
#include "broker_setting.h"
#include "meta_alter.h"
#include "wire_alter_configs.h"
#include "wire_code.h"
#include "wire_create_partitions.h"
#include "wire_incremental_alter_configs.h"

#include <string.h>

/* From this version of CreatePartitions on what is above the quota is refused. */
#define GROWTH_STRICT 3
#define BATCH_LIMIT   ((size_t)8 * 1024 * 1024)

/* Configs. */

struct resource {
    struct broker_item base;
    int8_t type;
    struct meta_alteration asked; /* its views and changes live as long as the request */
};

#define ANSWER_CONFIGS(function, response_type, row_type)                                \
    static void function(struct broker *b, struct broker_job *job)                       \
    {                                                                                    \
        const struct resource *items = job->items;                                       \
        row_type *rows = arena_alloc(&job->arena, job->count, sizeof(*rows));            \
        response_type response = {.responses = {.items = rows,                           \
                                      .count = rows == NULL ? 0 : (int32_t)job->count}}; \
                                                                                         \
        for (size_t i = 0; rows != NULL && i < job->count; i++) {                        \
            rows[i].error_code = items[i].base.error;                                    \
            rows[i].error_message = broker_item_message(&items[i].base);                 \
            rows[i].resource_type = items[i].type;                                       \
            rows[i].resource_name = items[i].base.name;                                  \
        }                                                                                \
        broker_respond(b, &job->call, &response);                                        \
    }

ANSWER_CONFIGS(
    answer_alter, struct alter_configs_response, struct alter_configs_resource_response)
ANSWER_CONFIGS(answer_incremental_alter, struct incremental_alter_configs_response,
    struct incremental_alter_configs_alter_configs_resource_response)

static void alter_topic(
    struct broker_session *s, struct resource *item, bool validate_only)
{
    struct broker *b = s->broker;
    struct meta_batch batch;

    if (item->asked.topic.len == 0) {
        broker_item_refuse(
            &item->base, WIRE_CODE_INVALID_REQUEST, "the topic has no name");
        return;
    }
    if (!broker_may(s, POLICY_ALTER_CONFIGS, POLICY_TOPIC, item->asked.topic)) {
        broker_item_refuse(&item->base, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED,
            broker_denial_text(s, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED));
        return;
    }
    meta_batch_init(&batch, BATCH_LIMIT);
    struct meta_answer answer =
        meta_submit_configs(&b->controller, &item->asked, validate_only ? NULL : &batch);
    if (answer.error != META_ERROR_NONE) {
        broker_item_refuse(&item->base, (int16_t)answer.error, answer.message);
    }
    if (answer.error != META_ERROR_NONE || batch.count == 0) {
        meta_batch_fini(&batch);
        return;
    }
    broker_item_submit(b, &item->base, &batch);
}

static void refuse_unless_empty(struct resource *item, int16_t error, const char *message)
{
    if (item->asked.count > 0) {
        broker_item_refuse(&item->base, error, message);
    }
}

static void alter_of_cluster(
    struct broker_session *s, struct resource *item, const char *message)
{
    if (!broker_may_cluster(s, POLICY_ALTER_CONFIGS, false)) {
        broker_item_refuse(&item->base, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED,
            broker_denial_text(s, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED));
        return;
    }
    refuse_unless_empty(item, WIRE_CODE_INVALID_REQUEST, message);
}

static void alter_group(struct broker_session *s, struct resource *item)
{
    if (!broker_may(s, POLICY_ALTER_CONFIGS, POLICY_GROUP, item->asked.topic)) {
        broker_item_refuse(&item->base, WIRE_CODE_GROUP_AUTHORIZATION_FAILED,
            broker_denial_text(s, WIRE_CODE_GROUP_AUTHORIZATION_FAILED));
        return;
    }
    refuse_unless_empty(
        item, WIRE_CODE_INVALID_CONFIG, "there is no group config of that name");
}

static void alter(struct broker_session *s, struct resource *item, bool validate_only)
{
    switch (item->type) {
    case BROKER_RESOURCE_TOPIC:
        alter_topic(s, item, validate_only);
        break;
    case BROKER_RESOURCE_BROKER:
        alter_of_cluster(s, item,
            "what the broker is set to stands in schloss.properties; no request changes "
            "it");
        break;
    case BROKER_RESOURCE_LOGGER:
        alter_of_cluster(s, item, "the broker has no loggers");
        break;
    case BROKER_RESOURCE_CLIENT_METRICS:
        alter_of_cluster(s, item, "client metrics are not collected");
        break;
    case BROKER_RESOURCE_GROUP:
        alter_group(s, item);
        break;
    default:
        broker_item_refuse(
            &item->base, WIRE_CODE_INVALID_REQUEST, "there is no resource of that type");
        break;
    }
}

/* A topic and a broker may have the same name. */
static bool name_resource(
    struct resource *item, struct broker_job *job, int8_t type, struct wire_view name)
{
    uint8_t *key = arena_alloc(&job->arena, name.len + 1, 1);

    item->base =
        (struct broker_item){.job = job, .verb = "alter-configs", .noun = "topic"};
    item->type = type;
    item->asked.topic = name;
    if (key == NULL) {
        return false;
    }
    key[0] = (uint8_t)type;
    if (name.len > 0) {
        memcpy(key + 1, name.ptr, name.len);
    }
    item->base.key = (struct wire_view){.ptr = key, .len = name.len + 1};
    item->base.name = (struct wire_view){.ptr = key + 1, .len = name.len};
    return true;
}

static void alter_all(
    struct broker_session *s, struct broker_job *job, bool validate_only)
{
    struct resource *items = job->items;

    if (broker_job_refuse_twice(job, "the resource is in the request twice") != OK) {
        broker_session_kill(s, IPC_KILL_QUEUE); /* out of memory */
    } else {
        for (size_t i = 0; i < job->count; i++) {
            if (items[i].base.error == 0) {
                alter(s, &items[i], validate_only);
            }
        }
    }
    broker_job_release(s->broker, job);
}

static struct meta_config_change *make_changes(
    struct broker *b, struct resource *item, int32_t count)
{
    struct meta_config_change *changes =
        arena_alloc(&b->arena, count > 0 ? (size_t)count : 0, sizeof(*changes));

    item->asked.changes = changes;
    item->asked.count = changes == NULL || count < 0 ? 0 : (size_t)count;
    return changes;
}

static bool read_alter(
    struct broker *b, struct resource *item, const struct alter_configs_resource *asked)
{
    const struct alter_configs_request_alterable_config *configs = asked->configs.items;
    struct meta_config_change *changes = make_changes(b, item, asked->configs.count);

    for (size_t i = 0; i < item->asked.count; i++) {
        changes[i] = (struct meta_config_change){
            .name = configs[i].name, .value = configs[i].value, .operation = META_SET};
    }
    item->asked.replaces = true;
    return changes != NULL;
}

static bool read_incremental_alter(struct broker *b, struct resource *item,
    const struct incremental_alter_configs_request_alter_configs_resource *asked)
{
    const struct incremental_alter_configs_request_alterable_config *configs =
        asked->configs.items;
    struct meta_config_change *changes = make_changes(b, item, asked->configs.count);

    for (size_t i = 0; i < item->asked.count; i++) {
        changes[i] = (struct meta_config_change){.name = configs[i].name,
            .value = configs[i].value,
            .operation = configs[i].config_operation};
    }
    return changes != NULL;
}

static struct broker_job *begin(struct broker_session *s, const struct broker_call *call,
    int32_t count, size_t item_size,
    void (*answer)(struct broker *b, struct broker_job *job))
{
    struct broker_job *job =
        broker_job_new(call, count > 0 ? (size_t)count : 0, item_size, answer);

    if (job == NULL) {
        broker_session_kill(s, IPC_KILL_QUEUE);
    }
    return job;
}

void broker_on_alter_configs(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct alter_configs_request *r = request;
    const struct alter_configs_resource *resources = r->resources.items;
    struct broker_job *job =
        begin(s, call, r->resources.count, sizeof(struct resource), answer_alter);

    if (job == NULL) {
        return;
    }
    struct resource *items = job->items;
    for (size_t i = 0; i < job->count; i++) {
        if (!name_resource(
                &items[i], job, resources[i].resource_type, resources[i].resource_name) ||
            !read_alter(s->broker, &items[i], &resources[i])) {
            broker_item_refuse(
                &items[i].base, WIRE_CODE_UNKNOWN_SERVER_ERROR, "out of memory");
        }
    }
    alter_all(s, job, r->validate_only);
}

void broker_on_incremental_alter_configs(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct incremental_alter_configs_request *r = request;
    const struct incremental_alter_configs_request_alter_configs_resource *resources =
        r->resources.items;
    struct broker_job *job = begin(
        s, call, r->resources.count, sizeof(struct resource), answer_incremental_alter);

    if (job == NULL) {
        return;
    }
    struct resource *items = job->items;
    for (size_t i = 0; i < job->count; i++) {
        if (!name_resource(
                &items[i], job, resources[i].resource_type, resources[i].resource_name) ||
            !read_incremental_alter(s->broker, &items[i], &resources[i])) {
            broker_item_refuse(
                &items[i].base, WIRE_CODE_UNKNOWN_SERVER_ERROR, "out of memory");
        }
    }
    alter_all(s, job, r->validate_only);
}

/* Partitions. */

struct growth {
    struct broker_item base;
    const struct create_partitions_topic *asked; /* lives as long as the request */
};

static void answer_partitions(struct broker *b, struct broker_job *job)
{
    const struct growth *items = job->items;
    struct create_partitions_topic_result *rows =
        arena_alloc(&job->arena, job->count, sizeof(*rows));
    struct create_partitions_response response = {
        .results = {.items = rows, .count = rows == NULL ? 0 : (int32_t)job->count}};

    for (size_t i = 0; rows != NULL && i < job->count; i++) {
        rows[i].name = items[i].base.name;
        rows[i].error_code = items[i].base.error;
        rows[i].error_message = broker_item_message(&items[i].base);
    }
    broker_respond(b, &job->call, &response);
}

static bool read_assignments(struct broker *b,
    const struct create_partitions_topic *asked, struct meta_more_partitions *out)
{
    const struct create_partitions_assignment *given = asked->assignments.items;
    size_t count = asked->assignments.count > 0 ? (size_t)asked->assignments.count : 0;
    struct meta_new_assignment *rows = arena_alloc(&b->arena, count, sizeof(*rows));

    for (size_t i = 0; rows != NULL && i < count; i++) {
        rows[i] = (struct meta_new_assignment){.replicas = given[i].broker_ids.items,
            .replica_count =
                given[i].broker_ids.count > 0 ? (size_t)given[i].broker_ids.count : 0};
    }
    out->assignments = rows;
    out->assignment_count = count;
    return rows != NULL;
}

static void create_partitions(struct broker_session *s, struct broker_item *item,
    const struct create_partitions_topic *topic, bool validate_only)
{
    struct broker *b = s->broker;
    struct meta_more_partitions asked = {.topic = topic->name, .count = topic->count};
    struct meta_batch batch;

    if (!broker_may(s, POLICY_ALTER, POLICY_TOPIC, topic->name)) {
        broker_item_refuse(item, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED,
            broker_denial_text(s, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED));
        return;
    }
    if (!read_assignments(b, topic, &asked)) {
        broker_item_refuse(item, WIRE_CODE_UNKNOWN_SERVER_ERROR, "out of memory");
        return;
    }
    if (topic->assignments.count == 0) {
        broker_item_refuse(item, WIRE_CODE_INVALID_REPLICA_ASSIGNMENT,
            "there is a list of assignments, and nothing in it");
        return;
    }
    const struct meta_topic *now = meta_image_topic(&b->image, topic->name);
    int32_t has = now == NULL ? 0 : now->partition_count;
    meta_batch_init(&batch, BATCH_LIMIT);
    struct meta_answer answer =
        meta_submit_partitions(&b->controller, &asked, validate_only ? NULL : &batch);
    if (answer.error != META_ERROR_NONE) {
        broker_item_refuse(item, (int16_t)answer.error, answer.message);
    } else if (!broker_quota_may_mutate(s, item, asked.count - has, GROWTH_STRICT) &&
               !validate_only) {
        meta_abort(&b->controller, &batch);
    }
    if (item->error != 0 || validate_only) {
        meta_batch_fini(&batch);
        return;
    }
    broker_item_submit(b, item, &batch);
}

void broker_on_create_partitions(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct create_partitions_request *r = request;
    const struct create_partitions_topic *topics = r->topics.items;
    struct broker_job *job =
        begin(s, call, r->topics.count, sizeof(struct growth), answer_partitions);
    bool ok = true;

    if (job == NULL) {
        return;
    }
    struct growth *items = job->items;
    for (size_t i = 0; i < job->count; i++) {
        struct wire_view name = broker_job_copy(job, topics[i].name);
        items[i].asked = &topics[i];
        items[i].base = (struct broker_item){.job = job,
            .verb = "create-partitions",
            .noun = "topic",
            .name = name,
            .key = name};
        ok = ok && name.ptr != NULL;
    }
    if (!ok || broker_job_name_once(job, "the topic is in the request twice") != OK) {
        broker_session_kill(s, IPC_KILL_QUEUE); /* out of memory */
    } else {
        for (size_t i = 0; i < job->count; i++) {
            if (items[i].base.error == 0) {
                create_partitions(s, &items[i].base, items[i].asked, r->validate_only);
            }
        }
    }
    broker_job_release(s->broker, job);
}
