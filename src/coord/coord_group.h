/*
 * coord_group - one consumer group of the classic protocol: who is in it and in which
 * state it is.
 *
 * coord_step() (coord_step.h) is the only thing that changes a living group; coord_groups
 * loads one from records. What is here reads, and holds what the parts of the step share.
 *
 * Trust: members are peers that we never saw. Every list has a limit, every byte is
 * charged.
 *
 * Ownership: owns its members and offsets; borrows limits and budget. A removed member
 * stays in memory until the next step, because answers still point at it.
 */
#ifndef COORD_GROUP_H
#define COORD_GROUP_H

#include "coord_member.h"
#include "coord_offsets.h"
#include "table.h"

#define COORD_PROTOCOL_NAME_MAX 255

enum coord_state {
    COORD_EMPTY,
    COORD_PREPARING,  /* PreparingRebalance: waits for members to join */
    COORD_COMPLETING, /* CompletingRebalance: waits for the leader's assignment */
    COORD_STABLE,
    COORD_DEAD,
    COORD_STATE_COUNT,
};

struct coord_limits {
    size_t members_max;       /* group.max.size */
    int32_t session_min_ms;   /* group.min.session.timeout.ms */
    int32_t session_max_ms;   /* group.max.session.timeout.ms */
    int32_t initial_delay_ms; /* group.initial.rebalance.delay.ms */
    int32_t new_member_ms;    /* how long a first join may stay parked */
    size_t record_max;        /* bytes of one group record */
    size_t groups_max;
    size_t bytes_max;           /* of all groups together */
    size_t offsets_max;         /* of one group */
    size_t offset_metadata_max; /* offset.metadata.max.bytes */
};

struct coord_pending { /* was told a member id, did not come back with it yet */
    uint8_t *id;       /* owned */
    size_t length;
    int64_t expires_ms;
};

struct coord_name {
    uint8_t bytes[COORD_PROTOCOL_NAME_MAX];
    size_t length;
    bool is_set;
};

struct coord_group {
    uint8_t *id; /* owned */
    size_t id_length;
    const struct coord_limits *limits; /* borrowed */
    struct coord_budget *budget;       /* borrowed */
    enum coord_state state;
    enum coord_state previous;
    int32_t generation;
    struct coord_name protocol_type;
    struct coord_name protocol;
    struct coord_member **members; /* in the order in which they came */
    size_t member_count;
    size_t member_capacity;
    struct table by_id;
    struct table by_instance;
    struct coord_member *leader; /* one of members, or NULL */
    struct table pending;        /* id -> struct coord_pending, owned */
    int64_t join_due_ms;         /* INT64_MAX: not now */
    int32_t initial_step_ms;     /* of the delay that runs now; -1: none does */
    int32_t initial_left_ms;     /* how much longer the first rebalance may be delayed */
    bool new_member_came;        /* since that delay began */
    int64_t sync_due_ms;         /* INT64_MAX: not now */
    uint64_t writes;             /* number of the last record */
    uint64_t sync_write;         /* the assignment waits for this record; 0: none */
    uint64_t tombstone;          /* number of the one that is being written; 0: none */
    bool has_record;             /* the log knows this group */
    bool is_kept;                /* until the next look for what is over */
    bool may_go;                 /* as soon as it has neither members nor offsets */
    int64_t state_since_ms;      /* wall time */
    struct coord_member *removed;
    struct coord_offsets offsets;
};

struct coord_group_member { /* borrows the group */
    struct wire_view member_id;
    struct wire_view instance_id; /* null: not static */
    struct wire_view client_id;
    struct wire_view client_host;
    struct wire_view metadata; /* for the group's protocol */
    struct wire_view assignment;
};

struct coord_group *coord_group_new(struct wire_view id,
    const struct coord_limits *limits, struct coord_budget *budget) MUST_CHECK;
/* Answers nobody: close it first with COORD_CLOSE. */
void coord_group_free(struct coord_group **group);

/* "Empty", "PreparingRebalance", ... */
const char *coord_state_text(enum coord_state state);
struct wire_view coord_group_id(const struct coord_group *group);
struct wire_view coord_group_protocol_type(const struct coord_group *group);
struct wire_view coord_group_protocol(const struct coord_group *group);
/* i < group->member_count */
struct coord_group_member coord_group_member(const struct coord_group *group, size_t i);
/* Only its last record is still on its way: to everybody else it is gone. */
bool coord_group_is_over(const struct coord_group *group);
/* Whether a commit of offsets fits the state of the group. */
enum coord_error coord_group_check_commit(const struct coord_group *group,
    struct wire_view member_id, struct wire_view instance_id, int32_t generation);

/* For the parts of the step. */

/* When a delay (not negative) is over; INT64_MAX instead of an overflow. */
int64_t coord_later(int64_t now_ms, int32_t delay_ms);
struct coord_member *coord_group_find(
    const struct coord_group *group, struct wire_view id);
struct coord_member *coord_group_find_instance(
    const struct coord_group *group, struct wire_view instance_id);
enum coord_error coord_group_check_member(const struct coord_group *group,
    struct wire_view member_id, struct wire_view instance_id);
/* Takes the member on success. */
enum err coord_group_add(
    struct coord_group *group, struct coord_member *member) MUST_CHECK;
void coord_group_remove(struct coord_group *group, struct coord_member *member);
/* The new id of a static member that came back. */
enum err coord_group_rename(struct coord_group *group, struct coord_member *member,
    struct wire_view id) MUST_CHECK;
void coord_group_free_removed(struct coord_group *group);
/* ERR_FULL at group.max.size. *out borrows the group. The id is not pending yet. */
enum err coord_group_add_pending(struct coord_group *group, struct wire_view id,
    int64_t expires_ms, struct wire_view *out) MUST_CHECK;
/* False when there is none of that id. */
bool coord_group_remove_pending(struct coord_group *group, struct wire_view id);
bool coord_group_is_pending(const struct coord_group *group, struct wire_view id);
/* Each of them once; *cursor starts at 0; NULL at the end. The present one may be removed
 * while walking. */
const struct coord_pending *coord_group_next_pending(
    const struct coord_group *group, size_t *cursor);
void coord_group_set_state(
    struct coord_group *group, enum coord_state state, int64_t wall_ms);
bool coord_group_all_joined(const struct coord_group *group);
size_t coord_group_awaiting_join(const struct coord_group *group);
int32_t coord_group_rebalance_timeout(const struct coord_group *group);
void coord_name_set(struct coord_name *name, struct wire_view value);

#endif
