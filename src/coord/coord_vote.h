/*
 * coord_vote - which protocol a group speaks: one that every member knows, and of those
 * the one that most members like best. Of two with as many votes, the one that the oldest
 * member prefers.
 *
 * Trust: names are peers'; a member has at most COORD_PROTOCOLS_MAX, and none twice. A
 * vote looks at each member twice, whatever the names are.
 */
#ifndef COORD_VOTE_H
#define COORD_VOTE_H

#include "coord_group.h"

/* Whether the group can go on with this member in it. The form of the join was checked.
 */
bool coord_vote_supports(const struct coord_group *group, const struct coord_join *join);
/* The group has members. Borrows the group. */
struct wire_view coord_vote_select(const struct coord_group *group);

#endif
