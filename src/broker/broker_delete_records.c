/*
 * broker_delete_records - DeleteRecords: partitions begin later from now on.
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "broker_partition.h"
#include "wire_code.h"
#include "wire_delete_records.h"

struct item {
    struct broker_item base; /* the topic */
    struct delete_records_partition_result *row;
    struct wire_uuid topic_id;
    int64_t before;
};

static void answer(struct broker *b, struct broker_job *job)
{
    const struct item *items = job->items;

    for (size_t i = 0; i < job->count; i++) {
        items[i].row->error_code = items[i].base.error;
    }
    broker_respond(b, &job->call, job->response);
}

static void on_deleted(
    struct broker *b, void *context, const struct broker_store_answer *deleted)
{
    struct item *item = context;

    if (deleted->error == 0) {
        item->row->low_watermark = deleted->log_start_offset;
    }
    broker_item_end(b, &item->base, deleted->error, NULL);
}

/* The code for every partition of the topic. Rights come before existence. */
static int16_t check_topic(struct broker_session *s, struct wire_view name)
{
    if (!broker_may(s, POLICY_DELETE, POLICY_TOPIC, name)) {
        return WIRE_CODE_TOPIC_AUTHORIZATION_FAILED;
    }
    return meta_name_is_internal(name) ? WIRE_CODE_INVALID_TOPIC_EXCEPTION
                                       : WIRE_CODE_NONE;
}

static int16_t check_partition(
    const struct meta_topic *topic, int32_t partition, int64_t before)
{
    if (topic == NULL || partition < 0 || partition >= topic->partition_count) {
        return WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION;
    }
    return before < -1 ? WIRE_CODE_OFFSET_OUT_OF_RANGE : WIRE_CODE_NONE;
}

static void start(struct broker *b, struct broker_item *base)
{
    struct item *item = (struct item *)(void *)base;
    struct broker_partition at = {
        .topic_id = item->topic_id, .partition = item->row->partition_index};

    broker_store_delete_records(b, &at, item->before, on_deleted, item);
}

static size_t count_partitions(const struct delete_records_request *r)
{
    const struct delete_records_topic *topics = r->topics.items;
    size_t count = 0;

    for (int32_t i = 0; i < r->topics.count; i++) {
        count += topics[i].partitions.count > 0 ? (size_t)topics[i].partitions.count : 0;
    }
    return count;
}

/* *at: the first item that is free. Makes all rows before anything is asked, so that an
 * answer finds its own. */
static bool take_topic(struct broker_job *job, const struct delete_records_topic *asked,
    struct delete_records_topic_result *out, struct item **at)
{
    const struct delete_records_partition *parts = asked->partitions.items;
    size_t count = asked->partitions.count > 0 ? (size_t)asked->partitions.count : 0;
    struct delete_records_partition_result *rows =
        arena_alloc(&job->arena, count, sizeof(*rows));

    out->name = broker_job_copy(job, asked->name);
    if (rows == NULL || out->name.ptr == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        rows[i].partition_index = parts[i].partition_index;
        rows[i].low_watermark = -1;
        **at = (struct item){
            .base = {.job = job,
                .verb = "delete-records",
                .noun = "topic",
                .name = out->name,
                .key = broker_partition_key(job, out->name, parts[i].partition_index)},
            .row = &rows[i],
            .before = parts[i].offset};
        if ((*at)++->base.key.ptr == NULL) {
            return false;
        }
    }
    out->partitions = (struct wire_array){.items = rows, .count = (int32_t)count};
    return true;
}

static bool take_all(struct broker_job *job, const struct delete_records_request *r)
{
    const struct delete_records_topic *topics = r->topics.items;
    size_t count = r->topics.count > 0 ? (size_t)r->topics.count : 0;
    struct delete_records_response *response =
        arena_alloc(&job->arena, 1, sizeof(*response));
    struct delete_records_topic_result *rows =
        arena_alloc(&job->arena, count, sizeof(*rows));
    struct item *at = job->items;
    bool ok = response != NULL && rows != NULL;

    for (size_t i = 0; ok && i < count; i++) {
        ok = take_topic(job, &topics[i], &rows[i], &at);
    }
    if (ok) {
        response->topics = (struct wire_array){.items = rows, .count = (int32_t)count};
        job->response = response;
    }
    return ok;
}

static void judge_all(struct broker_session *s, struct broker_job *job,
    const struct delete_records_request *r)
{
    const struct delete_records_topic *topics = r->topics.items;
    struct item *item = job->items;

    for (int32_t i = 0; i < r->topics.count; i++) {
        const struct meta_topic *topic =
            meta_image_topic(&s->broker->image, topics[i].name);
        int16_t error = check_topic(s, topics[i].name);
        for (int32_t k = 0; k < topics[i].partitions.count; k++, item++) {
            int16_t code = error != 0 ? error
                                      : check_partition(topic, item->row->partition_index,
                                            item->before);
            if (code != 0) {
                broker_item_refuse(&item->base, code, NULL);
            } else {
                item->topic_id = topic->id;
            }
        }
    }
}

void broker_on_delete_records(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct delete_records_request *r = request;
    struct broker_job *job =
        broker_job_new(call, count_partitions(r), sizeof(struct item), answer);

    if (job == NULL || !take_all(job, r) ||
        broker_job_refuse_twice(job, "the partition is in the request twice") != OK) {
        broker_job_drop(job);
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    judge_all(s, job, r);
    broker_job_run(s->broker, job, start);
    broker_job_release(s->broker, job);
}
