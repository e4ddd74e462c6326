/*
 * broker_trail - broker's end of the way to the audit: what was sent and is not on disk
 * yet, which answers wait for that, and what goes on while nothing can be recorded.
 *
 * Every event has a number. It is kept until audit says that it is on disk, and sent again
 * when audit was started anew: after a crash of audit it may stand in the trail twice, but
 * it stands there. The audit fails when it is gone, or silent, for BROKER_TRAIL_LATE_MS
 * while something waits for it. Then, by audit.on.failure:
 *
 * block          no data passes, nothing is changed, nobody is told of a login or a refusal
 * readonly       nothing is changed, and nothing written; reading goes on
 * drop-and-count everything goes on; what could not be kept is counted
 *
 * An answer to a request that changed something, or with `block` to one that left any
 * record, is held until that record is on disk, whatever the mode but the last says.
 *
 * Trust: audit may be slow, dead or taken over; it can hold answers back, not make them.
 *
 * Ownership: events and held answers are copies, in b->trail. Limits: the constants below;
 * what does not fit is counted, and told by an event when there is room again. What nobody
 * may miss, a record of a change, has room of its own; a change whose record does not even
 * fit there is never acknowledged.
 */
#ifndef BROKER_TRAIL_H
#define BROKER_TRAIL_H

#include "ipc_link.h"
#include "ipc_words.h"

#define BROKER_TRAIL_LATE_MS    1000
#define BROKER_TRAIL_EVENTS_MAX 65536
#define BROKER_TRAIL_BYTES_MAX  ((size_t)64 * 1024 * 1024)
/* ... and for changes, as many again. */
#define BROKER_TRAIL_CHANGES_MAX (2 * BROKER_TRAIL_EVENTS_MAX)
#define BROKER_TRAIL_HELD_BYTES  ((size_t)128 * 1024 * 1024)

/* An answer without a record: none is given. */
#define BROKER_TRAIL_NEVER UINT64_MAX

struct broker;
struct broker_call;

struct broker_trail {
    enum ipc_audit_failure mode;
    uint64_t sent;    /* number of the last event */
    uint64_t written; /* ... of the last that went to this audit */
    uint64_t asked;   /* AUDIT_SYNC said so; > synced: no answer to it yet */
    uint64_t synced;  /* everything up to this number is on disk */
    struct broker_trail_event *first; /* not on disk yet, the oldest first */
    struct broker_trail_event *last;
    struct broker_trail_event *unsent; /* the first of them that did not go yet */
    size_t count;
    size_t bytes;
    struct broker_trail_answer *held;
    struct broker_trail_answer *free_to_go; /* on their way out */
    size_t held_bytes;
    uint64_t lost; /* events that nobody will find */
    int64_t lost_since_ms;
    bool failing;
    int64_t failing_since_ms; /* wall time */
    struct loop_timer late;
    struct log_limit *log; /* borrowed: broker's */
};

void broker_trail_init(struct broker *b);
void broker_trail_fini(struct broker *b);

/*
 * Sends an event, and asks for it to be on disk. is_change: an allowed change of state.
 * Its number; BROKER_TRAIL_NEVER: it could not be kept.
 */
uint64_t broker_trail_add(
    struct broker *b, const struct ipc_event *event, bool is_change);

/* The link to audit is there, or there again: what may be lost is sent once more. */
void broker_trail_connected(struct broker *b);
void broker_trail_disconnected(struct broker *b);
/* Row for the dispatch table: AUDIT_SYNCED. */
enum err broker_trail_on_synced(void *context, const struct ipc_received *m) MUST_CHECK;

/* Nothing may be changed now. */
bool broker_trail_forbids_changes(const struct broker *b);
/* Nothing may be read now: block. */
bool broker_trail_forbids_all(const struct broker *b);

/* Whether an answer that needs this record may go out now. */
bool broker_trail_has(const struct broker *b, uint64_t record);
/* ... or else is kept until it may. False: there is no room to keep it. body is copied. */
bool broker_trail_hold(struct broker *b, uint64_t record, const struct broker_call *call,
    const struct ipc_response *response) MUST_CHECK;
/* Forgets what is held for that gate. */
void broker_trail_forget(struct broker *b, uint64_t gate);

#endif
