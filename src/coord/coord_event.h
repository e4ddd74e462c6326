/*
 * coord_event - what happens to a consumer group, and what comes of it.
 *
 * Each request carries a token; the group answers each token exactly once, at once or in
 * a later update.
 *
 * Trust: strings and bytes in an event are a peer's, decoded and authorized, not yet
 * checked.
 *
 * Ownership: an event borrows everything; the group copies what it keeps. Views in an
 * answer borrow the event and the group: they are good until the next step of that group.
 */
#ifndef COORD_EVENT_H
#define COORD_EVENT_H

#include "buf.h"
#include "wire_types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The codes of the Kafka protocol that a group answers. */
enum coord_error {
    COORD_ERROR_SERVER = -1,
    COORD_ERROR_NONE = 0,
    COORD_ERROR_OFFSET_METADATA = 12,
    COORD_ERROR_NOT_AVAILABLE = 15,
    COORD_ERROR_GENERATION = 22,
    COORD_ERROR_PROTOCOL = 23,
    COORD_ERROR_GROUP_ID = 24,
    COORD_ERROR_MEMBER = 25,
    COORD_ERROR_SESSION_TIMEOUT = 26,
    COORD_ERROR_REBALANCING = 27,
    COORD_ERROR_OFFSET_SIZE = 28,
    COORD_ERROR_REQUEST = 42,
    COORD_ERROR_MEMBER_ID_REQUIRED = 79,
    COORD_ERROR_GROUP_FULL = 81,
    COORD_ERROR_FENCED = 82,
};

enum coord_event_type {
    COORD_JOIN,
    COORD_SYNC,
    COORD_HEARTBEAT,
    COORD_LEAVE,
    COORD_TICK,
    COORD_PERSISTED, /* the store wrote a group record, or could not */
    COORD_FORGET,    /* a group without members and offsets may go */
    COORD_CLOSE,     /* the group is going away: answer everybody */
};

struct coord_protocol {
    struct wire_view name;
    struct wire_view metadata;
};

struct coord_join {
    struct wire_view member_id;   /* empty: a new member */
    struct wire_view instance_id; /* null: not a static member */
    struct wire_view client_id;
    struct wire_view client_host;
    struct wire_uuid random; /* makes a member id that nobody guesses */
    int32_t session_timeout_ms;
    int32_t rebalance_timeout_ms; /* below zero: as the session timeout */
    struct wire_view protocol_type;
    const struct coord_protocol *protocols; /* in order of preference */
    size_t protocol_count;
    bool requires_member_id;  /* JoinGroup 4 and later */
    bool can_skip_assignment; /* JoinGroup 9 and later */
};

struct coord_assignment {
    struct wire_view member_id;
    struct wire_view bytes;
};

struct coord_sync {
    struct wire_view member_id;
    struct wire_view instance_id;
    int32_t generation;
    struct wire_view protocol_type; /* null: not said */
    struct wire_view protocol;      /* null: not said */
    const struct coord_assignment *assignments;
    size_t assignment_count;
};

struct coord_heartbeat {
    struct wire_view member_id;
    struct wire_view instance_id;
    int32_t generation;
};

struct coord_leaver {
    struct wire_view member_id;
    struct wire_view instance_id;
};

struct coord_leave {
    const struct coord_leaver *leavers;
    size_t count;
    enum coord_error *errors; /* count of them: written by the step */
};

struct coord_persisted {
    uint64_t write; /* the number that the update gave */
    bool ok;
};

struct coord_event {
    bool is_crowded; /* a group with nothing left is to go at once */
    enum coord_event_type type;
    uint64_t token;  /* of the four requests */
    int64_t now_ms;  /* never goes back; all timeouts count in it */
    int64_t wall_ms; /* goes into records only */
    union {
        struct coord_join join;
        struct coord_sync sync;
        struct coord_heartbeat heartbeat;
        struct coord_leave leave;
        struct coord_persisted persisted;
    };
};

enum coord_answer_type {
    COORD_ANSWER_JOIN,
    COORD_ANSWER_SYNC,
    COORD_ANSWER_HEARTBEAT,
    COORD_ANSWER_LEAVE,
};

struct coord_answer {
    enum coord_answer_type type;
    enum coord_error error;
    uint64_t token;
    int32_t generation;             /* join; -1 on error */
    struct wire_view protocol_type; /* join, sync; null on error */
    struct wire_view protocol;      /* join, sync; null on error */
    struct wire_view leader;        /* join */
    struct wire_view member_id;     /* join */
    bool with_members;    /* join of the leader: list coord_group_member() of all */
    bool skip_assignment; /* join */
    struct wire_view assignment; /* sync */
};

/* What came of one step. Made once, used for every step. */
struct coord_update {
    struct coord_answer *answers; /* owned */
    size_t answer_count;
    size_t answers_max;
    bool persist;        /* write key and value to the group's partition ... */
    uint64_t write;      /* ... then say so in a COORD_PERSISTED with this number */
    struct buf key;      /* owned */
    struct buf value;    /* owned; empty: a tombstone */
    int64_t next_due_ms; /* when to send a COORD_TICK at the latest; INT64_MAX: never */
};

#endif
