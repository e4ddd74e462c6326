/*
 * coord_groups - all groups of this coordinator, and how they come back from the log.
 *
 * Trust: group ids are a peer's. Groups, members, offsets and all bytes together are
 * limited.
 *
 * Ownership: owns the groups and their budget. A group pointer is good until it is
 * released.
 */
#ifndef COORD_GROUPS_H
#define COORD_GROUPS_H

#include "coord_group.h"

#define COORD_GROUP_ID_MAX 32767 /* what a record can hold */

struct coord_groups {
    struct coord_limits limits;     /* in force now */
    struct coord_limits configured; /* in force, but while the log is read */
    struct coord_budget budget;
    struct table by_id;
    bool is_loading;
    bool is_above;    /* the log told of more than the limits allow */
    uint64_t skipped; /* replayed records of protocols that we do not have */
};

void coord_groups_init(struct coord_groups *groups, const struct coord_limits *limits);
/* Parked requests are forgotten: close groups first. */
void coord_groups_fini(struct coord_groups *groups);

/* NULL where there is none. */
struct coord_group *coord_groups_find(
    const struct coord_groups *groups, struct wire_view id);
/*
 * Finds or makes it; for a join without member id, and for commits. The group of no name has
 * offsets only: whoever joins is asked for a name before.
 */
enum coord_error coord_groups_open(
    struct coord_groups *groups, struct wire_view id, struct coord_group **out);
/* More than half of what there may be: names alone are not kept any longer than needed. */
bool coord_groups_are_crowded(const struct coord_groups *groups);
/* Each group once, in no order; *cursor starts at 0; NULL at the end. */
struct coord_group *coord_groups_next(const struct coord_groups *groups, size_t *cursor);
/*
 * Frees the group when there is nothing to remember of it: no member, offset or record.
 * True: it is gone. Call it after a step or a cancelled commit, else a peer fills the set
 * with names.
 */
bool coord_groups_release(struct coord_groups *groups, struct coord_group *group);

/*
 * One record of __consumer_offsets, in the order of the log. value.ptr == NULL is a
 * tombstone. What was written is never too much: no limit but that of members counts
 * until coord_groups_start(). ERR_CORRUPT: not a record that we can read.
 */
enum err coord_groups_replay(
    struct coord_groups *groups, struct wire_view key, struct wire_view value) MUST_CHECK;
/*
 * The log is read: the limits are in force from here on, also for what was loaded, and
 * sessions of the members that were loaded begin now. Sets is_above.
 */
void coord_groups_start(struct coord_groups *groups, int64_t now_ms);

#endif
