/*
 * broker_forget - committed offsets go: by tombstones in the log first, then from memory.
 *
 * A group that has nothing left goes at the next look, or with the last of its offsets
 * where it is deleted.
 *
 * Trust: offsets and their topics are a peer's; a walk holds one batch of tombstones at a
 * time, and ends while store has too much to do.
 *
 * Ownership: a walk owns itself and names its group by id, so that either may go first.
 */
#ifndef BROKER_FORGET_H
#define BROKER_FORGET_H

#include "broker_coord.h"

/* Whether this offset goes; asked again for each, as long as it takes. */
typedef bool broker_forget_filter(
    const void *context, const struct coord_group *group, const struct coord_offset *o);

/*
 * group_may_go: with the last of its offsets, if it has no members. Else it is known without
 * them until the next look.
 * done (NULL: nobody asks) runs once, also at once: error 0 when everything that passed
 * the filter is forgotten. Its context outlives the call.
 */
void broker_forget(struct broker *b, struct wire_view group, bool group_may_go,
    broker_forget_filter *filter,
    void (*done)(struct broker *b, void *context, int16_t error), void *context);

/*
 * Offsets of topics that are no more, and of groups without members for as long as
 * offsets.retention.minutes: looks now, at one group after the other, and from then on at
 * intervals. Also for when a topic went.
 */
void broker_forget_hurry(struct broker *b);
void broker_forget_end(struct broker *b);

#endif
