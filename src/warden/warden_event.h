/*
 * warden_event - what the warden tells audit: processes that start, end and are reloaded.
 *
 * While there is no audit the last events are kept, the end of audit itself among them, and
 * told with their own time when there is one again.
 *
 * Limits: WARDEN_EVENTS_MAX; what is above is counted, and told as a gap.
 */
#ifndef WARDEN_EVENT_H
#define WARDEN_EVENT_H

#include "ipc_words.h"

#define WARDEN_EVENTS_MAX 64

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
};

void warden_event(struct warden *w, enum ipc_event_kind kind, enum ipc_outcome outcome,
    const char *operation, const char *name, const char *reason);
/* Audit is there: it hears what was kept. */
void warden_event_catch_up(struct warden *w);

#endif
