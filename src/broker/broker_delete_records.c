/*
 * broker_delete_records - DeleteRecords: partitions begin later from now on.
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "broker_job.h"
#include "wire_code.h"
#include "wire_delete_records.h"

struct item {
    struct broker_item base; /* the topic */
    struct delete_records_partition_result *row;
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

static void delete_one(
    struct broker *b, const struct meta_topic *topic, int64_t before, struct item *item)
{
    int32_t partition = item->row->partition_index;

    if (topic == NULL || partition < 0 || partition >= topic->partition_count) {
        broker_item_refuse(&item->base, WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION, NULL);
        return;
    }
    if (before < -1) {
        broker_item_refuse(&item->base, WIRE_CODE_OFFSET_OUT_OF_RANGE, NULL);
        return;
    }
    struct broker_partition at = {.topic_id = topic->id, .partition = partition};
    broker_item_begin(&item->base);
    broker_store_delete_records(b, &at, before, on_deleted, item);
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
        *(*at)++ = (struct item){.base = {.job = job,
                                     .verb = "delete-records",
                                     .noun = "topic",
                                     .name = out->name},
            .row = &rows[i]};
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

static void delete_all(struct broker_session *s, struct broker_job *job,
    const struct delete_records_request *r)
{
    const struct delete_records_topic *topics = r->topics.items;
    struct item *item = job->items;

    for (int32_t i = 0; i < r->topics.count; i++) {
        const struct delete_records_partition *parts = topics[i].partitions.items;
        const struct meta_topic *topic =
            meta_image_topic(&s->broker->image, topics[i].name);
        int16_t error = check_topic(s, topics[i].name);
        for (int32_t k = 0; k < topics[i].partitions.count; k++, item++) {
            if (error != 0) {
                broker_item_refuse(&item->base, error, NULL);
            } else {
                delete_one(s->broker, topic, parts[k].offset, item);
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

    if (job == NULL || !take_all(job, r)) {
        broker_job_drop(job);
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    delete_all(s, job, r);
    broker_job_release(s->broker, job);
}
