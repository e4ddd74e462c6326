/*
 * broker_list_offsets - ListOffsets: where partitions begin, end, and were at a time.
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "broker_job.h"
#include "broker_partition.h"
#include "wire_code.h"
#include "wire_list_offsets.h"

#include <string.h>

/* ListOffsetsRequest.IsolationLevel */
#define READ_COMMITTED 1

/* The times that are names, and since which version they may be asked for. */
#define EARLIEST (-2)
static const struct {
    int64_t timestamp;
    int16_t version;
} named_times[] = {
    {-3, 7},  /* the record with the largest timestamp (KIP-734) */
    {-4, 8},  /* the earliest offset on this broker (KIP-405) */
    {-5, 9},  /* the last one in the remote tier (KIP-1005) */
    {-6, 11}, /* the first one not yet there (KIP-1023) */
};

struct item {
    struct broker_item base;
    struct list_offsets_partition_response *row;
    struct wire_uuid topic_id;
    int64_t timestamp;
    int32_t current_leader_epoch;
    uint8_t isolation;
};

static void answer(struct broker *b, struct broker_job *job)
{
    const struct item *items = job->items;

    for (size_t i = 0; i < job->count; i++) {
        items[i].row->error_code = items[i].base.error;
    }
    broker_respond(b, &job->call, job->response);
}

static void on_found(
    struct broker *b, void *context, const struct broker_store_answer *found)
{
    struct item *item = context;

    if (found->error == 0) {
        item->row->offset = found->offset;
        item->row->timestamp = found->timestamp;
        item->row->leader_epoch = found->leader_epoch;
    }
    broker_item_end(b, &item->base, found->error, NULL);
}

static void start(struct broker *b, struct broker_item *base)
{
    struct item *item = (struct item *)(void *)base;
    struct broker_partition at = {
        .topic_id = item->topic_id, .partition = item->row->partition_index};

    broker_store_query(b, &at, item->timestamp, item->isolation, on_found, item);
}

static bool is_known_time(int64_t timestamp, int16_t version)
{
    for (size_t i = 0; i < sizeof(named_times) / sizeof(named_times[0]); i++) {
        if (named_times[i].timestamp == timestamp) {
            return version >= named_times[i].version;
        }
    }
    return timestamp >= EARLIEST;
}

static int16_t judge(const struct item *item, const struct broker_call *call,
    const struct meta_topic *topic)
{
    if (!is_known_time(item->timestamp, call->version)) {
        return WIRE_CODE_UNSUPPORTED_VERSION;
    }
    return broker_partition_check(
        topic, item->row->partition_index, item->current_leader_epoch);
}

/* Fills the next item, or refuses the one that this partition has already: it has one row. */
static bool take_partition(struct broker_job *job, struct table *seen,
    struct wire_view topic, const struct list_offsets_partition *asked,
    struct list_offsets_topic_response *out)
{
    struct item *item = (struct item *)job->items + job->count;
    struct wire_view key = broker_partition_key(job, topic, asked->partition_index);
    struct item *first = key.ptr == NULL ? NULL : table_get(seen, key.ptr, key.len);

    if (first != NULL) {
        broker_item_refuse(&first->base, WIRE_CODE_INVALID_REQUEST, NULL);
        return true;
    }
    if (key.ptr == NULL || table_put(seen, key.ptr, key.len, item) != OK) {
        return false;
    }
    struct list_offsets_partition_response *rows = out->partitions.items;
    *item = (struct item){.base = {.job = job, .key = key},
        .row = &rows[out->partitions.count++],
        .timestamp = asked->timestamp,
        .current_leader_epoch = asked->current_leader_epoch};
    *item->row = (struct list_offsets_partition_response){
        .partition_index = asked->partition_index,
        .timestamp = -1,
        .offset = -1,
        .leader_epoch = -1};
    job->count++;
    return true;
}

static bool take_topic(struct broker_session *s, struct broker_job *job,
    struct table *seen, const struct list_offsets_topic *asked,
    struct list_offsets_topic_response *out)
{
    const struct list_offsets_partition *parts = asked->partitions.items;
    size_t count = asked->partitions.count > 0 ? (size_t)asked->partitions.count : 0;
    bool may = broker_may(s, POLICY_DESCRIBE, POLICY_TOPIC, asked->name);
    const struct meta_topic *topic = meta_image_topic(&s->broker->image, asked->name);
    bool ok = true;

    out->name = broker_job_copy(job, asked->name);
    out->partitions.items =
        arena_alloc(&job->arena, count, sizeof(struct list_offsets_partition_response));
    if (out->name.ptr == NULL || out->partitions.items == NULL) {
        return false;
    }
    for (size_t i = 0; ok && i < count; i++) {
        struct item *item = (struct item *)job->items + job->count;
        size_t before = job->count;
        ok = take_partition(job, seen, out->name, &parts[i], out);
        if (!ok || job->count == before) {
            continue;
        }
        int16_t code =
            may ? judge(item, &job->call, topic) : WIRE_CODE_TOPIC_AUTHORIZATION_FAILED;
        if (code != 0) {
            broker_item_refuse(&item->base, code, NULL);
        } else {
            item->topic_id = topic->id;
        }
    }
    return ok;
}

static bool take_all(struct broker_session *s, struct broker_job *job, size_t items,
    const struct list_offsets_request *r)
{
    const struct list_offsets_topic *topics = r->topics.items;
    size_t count = r->topics.count > 0 ? (size_t)r->topics.count : 0;
    struct list_offsets_response *response =
        arena_alloc(&job->arena, 1, sizeof(*response));
    struct list_offsets_topic_response *rows =
        arena_alloc(&job->arena, count, sizeof(*rows));
    bool ok = response != NULL && rows != NULL;
    struct table seen;

    table_init(&seen, items);
    job->count = 0;
    for (size_t i = 0; ok && i < count; i++) {
        ok = take_topic(s, job, &seen, &topics[i], &rows[i]);
    }
    table_fini(&seen);
    if (ok) {
        response->topics = (struct wire_array){.items = rows, .count = (int32_t)count};
        job->response = response;
    }
    return ok;
}

static size_t count_partitions(const struct list_offsets_request *r)
{
    const struct list_offsets_topic *topics = r->topics.items;
    size_t count = 0;

    if (r->topics.count > BROKER_TOPICS_A_REQUEST) {
        return SIZE_MAX;
    }
    for (int32_t i = 0; i < r->topics.count; i++) {
        count += topics[i].partitions.count > 0 ? (size_t)topics[i].partitions.count : 0;
    }
    return count;
}

static void note_isolation(struct broker_job *job, int8_t isolation)
{
    struct item *items = job->items;

    for (size_t i = 0; i < job->count; i++) {
        items[i].isolation = (uint8_t)isolation;
        if (isolation < 0 || isolation > READ_COMMITTED) {
            broker_item_refuse(&items[i].base, WIRE_CODE_UNKNOWN_SERVER_ERROR, NULL);
        }
    }
}

void broker_on_list_offsets(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct list_offsets_request *r = request;
    size_t items = count_partitions(r);
    struct broker_job *job = broker_job_new(call, items, sizeof(struct item), answer);

    if (job == NULL || !take_all(s, job, items, r)) {
        broker_job_drop(job);
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    note_isolation(job, r->isolation_level);
    broker_job_run(s->broker, job, start);
    broker_job_release(s->broker, job);
}
