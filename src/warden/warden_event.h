/*
 * warden_event - what the warden tells audit: processes that start, end and are reloaded.
 *
 * While there is no audit the last events are kept, the end of audit itself among them, and
 * told with their own time when there is one again.
 *
 * What was sent is not kept: when audit ends before it says that all is on disk, something
 * may be missing, and whoever waits for a record hears that it is not confirmed.
 *
 * Limits: WARDEN_EVENTS_MAX; what is above is counted, and told as a gap.
 * WARDEN_EVENT_LATE_MS, and one who waits.
 */
#ifndef WARDEN_EVENT_H
#define WARDEN_EVENT_H

#include "err.h"
#include "ipc_words.h"
#include "loop.h"

#define WARDEN_EVENTS_MAX    64
#define WARDEN_EVENT_LATE_MS 3000

struct warden;

struct warden_events {
    struct warden_event_kept {
        int64_t time_ms;
        enum ipc_event_kind kind;
        enum ipc_outcome outcome;
        char operation[33];
        char name[256];
        char reason[256];
    } kept[WARDEN_EVENTS_MAX];
    size_t count;
    uint32_t lost;
    int64_t lost_since_ms;
    uint64_t breaks; /* how often some may have been lost */
    uint64_t asked;  /* the number of the last AUDIT_SYNC */
    bool is_asked;   /* ... for the wait of now */
    uint64_t since;  /* breaks when the records began that are waited for */
    struct loop_timer late;
    void (*on_end)(struct warden *w, bool is_recorded); /* NULL: nobody waits */
};

void warden_event(struct warden *w, enum ipc_event_kind kind, enum ipc_outcome outcome,
    const char *operation, const char *name, const char *reason);
/* Audit is there: it hears what was kept. */
void warden_event_catch_up(struct warden *w);
/* Audit ended: what it had may not be on disk. */
void warden_event_broken(struct warden *w);

/*
 * Calls on_end once, from here or from the loop: true as soon as every event is on disk,
 * false when that is not said in time, or when events may have been lost since
 * events.breaks was `since`. Who waited before is forgotten.
 */
void warden_event_await(
    struct warden *w, uint64_t since, void (*on_end)(struct warden *w, bool is_recorded));
/* Nobody waits any more. */
void warden_event_forget(struct warden *w);
/* AUDIT_SYNCED. ERR_INVALID: nobody asked for that number. */
enum err warden_event_on_synced(struct warden *w, uint64_t number) MUST_CHECK;

#endif
