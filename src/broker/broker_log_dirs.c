/*
 * broker_log_dirs - DescribeLogDirs and AlterReplicaLogDirs: what lies in the one
 * directory that there is.
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "broker_job.h"
#include "broker_setting.h"
#include "wire_alter_replica_log_dirs.h"
#include "wire_code.h"
#include "wire_describe_log_dirs.h"

#define ERROR_SINCE 3 /* of DescribeLogDirs: before, a refusal is an empty list */

struct item {
    struct broker_item base;
    struct describe_log_dirs_partition *row;
    struct wire_uuid topic_id;
};

static struct wire_view directory(const struct broker *b)
{
    const struct broker_setting *s = broker_setting_find(b, "log.dirs");

    return meta_view(s == NULL || s->value == NULL ? "" : s->value);
}

static void answer(struct broker *b, struct broker_job *job)
{
    broker_respond(b, &job->call, job->response);
}

/* A partition that can not be opened takes nobody knows how much. */
static void on_measured(
    struct broker *b, void *context, const struct broker_store_answer *measured)
{
    struct item *item = context;

    item->row->partition_size = measured->error == 0 ? measured->size_bytes : -1;
    broker_item_end(b, &item->base, 0, NULL);
}

/* One that was asked for, or the i-th of all. */
static const struct meta_topic *topic_at(
    const struct broker *b, const struct describe_log_dirs_request *r, size_t i)
{
    const struct describe_log_dirs_request_describable_log_dir_topic *asked =
        r->topics.items;

    return r->topics.count < 0 ? b->image.topics[i]
                               : meta_image_topic(&b->image, asked[i].topic);
}

static size_t partition_count(
    const struct broker *b, const struct describe_log_dirs_request *r, size_t i)
{
    const struct describe_log_dirs_request_describable_log_dir_topic *asked =
        r->topics.items;
    const struct meta_topic *topic = topic_at(b, r, i);

    if (topic == NULL) {
        return 0; /* what is not there lies in no directory */
    }
    if (r->topics.count < 0) {
        return (size_t)topic->partition_count;
    }
    return asked[i].partitions.count > 0 ? (size_t)asked[i].partitions.count : 0;
}

static int32_t partition_at(const struct describe_log_dirs_request *r, size_t i, size_t k)
{
    const struct describe_log_dirs_request_describable_log_dir_topic *asked =
        r->topics.items;
    const int32_t *partitions = r->topics.count < 0 ? NULL : asked[i].partitions.items;

    return partitions == NULL ? (int32_t)k : partitions[k];
}

/* *at: the first item that is free. */
static bool take_topic(const struct broker *b, struct broker_job *job,
    const struct describe_log_dirs_request *r, size_t i,
    struct describe_log_dirs_topic *out, struct item **at)
{
    const struct meta_topic *topic = topic_at(b, r, i);
    size_t count = partition_count(b, r, i);
    struct describe_log_dirs_partition *rows =
        arena_alloc(&job->arena, count, sizeof(*rows));

    out->name = broker_job_copy(job, meta_view(topic->name));
    if (rows == NULL || out->name.ptr == NULL) {
        return false;
    }
    out->partitions.items = rows;
    for (size_t k = 0; k < count; k++) {
        int32_t partition = partition_at(r, i, k);
        if (partition >= 0 && partition < topic->partition_count) {
            struct describe_log_dirs_partition *row = &rows[out->partitions.count++];
            row->partition_index = partition;
            *(*at)++ =
                (struct item){.base = {.job = job}, .row = row, .topic_id = topic->id};
        }
    }
    return true;
}

static bool take_all(struct broker *b, struct broker_job *job,
    const struct describe_log_dirs_request *r, size_t topic_count)
{
    struct describe_log_dirs_response *response =
        arena_alloc(&job->arena, 1, sizeof(*response));
    struct describe_log_dirs_result *result =
        arena_alloc(&job->arena, 1, sizeof(*result));
    struct describe_log_dirs_topic *rows =
        arena_alloc(&job->arena, topic_count, sizeof(*rows));
    struct item *at = job->items;
    bool ok = response != NULL && result != NULL && rows != NULL;

    if (!ok) {
        return false;
    }
    wire_set_defaults(&describe_log_dirs_result_schema, result);
    result->log_dir = broker_job_copy(job, directory(b));
    result->topics.items = rows;
    for (size_t i = 0; ok && i < topic_count; i++) {
        if (topic_at(b, r, i) != NULL) {
            ok = take_topic(b, job, r, i, &rows[result->topics.count++], &at);
        }
    }
    job->count = (size_t)(at - (struct item *)job->items);
    response->results = (struct wire_array){.items = result, .count = 1};
    job->response = response;
    return ok && result->log_dir.ptr != NULL;
}

static void refuse(struct broker_session *s, const struct broker_call *call)
{
    struct describe_log_dirs_response response = {
        .error_code =
            call->version >= ERROR_SINCE ? WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED : 0};

    broker_respond(s->broker, call, &response);
}

void broker_on_describe_log_dirs(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct describe_log_dirs_request *r = request;
    struct broker *b = s->broker;
    size_t topics = r->topics.count < 0 ? b->image.topic_count : (size_t)r->topics.count;
    size_t count = 0;

    if (!broker_may_cluster(s, POLICY_DESCRIBE, false)) {
        refuse(s, call);
        return;
    }
    for (size_t i = 0; i < topics && count <= BROKER_TOPICS_A_REQUEST; i++) {
        count += partition_count(b, r, i);
    }
    struct broker_job *job = broker_job_new(call, count, sizeof(struct item), answer);
    if (job == NULL || !take_all(b, job, r, topics)) {
        broker_job_drop(job);
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    struct item *items = job->items;
    for (size_t i = 0; i < job->count; i++) {
        struct broker_partition at = {
            .topic_id = items[i].topic_id, .partition = items[i].row->partition_index};
        broker_item_begin(&items[i].base);
        broker_store_measure(b, &at, on_measured, &items[i]);
    }
    broker_job_release(b, job);
}

/* Where to move it to is where it is, or nowhere. */
static bool alter_topic(struct broker *b, int16_t error,
    const struct alter_replica_log_dirs_request_alter_replica_log_dir_topic *asked,
    struct alter_replica_log_dirs_alter_replica_log_dir_topic_result *out)
{
    const int32_t *partitions = asked->partitions.items;
    const struct meta_topic *topic = meta_image_topic(&b->image, asked->name);
    size_t count = asked->partitions.count > 0 ? (size_t)asked->partitions.count : 0;
    struct alter_replica_log_dirs_alter_replica_log_dir_partition_result *rows =
        arena_alloc(&b->arena, count, sizeof(*rows));

    for (size_t i = 0; rows != NULL && i < count; i++) {
        bool exists =
            topic != NULL && partitions[i] >= 0 && partitions[i] < topic->partition_count;
        rows[i].partition_index = partitions[i];
        rows[i].error_code =
            error != 0 || exists ? error : WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION;
    }
    out->topic_name = asked->name;
    out->partitions = (struct wire_array){.items = rows, .count = (int32_t)count};
    return rows != NULL;
}

static bool alter_dir(struct broker *b, bool allowed,
    const struct alter_replica_log_dirs_request_alter_replica_log_dir *asked,
    struct alter_replica_log_dirs_alter_replica_log_dir_topic_result *rows)
{
    const struct alter_replica_log_dirs_request_alter_replica_log_dir_topic *topics =
        asked->topics.items;
    int16_t error = !allowed ? WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED
                    : meta_view_equal(asked->path, directory(b))
                        ? WIRE_CODE_NONE
                        : WIRE_CODE_LOG_DIR_NOT_FOUND;
    bool ok = true;

    for (int32_t i = 0; ok && i < asked->topics.count; i++) {
        ok = alter_topic(b, error, &topics[i], &rows[i]);
    }
    return ok;
}

void broker_on_alter_replica_log_dirs(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct alter_replica_log_dirs_request *r = request;
    const struct alter_replica_log_dirs_request_alter_replica_log_dir *dirs =
        r->dirs.items;
    struct broker *b = s->broker;
    bool allowed = broker_may_cluster(s, POLICY_ALTER, false);
    size_t count = 0;
    size_t at = 0;

    for (int32_t i = 0; i < r->dirs.count; i++) {
        count += dirs[i].topics.count > 0 ? (size_t)dirs[i].topics.count : 0;
    }
    struct alter_replica_log_dirs_alter_replica_log_dir_topic_result *rows =
        arena_alloc(&b->arena, count, sizeof(*rows));
    bool ok = rows != NULL;
    for (int32_t i = 0; ok && i < r->dirs.count; i++) {
        ok = alter_dir(b, allowed, &dirs[i], rows + at);
        at += dirs[i].topics.count > 0 ? (size_t)dirs[i].topics.count : 0;
    }
    if (!ok) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    struct alter_replica_log_dirs_response response = {
        .results = {.items = rows, .count = (int32_t)count}};
    broker_respond(b, call, &response);
}
