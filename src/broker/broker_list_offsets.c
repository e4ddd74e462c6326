/*
 * broker_list_offsets - ListOffsets: store is asked for each partition, then one answer
 * goes out.
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "mem.h"
#include "wire_code.h"
#include "wire_list_offsets.h"

#include <string.h>

#define JOB_MEMORY    ((size_t)64 * 1024 * 1024)
#define QUESTIONS_MAX 10000 /* as many partitions as there may be */

struct job {
    struct arena arena;
    struct table seen; /* (topic id, partition) -> anything: asked for already */
    struct broker_call call;
    struct list_offsets_response response;
    size_t waiting; /* answers of store, and one while the request is still read */
};

struct slot {
    struct job *job;
    struct list_offsets_partition_response *row;
};

static void release(struct broker *b, struct job *job)
{
    if (--job->waiting > 0) {
        return;
    }
    broker_respond(b, &job->call, &job->response);
    table_fini(&job->seen);
    arena_fini(&job->arena);
    mem_free(job);
}

static void on_answer(
    struct broker *b, void *context, const struct broker_store_answer *answer)
{
    struct slot *slot = context;

    slot->row->error_code = answer->error;
    if (answer->error == 0) {
        slot->row->offset = answer->offset;
        slot->row->timestamp = answer->timestamp;
        slot->row->leader_epoch = answer->leader_epoch;
    }
    release(b, slot->job);
}

/* What is wrong with asking for this partition, or 0. */
static int16_t judge(
    const struct meta_topic *topic, const struct list_offsets_partition *asked)
{
    if (topic == NULL || asked->partition_index < 0 ||
        asked->partition_index >= topic->partition_count) {
        return WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION;
    }
    int32_t epoch = topic->partitions[asked->partition_index].leader_epoch;
    if (asked->current_leader_epoch >= 0 && asked->current_leader_epoch != epoch) {
        return asked->current_leader_epoch < epoch ? WIRE_CODE_FENCED_LEADER_EPOCH
                                                   : WIRE_CODE_UNKNOWN_LEADER_EPOCH;
    }
    return 0;
}

/* False: this partition was asked for already, or there are more than there can be. */
static bool note_question(
    struct job *job, const struct meta_topic *topic, int32_t partition)
{
    struct broker_partition key = {.topic_id = topic->id, .partition = partition};

    if (table_get(&job->seen, &key, sizeof(key)) != NULL) {
        return false;
    }
    return table_put(&job->seen, &key, sizeof(key), job) == OK;
}

static bool ask_partition(struct broker *b, struct job *job,
    const struct meta_topic *topic, const struct list_offsets_partition *asked,
    int8_t isolation, struct list_offsets_partition_response *row)
{
    *row = (struct list_offsets_partition_response){
        .partition_index = asked->partition_index,
        .error_code = judge(topic, asked),
        .timestamp = -1,
        .offset = -1,
        .leader_epoch = -1};
    if (row->error_code == 0 && !note_question(job, topic, asked->partition_index)) {
        row->error_code = WIRE_CODE_INVALID_REQUEST; /* twice in one request */
    }
    if (row->error_code != 0) {
        return true;
    }
    struct slot *slot = arena_alloc(&job->arena, 1, sizeof(*slot));
    if (slot == NULL) {
        return false;
    }
    *slot = (struct slot){.job = job, .row = row};
    job->waiting++;
    struct broker_partition at = {
        .topic_id = topic->id, .partition = asked->partition_index};
    broker_store_query(b, &at, asked->timestamp, (uint8_t)isolation, on_answer, slot);
    return true;
}

static bool ask_topic(struct broker_session *s, struct job *job,
    const struct list_offsets_request *request, const struct list_offsets_topic *asked,
    struct list_offsets_topic_response *row)
{
    struct broker *b = s->broker;
    const struct list_offsets_partition *parts = asked->partitions.items;
    size_t count = asked->partitions.count > 0 ? (size_t)asked->partitions.count : 0;
    struct list_offsets_partition_response *rows =
        arena_alloc(&job->arena, count, sizeof(*rows));
    const char *name = arena_copy_text(&job->arena, asked->name.ptr, asked->name.len);

    if (rows == NULL || name == NULL) {
        return false;
    }
    row->name = (struct wire_view){.ptr = (const uint8_t *)name, .len = asked->name.len};
    row->partitions = (struct wire_array){.items = rows, .count = (int32_t)count};
    bool allowed = broker_may(s, POLICY_DESCRIBE, POLICY_TOPIC, asked->name);
    const struct meta_topic *topic = meta_image_topic(&b->image, asked->name);
    for (size_t i = 0; i < count; i++) {
        if (!allowed) {
            rows[i] = (struct list_offsets_partition_response){
                .partition_index = parts[i].partition_index,
                .error_code = WIRE_CODE_TOPIC_AUTHORIZATION_FAILED,
                .timestamp = -1,
                .offset = -1,
                .leader_epoch = -1};
        } else if (!ask_partition(
                       b, job, topic, &parts[i], request->isolation_level, &rows[i])) {
            return false;
        }
    }
    return true;
}

void broker_on_list_offsets(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct list_offsets_request *r = request;
    const struct list_offsets_topic *asked = r->topics.items;
    size_t count = r->topics.count > 0 ? (size_t)r->topics.count : 0;
    struct broker *b = s->broker;
    struct job *job =
        count <= BROKER_TOPICS_A_REQUEST ? mem_alloc(1, sizeof(*job)) : NULL;

    if (job == NULL) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    *job = (struct job){.call = *call, .waiting = 1};
    arena_init(&job->arena, JOB_MEMORY);
    table_init(&job->seen, QUESTIONS_MAX);
    struct list_offsets_topic_response *rows =
        arena_alloc(&job->arena, count, sizeof(*rows));
    bool ok = rows != NULL;
    for (size_t i = 0; ok && i < count; i++) {
        ok = ask_topic(s, job, r, &asked[i], &rows[i]);
    }
    job->response.topics =
        (struct wire_array){.items = rows, .count = rows == NULL ? 0 : (int32_t)count};
    if (!ok) {
        broker_session_kill(s, IPC_KILL_QUEUE); /* the answer then goes nowhere */
    }
    release(b, job);
}
