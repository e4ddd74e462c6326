#include "broker_trail.h"

#include "broker_grant.h"
#include "broker_session.h"
#include "broker_status.h"
#include "clock.h"
#include "log.h"
#include "mem.h"

#include <string.h>

#define IN_FLIGHT_MAX 4096

struct broker_trail_event {
    struct broker_trail_event *next;
    uint64_t number;
    size_t bytes;
    struct ipc_event event; /* its texts lie behind this struct */
};

struct broker_trail_answer {
    struct broker_trail_answer *next;
    uint64_t record;
    struct broker_call call;
    struct ipc_response response; /* its body lies behind this struct */
};

static void on_late(void *context);
static void release_held(struct broker *b);

void broker_trail_init(struct broker *b)
{
    enum ipc_audit_failure mode = b->trail.mode;

    b->trail = (struct broker_trail){
        .mode = mode == 0 ? IPC_AUDIT_READONLY : mode, .log = &b->audit_log};
    b->trail.late = (struct loop_timer){.on_timer = on_late, .context = b};
}

/* Only what was sent: none of these is t->unsent, but at the end of all. */
static void drop_first(struct broker_trail *t)
{
    struct broker_trail_event *e = t->first;

    t->first = e->next;
    t->last = t->first == NULL ? NULL : t->last;
    t->count--;
    t->bytes -= e->bytes;
    mem_free(e);
}

static void forget(struct broker_trail *t, struct broker_trail_answer **at)
{
    struct broker_trail_answer *a = *at;

    *at = a->next;
    t->held_bytes -= sizeof(*a) + a->response.body.len;
    mem_free(a);
}

void broker_trail_fini(struct broker *b)
{
    struct broker_trail *t = &b->trail;

    while (t->first != NULL) {
        drop_first(t);
    }
    while (t->held != NULL) {
        forget(t, &t->held);
    }
    loop_timer_cancel(b->role.loop, &t->late);
}

/* --- failure ---------------------------------------------------------------------------- */

bool broker_trail_forbids_changes(const struct broker *b)
{
    return b->trail.failing && b->trail.mode != IPC_AUDIT_DROP;
}

bool broker_trail_forbids_all(const struct broker *b)
{
    return b->trail.failing && b->trail.mode == IPC_AUDIT_BLOCK;
}

/* True: something should be on disk by now, or nobody is there to take it. */
static bool is_waiting(const struct broker *b)
{
    return b->trail.first != NULL || !ipc_link_is_open(&b->audit);
}

static void watch(struct broker *b)
{
    struct broker_trail *t = &b->trail;

    if (!is_waiting(b)) {
        loop_timer_cancel(b->role.loop, &t->late);
    } else if (!t->late.armed && !t->failing &&
               loop_timer_set(b->role.loop, &t->late,
                   loop_now_ms(b->role.loop) + BROKER_TRAIL_LATE_MS) != OK) {
        on_late(b); /* that nobody would see */
    }
}

static void on_late(void *context)
{
    static const char *const words[] = {[IPC_AUDIT_BLOCK] = "everything waits for it",
        [IPC_AUDIT_READONLY] = "nothing is changed meanwhile",
        [IPC_AUDIT_DROP] = "what is missing is counted"};
    struct broker *b = context;
    struct broker_trail *t = &b->trail;

    if (t->failing || !is_waiting(b)) {
        return;
    }
    t->failing = true;
    t->failing_since_ms = clock_wall_ms();
    log_err("the audit does not take records: %s [AUD011]", words[t->mode]);
    if (t->mode == IPC_AUDIT_DROP) {
        release_held(b);
    } else {
        broker_grant_suspend(b, t->mode == IPC_AUDIT_BLOCK);
    }
    broker_status_on_trail(b);
}

/* What was lost is itself a record. */
static void tell_end(struct broker *b)
{
    struct broker_trail *t = &b->trail;
    uint64_t lost = t->lost;
    struct ipc_event event = {.time_ms = clock_wall_ms(),
        .kind = lost > 0 ? IPC_EVENT_GAP : IPC_EVENT_AUDIT,
        .outcome = IPC_OUTCOME_FAILURE,
        .operation = ipc_text("record"),
        .reason = ipc_text(lost > 0 ? "so many events could not be recorded"
                                    : "nothing could be recorded for a while"),
        .count = lost > UINT32_MAX ? UINT32_MAX : (uint32_t)lost,
        .first_time_ms = lost > 0 ? t->lost_since_ms : t->failing_since_ms};

    t->lost = 0;
    if (broker_trail_add(b, &event, true) == BROKER_TRAIL_NEVER) {
        t->lost += lost; /* told the next time */
    }
}

static void end_failure(struct broker *b)
{
    struct broker_trail *t = &b->trail;

    if (t->failing) {
        t->failing = false;
        log_info("the audit takes records again; %llu were lost [AUD012]",
            (unsigned long long)t->lost);
        tell_end(b);
    } else if (t->lost > 0) {
        tell_end(b);
    }
}

/* --- events ----------------------------------------------------------------------------- */

static struct ipc_view *text_of(struct ipc_event *event, const struct ipc_field *field)
{
    return (struct ipc_view *)(void *)((char *)event + field->offset);
}

static struct broker_trail_event *event_new(const struct ipc_event *event)
{
    const struct ipc_info *info = ipc_info(IPC_MSG_EVENT);
    struct ipc_event copy = *event;
    size_t bytes = sizeof(struct broker_trail_event);

    for (size_t i = 0; i < info->field_count; i++) {
        bytes +=
            info->fields[i].kind == IPC_TEXT ? text_of(&copy, &info->fields[i])->len : 0;
    }
    struct broker_trail_event *e = mem_alloc(1, bytes);
    if (e == NULL) {
        return NULL;
    }
    *e = (struct broker_trail_event){.bytes = bytes, .event = copy};
    uint8_t *at = (uint8_t *)(e + 1);
    for (size_t i = 0; i < info->field_count; i++) {
        struct ipc_view *text = text_of(&e->event, &info->fields[i]);
        if (info->fields[i].kind == IPC_TEXT && text->len > 0) {
            memcpy(at, text->ptr, text->len);
            text->ptr = at;
            at += text->len;
        }
    }
    return e;
}

static void complain(struct broker *b)
{
    uint64_t left_out = 0;

    if (log_limit_allows(b->trail.log, loop_now_ms(b->role.loop), &left_out)) {
        log_err("an audit event could not be sent; %llu more not shown [AUD003]",
            (unsigned long long)left_out);
    }
}

static struct broker_trail_event *keep(
    struct broker_trail *t, const struct ipc_event *event, bool is_change)
{
    size_t most = is_change ? BROKER_TRAIL_CHANGES_MAX : BROKER_TRAIL_EVENTS_MAX;
    size_t most_bytes = is_change ? 2 * BROKER_TRAIL_BYTES_MAX : BROKER_TRAIL_BYTES_MAX;
    struct broker_trail_event *e =
        t->count >= most || t->bytes >= most_bytes ? NULL : event_new(event);

    if (e == NULL) {
        t->lost_since_ms = t->lost == 0 ? event->time_ms : t->lost_since_ms;
        t->lost++;
        return NULL;
    }
    e->number = ++t->sent;
    struct broker_trail_event **end = t->first == NULL ? &t->first : &t->last->next;
    *end = e;
    t->last = e;
    t->unsent = t->unsent == NULL ? e : t->unsent;
    t->count++;
    t->bytes += e->bytes;
    return e;
}

/* As many as audit may have in hand; then one question, whose answer covers all of them. */
static void pump(struct broker *b)
{
    struct broker_trail *t = &b->trail;

    while (t->unsent != NULL && t->written < t->synced + IN_FLIGHT_MAX &&
           ipc_link_send(&b->audit, IPC_MSG_EVENT, 0, &t->unsent->event, -1) == OK) {
        t->written = t->unsent->number;
        t->unsent = t->unsent->next;
    }
    struct ipc_audit_sync sync = {.number = t->written};
    if (t->asked <= t->synced && t->written > t->synced &&
        ipc_link_send(&b->audit, IPC_MSG_AUDIT_SYNC, 0, &sync, -1) == OK) {
        t->asked = t->written;
    }
}

uint64_t broker_trail_add(struct broker *b, const struct ipc_event *event, bool is_change)
{
    const struct broker_trail_event *e = keep(&b->trail, event, is_change);

    if (e == NULL) {
        complain(b);
        watch(b);
        return BROKER_TRAIL_NEVER;
    }
    uint64_t number = e->number;
    pump(b);
    watch(b);
    return number;
}

void broker_trail_connected(struct broker *b)
{
    struct broker_trail *t = &b->trail;

    t->written = t->asked = t->synced;
    t->unsent = t->first;
    if (t->first == NULL && (t->failing || t->lost > 0)) {
        tell_end(b); /* its answer tells whether it works again */
    }
    pump(b);
    watch(b);
}

void broker_trail_disconnected(struct broker *b)
{
    watch(b);
}

enum err broker_trail_on_synced(void *context, const struct ipc_received *m)
{
    struct broker *b = context;
    struct broker_trail *t = &b->trail;
    uint64_t number = m->body.audit_synced.number;

    if (number <= t->synced || number > t->asked) {
        return ERR_INVALID;
    }
    t->synced = number;
    while (t->first != NULL && t->first->number <= number) {
        drop_first(t);
    }
    loop_timer_cancel(b->role.loop, &t->late);
    end_failure(b);
    pump(b);
    watch(b);
    release_held(b);
    broker_status_on_trail(b);
    return OK;
}

/* --- answers ---------------------------------------------------------------------------- */

bool broker_trail_has(const struct broker *b, uint64_t record)
{
    bool is_lax = b->trail.mode == IPC_AUDIT_DROP &&
                  (b->trail.failing || record == BROKER_TRAIL_NEVER);

    return is_lax || record <= b->trail.synced;
}

bool broker_trail_hold(struct broker *b, uint64_t record, const struct broker_call *call,
    const struct ipc_response *response)
{
    struct broker_trail *t = &b->trail;
    size_t bytes = sizeof(struct broker_trail_answer) + response->body.len;
    bool fits =
        record != BROKER_TRAIL_NEVER && t->held_bytes + bytes <= BROKER_TRAIL_HELD_BYTES;
    struct broker_trail_answer *a = fits ? mem_alloc(1, bytes) : NULL;

    if (a == NULL) {
        return false;
    }
    *a = (struct broker_trail_answer){
        .next = t->held, .record = record, .call = *call, .response = *response};
    uint8_t *body = (uint8_t *)(a + 1);
    if (response->body.len > 0) {
        memcpy(body, response->body.ptr, response->body.len);
    }
    a->response.body.ptr = body;
    t->held = a;
    t->held_bytes += bytes;
    return true;
}

/* What is sent may end sessions, which forget what is held for them: nothing here lasts
 * over an answer but the two lists. */
static void release_held(struct broker *b)
{
    struct broker_trail *t = &b->trail;
    struct broker_trail_answer **at = &t->held;

    while (*at != NULL) {
        struct broker_trail_answer *a = *at;
        if (!broker_trail_has(b, a->record)) {
            at = &a->next;
            continue;
        }
        *at = a->next;
        a->next = t->free_to_go;
        t->free_to_go = a;
    }
    while (t->free_to_go != NULL) {
        struct broker_trail_answer *a = t->free_to_go;
        t->free_to_go = a->next;
        t->held_bytes -= sizeof(*a) + a->response.body.len;
        broker_session_answer(b, &a->call, &a->response);
        mem_free(a);
    }
}

static void forget_in(
    struct broker_trail *t, struct broker_trail_answer **at, uint64_t gate)
{
    while (*at != NULL) {
        if ((*at)->call.gate == gate) {
            forget(t, at);
        } else {
            at = &(*at)->next;
        }
    }
}

void broker_trail_forget(struct broker *b, uint64_t gate)
{
    forget_in(&b->trail, &b->trail.held, gate);
    forget_in(&b->trail, &b->trail.free_to_go, gate);
}
