/*
 * broker_describe_producers - DescribeProducers: who wrote to a partition idempotently, and
 * is not forgotten yet (KIP-664).
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "broker_job.h"
#include "broker_partition.h"
#include "ipc_words.h"
#include "wire_code.h"
#include "wire_describe_producers.h"

#define PRODUCERS_AN_ANSWER 100000
#define NO_COORDINATOR      (-1) /* of a transaction; there are none */

struct answered {
    struct describe_producers_response response;
    size_t producers; /* told so far */
};

struct item {
    struct broker_item base;
    struct describe_producers_response_partition_response *row;
    struct wire_uuid topic_id;
};

static void answer(struct broker *b, struct broker_job *job)
{
    const struct item *items = job->items;

    for (size_t i = 0; i < job->count; i++) {
        items[i].row->error_code = items[i].base.error;
        items[i].row->error_message = broker_item_message(&items[i].base);
    }
    const struct answered *all = job->response;
    broker_respond(b, &job->call, &all->response);
}

static bool take_producers(struct item *item, struct ipc_view entries)
{
    size_t count = entries.len / IPC_PRODUCER_BYTES;
    struct answered *all = item->base.job->response;

    if (count > PRODUCERS_AN_ANSWER - all->producers) {
        return false;
    }
    all->producers += count;
    struct describe_producers_response_producer_state *rows =
        arena_alloc(&item->base.job->arena, count, sizeof(*rows));

    if (rows == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct ipc_producer p = ipc_producer_at(entries, i);
        rows[i] = (struct describe_producers_response_producer_state){.producer_id = p.id,
            .producer_epoch = p.epoch,
            .last_sequence = p.last_sequence,
            .last_timestamp = p.last_timestamp,
            .coordinator_epoch = NO_COORDINATOR,
            .current_txn_start_offset = -1};
    }
    item->row->active_producers =
        (struct wire_array){.items = rows, .count = (int32_t)count};
    return true;
}

static void on_found(
    struct broker *b, void *context, const struct broker_store_answer *found)
{
    struct item *item = context;
    int16_t error = found->error;
    struct ipc_view entries = {.ptr = found->producers.ptr, .len = found->producers.len};

    if (error == 0 && !take_producers(item, entries)) {
        error = WIRE_CODE_REQUEST_TIMED_OUT; /* less at a time may fit */
    }
    broker_item_end(b, &item->base, error, NULL);
}

static void start(struct broker *b, struct broker_item *base)
{
    struct item *item = (struct item *)(void *)base;
    struct broker_partition at = {
        .topic_id = item->topic_id, .partition = item->row->partition_index};

    broker_store_query_producers(b, &at, on_found, item);
}

/* *at: the first item that is free. */
static bool take_topic(struct broker_session *s, struct broker_job *job,
    const struct describe_producers_request_topic_request *asked,
    struct describe_producers_response_topic_response *out, struct item **at)
{
    const int32_t *partitions = asked->partition_indexes.items;
    size_t count =
        asked->partition_indexes.count > 0 ? (size_t)asked->partition_indexes.count : 0;
    struct describe_producers_response_partition_response *rows =
        arena_alloc(&job->arena, count, sizeof(*rows));
    bool may = broker_may(s, POLICY_READ, POLICY_TOPIC, asked->name);
    const struct meta_topic *topic = meta_image_topic(&s->broker->image, asked->name);

    out->name = broker_job_copy(job, asked->name);
    if (rows == NULL || out->name.ptr == NULL) {
        return false;
    }
    out->partitions = (struct wire_array){.items = rows, .count = (int32_t)count};
    for (size_t i = 0; i < count; i++) {
        struct item *item = (*at)++;
        rows[i].partition_index = partitions[i];
        *item =
            (struct item){.base = {.job = job,
                              .key = broker_partition_key(job, out->name, partitions[i])},
                .row = &rows[i]};
        if (item->base.key.ptr == NULL) {
            return false;
        }
        int16_t code =
            may ? broker_partition_check(topic, partitions[i], BROKER_EPOCH_UNSAID)
                : WIRE_CODE_TOPIC_AUTHORIZATION_FAILED;
        if (code == WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION &&
            meta_name_error(asked->name) != NULL) {
            code = WIRE_CODE_INVALID_TOPIC_EXCEPTION;
        }
        if (code != 0) {
            broker_item_refuse(&item->base, code, NULL);
        } else {
            item->topic_id = topic->id;
        }
    }
    return true;
}

static bool take_all(struct broker_session *s, struct broker_job *job,
    const struct describe_producers_request *r)
{
    const struct describe_producers_request_topic_request *topics = r->topics.items;
    size_t count = r->topics.count > 0 ? (size_t)r->topics.count : 0;
    struct answered *response = arena_alloc(&job->arena, 1, sizeof(*response));
    struct describe_producers_response_topic_response *rows =
        arena_alloc(&job->arena, count, sizeof(*rows));
    struct item *at = job->items;
    bool ok = response != NULL && rows != NULL;

    for (size_t i = 0; ok && i < count; i++) {
        ok = take_topic(s, job, &topics[i], &rows[i], &at);
    }
    if (ok) {
        response->response.topics =
            (struct wire_array){.items = rows, .count = (int32_t)count};
        job->response = response;
    }
    return ok;
}

static size_t count_partitions(const struct describe_producers_request *r)
{
    const struct describe_producers_request_topic_request *topics = r->topics.items;
    size_t count = 0;

    if (r->topics.count > BROKER_TOPICS_A_REQUEST) {
        return SIZE_MAX;
    }
    for (int32_t i = 0; i < r->topics.count; i++) {
        int32_t of_topic = topics[i].partition_indexes.count;
        count += of_topic > 0 ? (size_t)of_topic : 0;
    }
    return count;
}

void broker_on_describe_producers(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct describe_producers_request *r = request;
    struct broker_job *job =
        broker_job_new(call, count_partitions(r), sizeof(struct item), answer);

    if (job == NULL || !take_all(s, job, r) || broker_job_refuse_twice(job, NULL) != OK) {
        broker_job_drop(job);
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    broker_job_run(s->broker, job, start);
    broker_job_release(s->broker, job);
}
