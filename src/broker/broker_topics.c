/*
 * broker_topics - CreateTopics and DeleteTopics: one decision a topic, one answer for
 * all.
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "broker_event.h"
#include "broker_topic.h"
#include "mem.h"
#include "meta_config.h"
#include "wire_code.h"
#include "wire_create_topics.h"
#include "wire_delete_topics.h"

#include <stdlib.h>
#include <string.h>

#define JOB_MEMORY  ((size_t)64 * 1024 * 1024)
#define BATCH_LIMIT ((size_t)8 * 1024 * 1024)

/* A request whose answer waits for the log; its memory is its own. */
struct job {
    struct arena arena;
    struct broker_call call;
    size_t waiting; /* decisions under way, and one while the request is still read */
    struct item *items;
    size_t count;
    bool creates;
};

struct item {
    struct job *job;
    struct wire_view name; /* ptr NULL: not to be told */
    struct wire_uuid id;
    struct wire_view asked_name; /* for the audit, also where it is not told */
    int16_t error;
    const char *message;
    int32_t partitions;
    int16_t replication_factor;
    bool may_see_configs;
    struct wire_array configs;
};

static struct wire_view text_view(const char *text)
{
    return (struct wire_view){.ptr = (const uint8_t *)text, .len = strlen(text)};
}

static struct wire_view copy_view(struct arena *a, struct wire_view view)
{
    const char *copy = view.ptr == NULL ? NULL : arena_copy_text(a, view.ptr, view.len);

    return (struct wire_view){
        .ptr = (const uint8_t *)copy, .len = copy == NULL ? 0 : view.len};
}

static struct job *job_new(const struct broker_call *call, size_t count, bool creates)
{
    struct job *job = mem_alloc(1, sizeof(*job));

    if (job == NULL) {
        return NULL;
    }
    *job = (struct job){.call = *call, .waiting = 1, .creates = creates};
    arena_init(&job->arena, JOB_MEMORY);
    job->items = arena_alloc(&job->arena, count, sizeof(*job->items));
    job->count = count;
    if (job->items == NULL) {
        arena_fini(&job->arena);
        mem_free(job);
        return NULL;
    }
    return job;
}

static void answer_create(struct broker *b, struct job *job)
{
    struct create_topics_response_creatable_topic_result *rows =
        arena_alloc(&job->arena, job->count, sizeof(*rows));
    struct create_topics_response response = {
        .topics = {.items = rows, .count = rows == NULL ? 0 : (int32_t)job->count}};

    for (size_t i = 0; rows != NULL && i < job->count; i++) {
        const struct item *item = &job->items[i];
        bool shown = item->error == 0 && item->may_see_configs;
        rows[i].name = item->name;
        rows[i].topic_id = item->id;
        rows[i].error_code = item->error;
        rows[i].error_message =
            item->message == NULL ? (struct wire_view){0} : text_view(item->message);
        rows[i].topic_config_error_code =
            item->error == 0 && !shown ? WIRE_CODE_TOPIC_AUTHORIZATION_FAILED : 0;
        rows[i].num_partitions = shown ? item->partitions : -1;
        rows[i].replication_factor = shown ? item->replication_factor : (int16_t)-1;
        rows[i].configs =
            shown ? item->configs : (struct wire_array){.items = NULL, .count = -1};
    }
    broker_respond(b, &job->call, &response);
}

static void answer_delete(struct broker *b, struct job *job)
{
    struct delete_topics_response_deletable_topic_result *rows =
        arena_alloc(&job->arena, job->count, sizeof(*rows));
    struct delete_topics_response response = {
        .responses = {.items = rows, .count = rows == NULL ? 0 : (int32_t)job->count}};

    for (size_t i = 0; rows != NULL && i < job->count; i++) {
        const struct item *item = &job->items[i];
        rows[i].name = item->name;
        rows[i].topic_id = item->id;
        rows[i].error_code = item->error;
        rows[i].error_message =
            item->message == NULL ? (struct wire_view){0} : text_view(item->message);
    }
    broker_respond(b, &job->call, &response);
}

static void job_release(struct broker *b, struct job *job)
{
    if (--job->waiting > 0) {
        return;
    }
    if (job->creates) {
        answer_create(b, job);
    } else {
        answer_delete(b, job);
    }
    arena_fini(&job->arena);
    mem_free(job);
}

static void refuse(struct item *item, int16_t error, const char *message)
{
    item->error = error;
    item->message = message == NULL || message[0] == '\0'
                        ? NULL
                        : arena_copy_text(&item->job->arena, message, strlen(message));
}

static void on_done(struct broker *b, void *context, int16_t error, const char *message)
{
    struct item *item = context;
    struct broker_session *s = broker_session_find(b, item->job->call.gate);

    if (error != 0) {
        refuse(item, error, message);
    }
    broker_event_admin(b, s, item->job->creates ? "create" : "delete", "topic",
        item->asked_name, error == 0 ? IPC_OUTCOME_SUCCESS : IPC_OUTCOME_FAILURE,
        message);
    job_release(b, item->job);
}

/* The settings that the topic will have, for the answer (v5 and later). */
static void list_configs(
    struct item *item, const struct create_topics_request_creatable_topic *asked)
{
    const struct create_topics_request_creatable_topic_config *given =
        asked->configs.items;
    size_t count = meta_config_count();
    struct create_topics_response_creatable_topic_configs *rows =
        arena_alloc(&item->job->arena, count, sizeof(*rows));

    for (size_t i = 0; rows != NULL && i < count; i++) {
        const struct meta_config *c = meta_config_at(i);
        rows[i].name = text_view(c->name);
        rows[i].value = text_view(c->fallback);
        rows[i].config_source = 5; /* DEFAULT_CONFIG */
        for (int32_t k = 0; k < asked->configs.count; k++) {
            if (meta_view_equal(given[k].name, rows[i].name)) {
                rows[i].value = copy_view(&item->job->arena, given[k].value);
                rows[i].config_source = 1; /* TOPIC_CONFIG */
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

static bool read_settings(struct broker *b,
    const struct create_topics_request_creatable_topic *asked, struct meta_new_topic *out)
{
    const struct create_topics_request_creatable_topic_config *given =
        asked->configs.items;
    size_t count = asked->configs.count > 0 ? (size_t)asked->configs.count : 0;
    struct meta_new_setting *rows = arena_alloc(&b->arena, count, sizeof(*rows));

    for (size_t i = 0; rows != NULL && i < count; i++) {
        rows[i] =
            (struct meta_new_setting){.name = given[i].name, .value = given[i].value};
    }
    out->settings = rows;
    out->setting_count = count;
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

    if (!broker_may_cluster(s, POLICY_CREATE, true) &&
        !broker_may(s, POLICY_CREATE, POLICY_TOPIC, asked->name)) {
        refuse(item, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED, NULL);
        return;
    }
    if (!read_assignments(b, asked, &topic) || !read_settings(b, asked, &topic)) {
        refuse(item, WIRE_CODE_UNKNOWN_SERVER_ERROR, "out of memory");
        return;
    }
    meta_batch_init(&batch, BATCH_LIMIT);
    struct meta_answer answer = meta_submit_create(
        &b->controller, &topic, validate_only ? NULL : &batch, &created);
    if (answer.error != META_ERROR_NONE) {
        refuse(item, (int16_t)answer.error, answer.message);
    }
    if (answer.error != META_ERROR_NONE || validate_only) {
        meta_batch_fini(&batch);
    }
    item->id = created.id;
    item->partitions = created.partitions;
    item->replication_factor = created.replication_factor;
    item->may_see_configs =
        broker_may_quietly(s, POLICY_DESCRIBE_CONFIGS, POLICY_TOPIC, asked->name);
    list_configs(item, asked);
    if (item->error == 0 && !validate_only) {
        item->job->waiting++;
        broker_topic_submit(b, &batch, on_done, item);
    }
}

/* Marks every item whose name stands in the request more than once. */
static enum err refuse_twice(struct job *job)
{
    struct table seen;
    enum err e = OK;

    table_init(&seen, job->count);
    for (size_t i = 0; e == OK && i < job->count; i++) {
        struct item *item = &job->items[i];
        struct item *first = table_get(&seen, item->name.ptr, item->name.len);
        if (first == NULL) {
            e = table_put(&seen, item->name.ptr, item->name.len, item);
            continue;
        }
        refuse(item, WIRE_CODE_INVALID_REQUEST, "the topic is in the request twice");
        if (first->error == 0) {
            refuse(first, WIRE_CODE_INVALID_REQUEST, "the topic is in the request twice");
        }
    }
    table_fini(&seen);
    return e;
}

void broker_on_create_topics(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct create_topics_request *r = request;
    const struct create_topics_request_creatable_topic *asked = r->topics.items;
    size_t count = r->topics.count > 0 ? (size_t)r->topics.count : 0;
    struct broker *b = s->broker;
    struct job *job =
        count <= BROKER_TOPICS_A_REQUEST ? job_new(call, count, true) : NULL;

    if (job == NULL) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    bool ok = true;
    for (size_t i = 0; i < count; i++) {
        struct item *item = &job->items[i];
        item->job = job;
        item->name = copy_view(&job->arena, asked[i].name);
        item->asked_name = item->name;
        ok = ok && item->name.ptr != NULL;
    }
    if (!ok || refuse_twice(job) != OK) {
        broker_session_kill(
            s, IPC_KILL_QUEUE); /* out of memory: the answer goes nowhere */
    } else {
        for (size_t i = 0; i < count; i++) {
            if (job->items[i].error == 0) {
                create_one(s, &asked[i], r->validate_only, &job->items[i]);
            }
        }
    }
    job_release(b, job);
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
        refuse(item, WIRE_CODE_UNKNOWN_TOPIC_ID, NULL);
        return;
    }
    if (by_id) {
        name = (struct wire_view){
            .ptr = (const uint8_t *)topic->name, .len = topic->name_length};
        item->asked_name = copy_view(&item->job->arena, name);
    }
    if (by_id && broker_may_quietly(s, POLICY_DESCRIBE, POLICY_TOPIC, name)) {
        item->name = item->asked_name;
    }
    if (!broker_may_cluster(s, POLICY_DELETE, true) &&
        !broker_may(s, POLICY_DELETE, POLICY_TOPIC, name)) {
        bool told =
            topic == NULL && broker_may_quietly(s, POLICY_DESCRIBE, POLICY_TOPIC, name);
        refuse(item,
            told ? WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION
                 : WIRE_CODE_TOPIC_AUTHORIZATION_FAILED,
            NULL);
        return;
    }
    if (!b->config.delete_topics) {
        refuse(item, WIRE_CODE_TOPIC_DELETION_DISABLED, NULL);
        return;
    }
    if (meta_name_is_internal(name)) {
        refuse(
            item, WIRE_CODE_INVALID_TOPIC_EXCEPTION, "an internal topic is not deleted");
        return;
    }
    meta_batch_init(&batch, BATCH_LIMIT);
    struct meta_answer answer = by_id
                                    ? meta_submit_delete_by_id(&b->controller, id, &batch)
                                    : meta_submit_delete(&b->controller, name, &batch);
    if (answer.error != META_ERROR_NONE) {
        meta_batch_fini(&batch);
        refuse(item, (int16_t)answer.error, answer.message);
        return;
    }
    if (topic != NULL) {
        item->id = topic->id;
    }
    item->job->waiting++;
    broker_topic_submit(b, &batch, on_done, item);
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
    struct job *job =
        count <= BROKER_TOPICS_A_REQUEST ? job_new(call, count, false) : NULL;

    if (job == NULL) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct item *item = &job->items[i];
        struct wire_view name = old ? names[i] : states[i].name;
        bool by_id = name.ptr == NULL;
        item->job = job;
        item->name = copy_view(&job->arena, name);
        item->asked_name = item->name;
        item->id = by_id ? states[i].topic_id : no_id;
        delete_one(s, name, item->id, by_id, item);
    }
    job_release(b, job);
}
