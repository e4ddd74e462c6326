/*
 * broker_offsets - OffsetCommit: check, make room, write one record batch, wait until it
 * is durable, remember, answer.
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "broker_coord.h"
#include "broker_event.h"
#include "clock.h"
#include "coord_record.h"
#include "mem.h"
#include "record_builder.h"
#include "wire_code.h"
#include "wire_offset_commit.h"

#include <string.h>

#define GROUP_UNKNOWN_SINCE                                                              \
    9 /* of OffsetCommit: a group without members is no generation */
#define JOB_MEMORY  ((size_t)64 * 1024 * 1024)
#define BATCH_LIMIT ((size_t)8 * 1024 * 1024)
#define FIELD_LIMIT ((size_t)128 * 1024) /* a key or a value */

struct row {
    struct offset_commit_response_partition *answer;
    struct coord_commit commit;
    bool begun; /* room was made for it */
};

/* A request whose answer waits for the log; its memory is its own. */
struct job {
    struct arena arena;
    struct broker_call call;
    struct broker_author author; /* for the audit, when its session is gone */
    struct wire_view group;
    struct offset_commit_response_topic *topics;
    size_t topic_count;
    struct row *rows; /* of all topics */
    size_t count;
};

static const struct wire_view empty = {(const uint8_t *)"", 0};

static bool copy_view(struct job *job, struct wire_view view, struct wire_view *out)
{
    const char *copy = arena_copy_text(&job->arena, view.ptr, view.len);

    *out = (struct wire_view){.ptr = (const uint8_t *)copy, .len = view.len};
    return copy != NULL;
}

static size_t partition_count(const struct offset_commit_request_topic *topic)
{
    return topic->partitions.count > 0 ? (size_t)topic->partitions.count : 0;
}

static size_t count_good(const struct job *job)
{
    size_t good = 0;

    for (size_t i = 0; i < job->count; i++) {
        good += job->rows[i].answer->error_code == 0 ? 1 : 0;
    }
    return good;
}

static void end(struct broker *b, struct job *job)
{
    struct offset_commit_response response;

    struct broker_session *s = broker_session_find(b, job->call.gate);
    size_t good = count_good(job);

    if (s != NULL && good > 0) {
        broker_event_group(s, "commit", job->group, IPC_OUTCOME_SUCCESS, (uint32_t)good);
    } else if (good > 0) {
        broker_event_group_by(b, &job->author, "commit", job->group, (uint32_t)good);
    }
    wire_set_defaults(&offset_commit_response_schema, &response);
    response.topics =
        (struct wire_array){.items = job->topics, .count = (int32_t)job->topic_count};
    broker_respond(b, &job->call, &response);
    arena_fini(&job->arena);
    mem_free(job);
}

static int16_t check_partition(
    const struct offset_commit_request_partition *asked, const struct meta_topic *topic)
{
    if (topic == NULL || asked->partition_index < 0 ||
        asked->partition_index >= topic->partition_count) {
        return WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION;
    }
    return WIRE_CODE_NONE;
}

static bool take_partitions(struct job *job,
    const struct offset_commit_request_topic *asked, struct wire_view name, int16_t error,
    const struct meta_topic *topic, struct offset_commit_response_topic *out)
{
    const struct offset_commit_request_partition *parts = asked->partitions.items;
    size_t count = partition_count(asked);
    struct offset_commit_response_partition *answers =
        arena_alloc(&job->arena, count, sizeof(*answers));
    int64_t now_ms = clock_wall_ms();

    if (answers == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct row *row = &job->rows[job->count++];
        answers[i].partition_index = parts[i].partition_index;
        answers[i].error_code =
            error == WIRE_CODE_NONE ? check_partition(&parts[i], topic) : error;
        row->answer = &answers[i];
        row->commit = (struct coord_commit){.topic = name,
            .partition = parts[i].partition_index,
            .offset = parts[i].committed_offset,
            .leader_epoch = parts[i].committed_leader_epoch,
            .commit_ms = now_ms};
        if (!copy_view(job, parts[i].committed_metadata, &row->commit.metadata)) {
            return false;
        }
    }
    out->partitions = (struct wire_array){.items = answers, .count = (int32_t)count};
    return true;
}

/* Whether the caller may read it comes before whether it exists; ids are no secret. */
static bool take_topic(struct broker_session *s, struct job *job,
    const struct offset_commit_request_topic *asked, int16_t error,
    struct offset_commit_response_topic *out)
{
    const struct meta_image *image = &s->broker->image;
    bool by_id = job->call.version >= 10;
    const struct meta_topic *topic = by_id
                                         ? meta_image_topic_by_id(image, asked->topic_id)
                                         : meta_image_topic(image, asked->name);
    struct wire_view name = empty;

    if (!by_id) {
        name = asked->name;
    } else if (topic != NULL) {
        name = (struct wire_view){
            .ptr = (const uint8_t *)topic->name, .len = topic->name_length};
    }
    if (error == 0 && by_id && topic == NULL) {
        error = WIRE_CODE_UNKNOWN_TOPIC_ID;
    }
    if (error == 0 && !broker_may(s, POLICY_READ, POLICY_TOPIC, name)) {
        error = WIRE_CODE_TOPIC_AUTHORIZATION_FAILED;
    }
    if (!copy_view(job, name, &name)) {
        return false;
    }
    out->name = by_id ? empty : name;
    out->topic_id = asked->topic_id;
    return take_partitions(job, asked, name, error, topic, out);
}

/* The code for the group as a whole, or 0. */
static int16_t check_group(struct broker_session *s, struct wire_view group)
{
    if (!broker_may(s, POLICY_READ, POLICY_GROUP, group)) {
        return WIRE_CODE_GROUP_AUTHORIZATION_FAILED;
    }
    int16_t error = broker_coord_write_error(s->broker);
    /* A group of no name is one, too. */
    return error != 0 ? error : broker_coord_change_error(s->broker);
}

/* NULL: no memory for it. */
static struct job *job_new(struct broker_session *s, const struct broker_call *call,
    const struct offset_commit_request *r)
{
    const struct offset_commit_request_topic *asked = r->topics.items;
    struct job *job = mem_alloc(1, sizeof(*job));
    size_t rows = 0;

    if (job == NULL) {
        return NULL;
    }
    job->call = *call;
    broker_event_note_author(&job->author, s);
    job->topic_count = r->topics.count > 0 ? (size_t)r->topics.count : 0;
    arena_init(&job->arena, JOB_MEMORY);
    for (size_t i = 0; i < job->topic_count; i++) {
        rows += partition_count(&asked[i]);
    }
    job->topics = arena_alloc(&job->arena, job->topic_count, sizeof(*job->topics));
    job->rows = arena_alloc(&job->arena, rows, sizeof(*job->rows));
    bool ok = job->topics != NULL && job->rows != NULL &&
              copy_view(job, r->group_id, &job->group);
    int16_t error = ok ? check_group(s, job->group) : WIRE_CODE_NONE;
    for (size_t i = 0; ok && i < job->topic_count; i++) {
        ok = take_topic(s, job, &asked[i], error, &job->topics[i]);
    }
    if (!ok) {
        arena_fini(&job->arena);
        mem_free(job);
        return NULL;
    }
    return job;
}

/* Ends what is still under way, by a commit or by taking it back. */
static void settle(struct job *job, struct coord_group *group, int16_t error)
{
    for (size_t i = 0; i < job->count; i++) {
        struct row *row = &job->rows[i];
        if (row->answer->error_code == 0) {
            row->answer->error_code = error;
        }
        if (!row->begun) {
            continue;
        }
        row->begun = false;
        if (error == 0) {
            coord_offsets_commit(&group->offsets, &row->commit);
        } else {
            coord_offsets_cancel(&group->offsets, &row->commit);
        }
    }
}

/* What a group is told of a failed write; most of it may be tried again. */
static int16_t write_error(int16_t error)
{
    if (error == 0) {
        return WIRE_CODE_NONE;
    }
    return error == WIRE_CODE_MESSAGE_TOO_LARGE ? (int16_t)COORD_ERROR_OFFSET_SIZE
                                                : WIRE_CODE_COORDINATOR_NOT_AVAILABLE;
}

static void on_written(
    struct broker *b, void *context, const struct broker_store_answer *answer)
{
    struct job *job = context;
    struct coord_group *group = coord_groups_find(broker_coord_groups(b), job->group);

    INVARIANT(group != NULL); /* what is being written keeps it */
    settle(job, group, write_error(answer->error));
    if (answer->error == 0) {
        broker_coord_release(b, group);
    } else {
        /* The group may be over, and have waited for these offsets only. */
        struct coord_event tick = {.type = COORD_TICK};
        broker_coord_step(b, group, &tick);
    }
    end(b, job);
}

static enum err encode(const struct job *job, struct buf *out)
{
    struct record_builder_options options = record_builder_plain(clock_wall_ms());
    struct record_builder builder = record_builder_begin(out, &options);
    struct buf key;
    struct buf value;
    enum err e = OK;

    buf_init(&key, FIELD_LIMIT);
    buf_init(&value, FIELD_LIMIT);
    for (size_t i = 0; e == OK && i < job->count; i++) {
        const struct coord_commit *c = &job->rows[i].commit;
        struct coord_record_offset record = {.offset = c->offset,
            .leader_epoch = c->leader_epoch,
            .metadata = c->metadata,
            .commit_ms = c->commit_ms};
        if (!job->rows[i].begun) {
            continue;
        }
        buf_reset(&key);
        buf_reset(&value);
        coord_record_encode_offset_key(&key, job->group, c->topic, c->partition);
        coord_record_encode_offset(&value, &record);
        record_builder_add(&builder, options.base_timestamp,
            (struct wire_view){.ptr = key.bytes, .len = key.length},
            (struct wire_view){.ptr = value.bytes, .len = value.length}, NULL, 0);
        e = buf_error(&key) != OK ? buf_error(&key) : buf_error(&value);
        e = e == OK ? buf_error(out) : e;
    }
    buf_fini(&key);
    buf_fini(&value);
    enum err finished = e == OK ? record_builder_finish(&builder) : e;
    return finished == OK ? buf_error(out) : finished;
}

static void write_job(struct broker *b, struct job *job)
{
    struct broker_store_answer failed = {.error = WIRE_CODE_MESSAGE_TOO_LARGE};
    struct buf batch;

    buf_init(&batch, BATCH_LIMIT);
    if (encode(job, &batch) == OK) {
        broker_coord_append(b, job->group,
            (struct wire_view){.ptr = batch.bytes, .len = batch.length}, on_written, job);
    } else {
        on_written(b, job, &failed);
    }
    buf_fini(&batch);
}

/* A consumer without members may make its group by committing. */
static int16_t open_group(struct broker *b, const struct offset_commit_request *r,
    int16_t version, struct coord_group **out)
{
    struct coord_groups *groups = broker_coord_groups(b);

    *out = coord_groups_find(groups, r->group_id);
    if (*out != NULL) {
        return (int16_t)coord_group_check_commit(
            *out, r->member_id, r->group_instance_id, r->generation_id_or_member_epoch);
    }
    if (r->generation_id_or_member_epoch >= 0) {
        return version >= GROUP_UNKNOWN_SINCE ? (int16_t)WIRE_CODE_GROUP_ID_NOT_FOUND
                                              : (int16_t)COORD_ERROR_GENERATION;
    }
    return (int16_t)coord_groups_open(groups, r->group_id, out);
}

/* Who commits is alive: as good as a heartbeat, whose answer goes to nobody. */
static void touch_member(
    struct broker *b, struct coord_group *group, const struct offset_commit_request *r)
{
    struct coord_event event = {.type = COORD_HEARTBEAT,
        .heartbeat = {.member_id = r->member_id,
            .instance_id = r->group_instance_id,
            .generation = r->generation_id_or_member_epoch}};

    if (r->generation_id_or_member_epoch >= 0) {
        broker_coord_step(b, group, &event);
    }
}

static void begin_rows(struct job *job, struct coord_group *group)
{
    for (size_t i = 0; i < job->count; i++) {
        struct row *row = &job->rows[i];
        if (row->answer->error_code == 0) {
            row->answer->error_code =
                (int16_t)coord_offsets_begin(&group->offsets, &row->commit);
            row->begun = row->answer->error_code == 0;
        }
    }
}

void broker_on_offset_commit(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct offset_commit_request *r = request;
    struct broker *b = s->broker;
    struct job *job = job_new(s, call, r);
    struct coord_group *group = NULL;

    if (job == NULL) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    if (count_good(job) == 0) {
        end(b, job);
        return;
    }
    int16_t error = open_group(b, r, call->version, &group);
    if (error != 0) {
        settle(job, group, error);
        end(b, job);
        return;
    }
    begin_rows(job, group);
    touch_member(b, group, r);
    if (count_good(job) > 0) {
        write_job(b, job);
        return;
    }
    group = coord_groups_find(broker_coord_groups(b), job->group);
    if (group != NULL) {
        broker_coord_release(b, group);
    }
    end(b, job);
}
