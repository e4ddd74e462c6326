/*
 * coord_load - puts a group in the state that its last record describes.
 *
 * Trust: the record was in our log, so its form was checked. Members that today's limits
 * do not allow are not loaded, none of them: they are told that they are unknown, and
 * join again.
 */
#ifndef COORD_LOAD_H
#define COORD_LOAD_H

#include "coord_group.h"
#include "coord_record.h"

/* NULL: a tombstone, the group is as if it had never been. Offsets stay. */
void coord_load_group(struct coord_group *group, const struct coord_record_group *record);
/* Sessions begin now. */
void coord_load_start(struct coord_group *group, int64_t now_ms);

#endif
