#include "warden_event.h"

#include "clock.h"
#include "log.h"
#include "warden_child.h"

#include <stdio.h>
#include <string.h>

static void copy_text(char *out, size_t size, const char *text)
{
    (void)snprintf(out, size, "%s", text);
}

static bool send(struct warden *w, const struct warden_event_kept *k)
{
    struct warden_child *audit = warden_child_ready(w, IPC_AUDIT);
    struct ipc_event event = {.time_ms = k->time_ms,
        .kind = (uint16_t)k->kind,
        .outcome = (uint8_t)k->outcome,
        .operation = ipc_text(k->operation),
        .name = ipc_text(k->name),
        .reason = ipc_text(k->reason),
        .count = 1};

    return audit != NULL &&
           ipc_link_send(&audit->link, IPC_MSG_EVENT, 0, &event, -1) == OK;
}

static void keep(struct warden *w, const struct warden_event_kept *k)
{
    struct warden_events *e = &w->events;

    if (e->count < WARDEN_EVENTS_MAX) {
        e->kept[e->count++] = *k;
        return;
    }
    e->breaks++;
    e->lost_since_ms = e->lost == 0 ? k->time_ms : e->lost_since_ms;
    e->lost += e->lost < UINT32_MAX ? 1 : 0;
    if (e->lost == 1) {
        log_err("an audit event could not be sent [AUD003]");
    }
}

void warden_event(struct warden *w, enum ipc_event_kind kind, enum ipc_outcome outcome,
    const char *operation, const char *name, const char *reason)
{
    struct warden_event_kept k = {
        .time_ms = clock_wall_ms(), .kind = kind, .outcome = outcome};

    copy_text(k.operation, sizeof(k.operation), operation);
    copy_text(k.name, sizeof(k.name), name);
    copy_text(k.reason, sizeof(k.reason), reason);
    if (w->events.count > 0 || !send(w, &k)) {
        keep(w, &k); /* the order stays */
    }
}

static void tell_lost(struct warden *w)
{
    struct warden_events *e = &w->events;
    struct warden_child *audit = warden_child_ready(w, IPC_AUDIT);
    struct ipc_event event = {.time_ms = clock_wall_ms(),
        .kind = IPC_EVENT_GAP,
        .outcome = IPC_OUTCOME_FAILURE,
        .operation = ipc_text("record"),
        .reason = ipc_text("so many events of processes could not be recorded"),
        .count = e->lost,
        .first_time_ms = e->lost_since_ms};

    if (e->lost > 0 && audit != NULL &&
        ipc_link_send(&audit->link, IPC_MSG_EVENT, 0, &event, -1) == OK) {
        e->lost = 0;
    }
}

/* --- until they are on disk --- */

static void end_wait(struct warden *w, bool is_recorded)
{
    void (*on_end)(struct warden *, bool) = w->events.on_end;

    warden_event_forget(w);
    if (on_end != NULL) {
        on_end(w, is_recorded);
    }
}

static void on_late(void *context)
{
    end_wait(context, false);
}

static void ask(struct warden *w)
{
    struct warden_events *e = &w->events;
    struct warden_child *audit = warden_child_ready(w, IPC_AUDIT);
    struct ipc_audit_sync sync = {.number = e->asked + 1};

    if (e->on_end == NULL) {
        return;
    }
    if (e->breaks != e->since) {
        end_wait(w, false);
    } else if (e->count == 0 && audit != NULL &&
               ipc_link_send(&audit->link, IPC_MSG_AUDIT_SYNC, 0, &sync, -1) == OK) {
        e->asked++; /* otherwise when audit is there */
        e->is_asked = true;
    }
}

void warden_event_await(
    struct warden *w, uint64_t since, void (*on_end)(struct warden *w, bool is_recorded))
{
    struct warden_events *e = &w->events;

    warden_event_forget(w);
    e->since = since;
    e->on_end = on_end;
    e->late = (struct loop_timer){.on_timer = on_late, .context = w};
    if (loop_timer_set(w->loop, &e->late, clock_mono_ms() + WARDEN_EVENT_LATE_MS) != OK) {
        end_wait(w, false);
    } else {
        ask(w);
    }
}

void warden_event_forget(struct warden *w)
{
    w->events.on_end = NULL;
    w->events.is_asked = false;
    loop_timer_cancel(w->loop, &w->events.late);
}

enum err warden_event_on_synced(struct warden *w, uint64_t number)
{
    if (number == 0 || number > w->events.asked) {
        return ERR_INVALID;
    }
    /* One before is that of a wait which is over. */
    if (w->events.is_asked && number == w->events.asked) {
        end_wait(w, true);
    }
    return OK;
}

void warden_event_broken(struct warden *w)
{
    w->events.breaks++;
    ask(w);
}

void warden_event_catch_up(struct warden *w)
{
    struct warden_events *e = &w->events;
    size_t sent = 0;

    while (sent < e->count && send(w, &e->kept[sent])) {
        sent++;
    }
    e->count -= sent;
    memmove(e->kept, e->kept + sent, e->count * sizeof(e->kept[0]));
    if (e->count == 0) {
        tell_lost(w);
    }
    ask(w);
}
