/*
 * broker_leader_epochs - OffsetForLeaderEpoch: where the log of a leader ends, so that a
 * consumer finds out where its own parted from it (KIP-320).
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "broker_job.h"
#include "broker_partition.h"
#include "wire_code.h"
#include "wire_offset_for_leader_epoch.h"

struct item {
    struct broker_item base;
    struct offset_for_leader_epoch_response_epoch_end_offset *row;
    struct wire_uuid topic_id;
    int32_t epoch;
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
        item->row->leader_epoch = found->leader_epoch;
        item->row->end_offset = found->offset;
    }
    broker_item_end(b, &item->base, found->error, NULL);
}

static void start(struct broker *b, struct broker_item *base)
{
    struct item *item = (struct item *)(void *)base;
    struct broker_partition at = {
        .topic_id = item->topic_id, .partition = item->row->partition};

    broker_store_query_epoch(b, &at, item->epoch, on_found, item);
}

/* *at: the first item that is free. */
static bool take_topic(struct broker_session *s, struct broker_job *job,
    const struct offset_for_leader_epoch_request_offset_for_leader_topic *asked,
    struct offset_for_leader_epoch_response_offset_for_leader_topic_result *out,
    struct item **at)
{
    const struct offset_for_leader_epoch_request_offset_for_leader_partition *parts =
        asked->partitions.items;
    size_t count = asked->partitions.count > 0 ? (size_t)asked->partitions.count : 0;
    struct offset_for_leader_epoch_response_epoch_end_offset *rows =
        arena_alloc(&job->arena, count, sizeof(*rows));
    bool may = broker_may_topic_or_cluster(
        s, POLICY_CLUSTER_ACTION, POLICY_DESCRIBE, asked->topic);
    const struct meta_topic *topic = meta_image_topic(&s->broker->image, asked->topic);

    out->topic = broker_job_copy(job, asked->topic);
    if (rows == NULL || out->topic.ptr == NULL) {
        return false;
    }
    out->partitions = (struct wire_array){.items = rows, .count = (int32_t)count};
    for (size_t i = 0; i < count; i++) {
        struct item *item = (*at)++;
        rows[i] = (struct offset_for_leader_epoch_response_epoch_end_offset){
            .partition = parts[i].partition, .leader_epoch = -1, .end_offset = -1};
        *item = (struct item){
            .base = {.job = job,
                .key = broker_partition_key(job, out->topic, parts[i].partition)},
            .row = &rows[i],
            .epoch = parts[i].leader_epoch};
        if (item->base.key.ptr == NULL) {
            return false;
        }
        int16_t code = may ? broker_partition_check(
                                 topic, parts[i].partition, parts[i].current_leader_epoch)
                           : WIRE_CODE_TOPIC_AUTHORIZATION_FAILED;
        if (code != 0) {
            broker_item_refuse(&item->base, code, NULL);
        } else {
            item->topic_id = topic->id;
        }
    }
    return true;
}

static bool take_all(struct broker_session *s, struct broker_job *job,
    const struct offset_for_leader_epoch_request *r)
{
    const struct offset_for_leader_epoch_request_offset_for_leader_topic *topics =
        r->topics.items;
    size_t count = r->topics.count > 0 ? (size_t)r->topics.count : 0;
    struct offset_for_leader_epoch_response *response =
        arena_alloc(&job->arena, 1, sizeof(*response));
    struct offset_for_leader_epoch_response_offset_for_leader_topic_result *rows =
        arena_alloc(&job->arena, count, sizeof(*rows));
    struct item *at = job->items;
    bool ok = response != NULL && rows != NULL;

    for (size_t i = 0; ok && i < count; i++) {
        ok = take_topic(s, job, &topics[i], &rows[i], &at);
    }
    if (ok) {
        response->topics = (struct wire_array){.items = rows, .count = (int32_t)count};
        job->response = response;
    }
    return ok;
}

static size_t count_partitions(const struct offset_for_leader_epoch_request *r)
{
    const struct offset_for_leader_epoch_request_offset_for_leader_topic *topics =
        r->topics.items;
    size_t count = 0;

    if (r->topics.count > BROKER_TOPICS_A_REQUEST) {
        return SIZE_MAX;
    }
    for (int32_t i = 0; i < r->topics.count; i++) {
        count += topics[i].partitions.count > 0 ? (size_t)topics[i].partitions.count : 0;
    }
    return count;
}

void broker_on_offset_for_leader_epoch(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct offset_for_leader_epoch_request *r = request;
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
