#include "broker_acl_queue.h"

#include "broker_authz.h"
#include "broker_denial.h"
#include "broker_review.h"
#include "broker_topic.h"
#include "broker_trail.h"
#include "meta_name.h"
#include "wire_code.h"

#include <stdio.h>

/* Of one request: what store writes as one batch, with room to spare. */
#define BATCH_LIMIT ((size_t)8 * 1024 * 1024)

static void advance(struct broker *b);

/* --- a request -------------------------------------------------------------------------- */

static struct broker_item *item_at(struct broker_job *job, size_t i)
{
    return (struct broker_item *)(void *)((char *)job->items + i * job->item_size);
}

void broker_acl_request_refuse(
    struct broker_acl_request *r, int16_t error, const char *message)
{
    for (size_t i = 0; i < r->job->count; i++) {
        if (item_at(r->job, i)->error == 0) {
            broker_item_refuse(item_at(r->job, i), error, message);
        }
    }
}

/* An event for each rule. */
static void tell(
    struct broker *b, struct broker_acl_request *r, int16_t error, const char *message)
{
    struct broker_session *s = broker_session_find(b, r->job->call.gate);
    enum ipc_outcome outcome = error == 0 ? IPC_OUTCOME_SUCCESS : IPC_OUTCOME_FAILURE;
    char text[BROKER_ACL_TEXT_MAX];

    for (size_t i = 0; i < r->count; i++) {
        broker_acl_text(&r->acls[i], text);
        if (s != NULL) {
            broker_event_admin(b, s, r->verb, "acl", meta_view(text), outcome, message);
        } else {
            broker_event_admin_by(
                b, &r->job->author, r->verb, "acl", meta_view(text), outcome, message);
        }
    }
}

void broker_acl_request_fail(
    struct broker *b, struct broker_acl_request *r, int16_t error, const char *message)
{
    broker_acl_request_refuse(r, error, message);
    tell(b, r, error, message);
}

/* --- the queue -------------------------------------------------------------------------- */

/* The first one is done: it is answered, and leaves. */
static void finish(struct broker *b)
{
    struct broker_acl_request *r = b->acls.first;

    b->acls.first = r->next;
    if (b->acls.first == NULL) {
        b->acls.last = NULL;
    }
    policy_free(&r->fresh);
    broker_job_release(b, r->job); /* r is gone with it */
    advance(b);
}

/* Store is to acknowledge all that it was told before, where any of it was by this one. */
static void await_store(struct broker *b, struct broker_acl_request *r, bool is_any)
{
    r->is_reviewed = true;
    r->revokes = is_any ? b->revokes : 0;
    if (r->revokes == 0) {
        finish(b);
    }
}

static void on_written(
    struct broker *b, void *context, int16_t error, const char *message)
{
    struct broker_acl_request *r = context;

    if (error != 0) {
        broker_acl_request_fail(b, r, error, message);
        finish(b);
        return;
    }
    size_t before = b->revokes;
    broker_acl_install(b, &r->fresh);
    r->is_in_force = true;
    tell(b, r, 0, NULL);
    if (broker_review_is_over(b)) {
        await_store(b, r, b->revokes > before);
    }
}

void broker_acl_queue_reviewed(struct broker *b)
{
    struct broker_acl_request *r = b->acls.first;

    if (r != NULL && r->is_in_force && !r->is_reviewed && broker_review_is_over(b)) {
        await_store(b, r, true);
    }
}

void broker_acl_queue_revoked(struct broker *b)
{
    struct broker_acl_request *r = b->acls.first;

    if (r != NULL && r->is_reviewed && --r->revokes == 0) {
        finish(b);
    }
}

static const char *why_not(char *out, size_t size, enum err e, const char *too_many)
{
    if (too_many == NULL) {
        return err_text(e);
    }
    (void)snprintf(out, size, "there would be too many %s", too_many);
    return out;
}

/* Takes the batch. */
static void submit(
    struct broker *b, struct broker_acl_request *r, struct meta_batch *batch)
{
    struct broker_acl_change change = {.with = r->rows == NULL ? r->acls : NULL,
        .with_count = r->rows == NULL ? r->count : 0,
        .without = r->rows,
        .without_count = r->rows == NULL ? 0 : r->count};
    const char *too_many = NULL;
    char text[128];
    enum err e = broker_acl_build(b, &change, &r->fresh, &too_many);
    bool is_forbidden = broker_trail_forbids_changes(b);
    bool is_late = e == OK && (is_forbidden || broker_store_is_busy(b));

    if (e == OK && !is_late) {
        broker_topic_submit(b, batch, on_written, r);
        return;
    }
    meta_abort(&b->controller, batch);
    meta_batch_fini(batch);
    int16_t code = is_late          ? WIRE_CODE_REQUEST_TIMED_OUT
                   : e == ERR_NOMEM ? WIRE_CODE_UNKNOWN_SERVER_ERROR
                                    : WIRE_CODE_POLICY_VIOLATION;
    const char *why = !is_late       ? why_not(text, sizeof(text), e, too_many)
                      : is_forbidden ? broker_no_record
                                     : "too much is under way: try again";
    broker_acl_request_fail(b, r, code, why);
    finish(b);
}

static bool may_still(struct broker *b, struct broker_acl_request *r)
{
    struct broker_session *s = broker_session_find(b, r->job->call.gate);

    if (s == NULL || !broker_is_waiting(b, &r->job->call)) {
        broker_acl_request_refuse(r, WIRE_CODE_UNKNOWN_SERVER_ERROR, "who asked is gone");
        return false;
    }
    if (!broker_may_cluster(s, POLICY_ALTER, false)) {
        int16_t code = WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED;
        broker_acl_request_refuse(r, code, broker_denial_text(s, code));
        return false;
    }
    return true;
}

static void begin(struct broker *b, struct broker_acl_request *r)
{
    struct meta_batch batch;

    r->has_begun = true;
    if (!may_still(b, r)) {
        finish(b);
        return;
    }
    meta_batch_init(&batch, BATCH_LIMIT);
    if (r->decide(b, r, &batch)) {
        submit(b, r, &batch);
        return;
    }
    meta_batch_fini(&batch);
    finish(b);
}

/* A request may end while it begins: then the loop below goes on, not a deeper one. */
static void advance(struct broker *b)
{
    if (b->acls.is_advancing) {
        return;
    }
    b->acls.is_advancing = true;
    while (b->acls.first != NULL && !b->acls.first->has_begun) {
        begin(b, b->acls.first);
    }
    b->acls.is_advancing = false;
}

static bool is_any_left(struct broker_job *job)
{
    size_t i = 0;

    while (i < job->count && item_at(job, i)->error != 0) {
        i++;
    }
    return i < job->count;
}

/* NULL: there was no memory for it, and all of its job is refused. */
static void add(struct broker *b, struct broker_job *job, struct broker_acl_request *r)
{
    if (r == NULL || !is_any_left(job)) {
        broker_job_release(b, job);
        return;
    }
    broker_job_note_author(b, job);
    if (b->acls.last == NULL) {
        b->acls.first = r;
    } else {
        b->acls.last->next = r;
    }
    b->acls.last = r;
    advance(b);
}

/* In the job's arena; NULL: no memory. */
static struct broker_acl_request *request_new(
    struct broker_job *job, const struct broker_acl_api *api)
{
    struct broker_acl_request *r = arena_alloc(&job->arena, 1, sizeof(*r));

    if (r != NULL) {
        *r = (struct broker_acl_request){
            .job = job, .verb = api->verb, .decide = api->decide};
    }
    return r;
}

void broker_acl_queue_take(struct broker_session *s, const struct broker_call *call,
    const struct broker_acl_api *api, const struct wire_array *asked)
{
    struct broker *b = s->broker;
    size_t count = asked->count > 0 ? (size_t)asked->count : 0;
    struct broker_job *job = broker_job_new(call, count, api->item_size, api->answer);
    bool may = broker_may_cluster(s, POLICY_ALTER, false);
    const char *denied =
        may ? NULL : broker_denial_text(s, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);

    if (job == NULL) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    struct broker_acl_request *r = request_new(job, api);
    job->response = r;
    for (size_t i = 0; i < count; i++) {
        struct broker_item *item = item_at(job, i);
        *item = (struct broker_item){.job = job};
        if (!may) {
            broker_item_refuse(item, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED, denied);
        } else if (r == NULL) {
            broker_item_refuse(item, WIRE_CODE_UNKNOWN_SERVER_ERROR, "out of memory");
        } else {
            api->judge(s, asked, i, item);
        }
    }
    add(b, job, r);
}
