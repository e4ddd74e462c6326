#include "broker_job.h"

#include "broker_event.h"
#include "broker_topic.h"
#include "mem.h"
#include "wire_code.h"

#include <string.h>

#define JOB_MEMORY ((size_t)64 * 1024 * 1024)

const char broker_no_record[] = "nothing can be recorded by the audit now: try again";

struct broker_job *broker_job_new(const struct broker_call *call, size_t count,
    size_t item_size, void (*answer)(struct broker *b, struct broker_job *job))
{
    struct broker_job *job =
        count <= BROKER_TOPICS_A_REQUEST ? mem_alloc(1, sizeof(*job)) : NULL;

    if (job == NULL) {
        return NULL;
    }
    *job = (struct broker_job){.call = *call,
        .answer = answer,
        .count = count,
        .item_size = item_size,
        .waiting = 1};
    arena_init(&job->arena, JOB_MEMORY);
    job->items = arena_alloc(&job->arena, count, item_size);
    if (job->items == NULL) {
        broker_job_drop(job);
        return NULL;
    }
    return job;
}

void broker_job_drop(struct broker_job *job)
{
    if (job != NULL) {
        arena_fini(&job->arena);
        mem_free(job);
    }
}

void broker_job_release(struct broker *b, struct broker_job *job)
{
    if (--job->waiting > 0) {
        return;
    }
    job->answer(b, job);
    broker_job_drop(job);
}

struct wire_view broker_job_copy(struct broker_job *job, struct wire_view view)
{
    const char *copy =
        view.ptr == NULL ? NULL : arena_copy_text(&job->arena, view.ptr, view.len);

    return (struct wire_view){
        .ptr = (const uint8_t *)copy, .len = copy == NULL ? 0 : view.len};
}

static struct broker_item *item_at(struct broker_job *job, size_t i)
{
    return (struct broker_item *)(void *)((char *)job->items + i * job->item_size);
}

enum err broker_job_refuse_twice(struct broker_job *job, const char *message)
{
    struct table seen;
    enum err e = OK;

    table_init(&seen, job->count);
    for (size_t i = 0; e == OK && i < job->count; i++) {
        struct broker_item *item = item_at(job, i);
        struct broker_item *first = table_get(&seen, item->key.ptr, item->key.len);
        if (first == NULL) {
            e = table_put(&seen, item->key.ptr, item->key.len, item);
            continue;
        }
        broker_item_refuse(item, WIRE_CODE_INVALID_REQUEST, message);
        if (first->error == 0) {
            broker_item_refuse(first, WIRE_CODE_INVALID_REQUEST, message);
        }
    }
    table_fini(&seen);
    return e;
}

enum err broker_job_name_once(struct broker_job *job, const char *message)
{
    struct table seen;
    enum err e = OK;
    size_t kept = 0;

    table_init(&seen, job->count);
    for (size_t i = 0; e == OK && i < job->count; i++) {
        struct broker_item *item = item_at(job, i);
        struct broker_item *first = table_get(&seen, item->key.ptr, item->key.len);
        if (first != NULL) {
            if (message != NULL) {
                broker_item_refuse(first, WIRE_CODE_INVALID_REQUEST, message);
            }
            continue;
        }
        if (kept != i) {
            memcpy(item_at(job, kept), item, job->item_size);
            item = item_at(job, kept);
        }
        kept++;
        e = table_put(&seen, item->key.ptr, item->key.len, item);
    }
    table_fini(&seen);
    job->count = kept;
    return e;
}

void broker_item_refuse(struct broker_item *item, int16_t error, const char *message)
{
    item->error = error;
    item->message = message == NULL || message[0] == '\0'
                        ? NULL
                        : arena_copy_text(&item->job->arena, message, strlen(message));
}

void broker_item_begin(struct broker_item *item)
{
    item->job->waiting++;
}

/* An item may end while it starts: then the loop below goes on, not a deeper one. */
static void step(struct broker *b, struct broker_job *job)
{
    if (job->is_stepping) {
        return;
    }
    job->is_stepping = true;
    while (job->next < job->count && !job->has_one_in_hand) {
        struct broker_item *item = item_at(job, job->next++);
        if (item->error == 0 && !broker_is_waiting(b, &job->call)) {
            /* Nobody is left to hear of it, nor to answer for it. Our own share keeps the
             * job. */
            job->waiting--;
            item->error = WIRE_CODE_UNKNOWN_SERVER_ERROR;
        } else if (item->error == 0) {
            job->has_one_in_hand = true;
            if (item->verb != NULL && broker_trail_forbids_changes(b)) {
                broker_item_end(b, item, WIRE_CODE_REQUEST_TIMED_OUT, broker_no_record);
            } else {
                job->start(b, item);
            }
        }
    }
    job->is_stepping = false;
}

void broker_job_note_author(struct broker *b, struct broker_job *job)
{
    const struct broker_session *s = broker_session_find(b, job->call.gate);

    if (s != NULL && job->author.session == 0) {
        broker_event_note_author(&job->author, s);
    }
}

void broker_job_run(struct broker *b, struct broker_job *job,
    void (*start)(struct broker *b, struct broker_item *item))
{
    broker_job_note_author(b, job);
    job->start = start;
    for (size_t i = 0; i < job->count; i++) {
        if (item_at(job, i)->error == 0) {
            broker_item_begin(item_at(job, i));
        }
    }
    step(b, job);
}

void broker_item_end(
    struct broker *b, struct broker_item *item, int16_t error, const char *message)
{
    struct broker_session *s = broker_session_find(b, item->job->call.gate);

    if (error != 0) {
        broker_item_refuse(item, error, message);
    }
    if (item->verb != NULL) {
        enum ipc_outcome outcome = error == 0 ? IPC_OUTCOME_SUCCESS : IPC_OUTCOME_FAILURE;
        if (s != NULL) {
            broker_event_admin(
                b, s, item->verb, item->noun, item->name, outcome, message);
        } else {
            broker_event_admin_by(b, &item->job->author, item->verb, item->noun,
                item->name, outcome, message);
        }
    }
    item->job->has_one_in_hand = false;
    if (item->job->start != NULL) {
        step(b, item->job);
    }
    broker_job_release(b, item->job);
}

static void on_done(struct broker *b, void *context, int16_t error, const char *message)
{
    broker_item_end(b, context, error, message);
}

void broker_item_submit(
    struct broker *b, struct broker_item *item, struct meta_batch *batch)
{
    broker_job_note_author(b, item->job);
    broker_item_begin(item);
    bool is_forbidden = broker_trail_forbids_changes(b);
    if (is_forbidden || broker_store_is_busy(b)) {
        meta_abort(&b->controller, batch);
        meta_batch_fini(batch);
        on_done(b, item, WIRE_CODE_REQUEST_TIMED_OUT,
            is_forbidden ? broker_no_record : "too much is under way: try again");
        return;
    }
    broker_topic_submit(b, batch, on_done, item);
}

struct wire_view broker_item_message(const struct broker_item *item)
{
    return item->message == NULL ? (struct wire_view){0} : meta_view(item->message);
}
