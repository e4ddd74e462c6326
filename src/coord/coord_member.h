/*
 * coord_member - one member of a classic group, and the names of the protocols it speaks.
 *
 * Trust: everything in it came from a peer. All of it is charged to the budget.
 *
 * Ownership: owns copies of all it was given.
 */
#ifndef COORD_MEMBER_H
#define COORD_MEMBER_H

#include "coord_budget.h"
#include "coord_event.h"
#include "err.h"

#define COORD_PROTOCOLS_MAX 16

/* Bytes of our own. */
struct coord_text {
    uint8_t *bytes; /* NULL: null */
    size_t length;
};

struct coord_member_protocol {
    struct coord_text name;
    uint64_t name_hash; /* by table_hash() */
    struct coord_text metadata;
};

struct coord_member {
    struct coord_text id;
    struct coord_text instance_id;
    struct coord_text client_id;
    struct coord_text client_host;
    struct coord_text protocol_type;
    struct coord_member_protocol *protocols;
    size_t protocol_count;
    struct coord_text assignment;
    struct coord_text next_assignment; /* being written; see group->sync_write */
    int32_t session_timeout_ms;
    int32_t rebalance_timeout_ms;
    int64_t expires_ms; /* INT64_MAX: not now */
    bool is_new;        /* its first join is not answered yet */
    bool awaits_join;
    bool awaits_sync;
    bool owes_sync; /* was told of the generation, has not asked for its assignment */
    uint64_t join_token;
    uint64_t sync_token;
    uint64_t join_write;  /* the join is answered when this record is written; 0: none */
    bool skip_assignment; /* with join_write */
    struct coord_text
        old_id; /* with join_write: whom an older client must think the leader */
    struct coord_budget *budget; /* borrowed: the set of groups */
    size_t charged;
    struct coord_member *next_removed;
};

struct wire_view coord_text_view(const struct coord_text *text);

/* NULL: no memory, or the budget is used up. */
struct coord_member *coord_member_new(struct coord_budget *budget, struct wire_view id,
    const struct coord_join *join) MUST_CHECK;
void coord_member_free(struct coord_member **member);

/* Replaces *text by a copy; keeps the old value on error. */
enum err coord_member_set(struct coord_member *member, struct coord_text *text,
    struct wire_view value) MUST_CHECK;
/* Takes over protocols and timeouts of a new join; all or nothing. */
enum err coord_member_update(
    struct coord_member *member, const struct coord_join *join) MUST_CHECK;
/* Same protocols, same metadata, same order. */
bool coord_member_matches(
    const struct coord_member *member, const struct coord_join *join);
/* An empty view when it does not speak the protocol. */
struct wire_view coord_member_metadata(
    const struct coord_member *member, struct wire_view protocol);
bool coord_view_equal(struct wire_view a, struct wire_view b);

#endif
