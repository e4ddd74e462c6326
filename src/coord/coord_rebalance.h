/*
 * coord_rebalance - the way from one generation to the next: prepare, wait for joins,
 * complete.
 *
 * Inside of the step: coord_join, coord_sync and coord_step call it.
 */
#ifndef COORD_REBALANCE_H
#define COORD_REBALANCE_H

#include "coord_group.h"

/* What the parts of one step share. */
struct coord_context {
    struct coord_group *group;
    const struct coord_event *event;
    struct coord_update *update;
};

/* Answers that belong to no parked request. */
void coord_answer(struct coord_context *c, const struct coord_answer *answer);
void coord_answer_join_error(struct coord_context *c, uint64_t token,
    enum coord_error error, struct wire_view member_id);
void coord_answer_sync_error(
    struct coord_context *c, uint64_t token, enum coord_error error);
/* The present generation, to a join that need not wait. */
void coord_answer_generation(
    struct coord_context *c, struct coord_member *member, uint64_t token);

/* Answer what the member has parked, if it has. */
void coord_end_join(struct coord_context *c, struct coord_member *member,
    enum coord_error error, struct wire_view member_id);
void coord_end_sync(
    struct coord_context *c, struct coord_member *member, enum coord_error error);

/* The member showed that it lives. */
void coord_touch(struct coord_context *c, struct coord_member *member);
/* Answers whatever it has parked, and removes it. */
void coord_drop(
    struct coord_context *c, struct coord_member *member, enum coord_error error);
/* Puts a group record into the update; 0 when it does not fit. */
uint64_t coord_persist(struct coord_context *c, bool with_next_assignments);

void coord_rebalance_prepare(struct coord_context *c);
/* A member came, changed or went: begin a rebalance, or see whether the one we are in is
 * over. */
void coord_rebalance_or_complete(struct coord_context *c);
/* Preparing, and everybody joined: next generation. Not in the first delay. */
void coord_rebalance_check(struct coord_context *c);
/* The timers of the group, not those of members. */
void coord_rebalance_tick(struct coord_context *c);
/* All syncs get the error, all assignments are forgotten. */
void coord_rebalance_fail_syncs(struct coord_context *c, enum coord_error error);

#endif
