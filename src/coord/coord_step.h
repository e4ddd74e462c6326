/*
 * coord_step - the classic group protocol: an event goes in, an update comes out.
 *
 * No clock, no socket, no log, no randomness inside: all of that comes with the event.
 * The caller
 *   1. answers the answers of the update,
 *   2. writes key and value to the group's partition when `persist` is set, and reports
 * the end of that write as COORD_PERSISTED, in the order of the writes,
 *   3. sends a COORD_TICK at next_due_ms.
 *
 * Trust: any sequence of events is possible, because peers choose it. None of them ends
 * the process, and none leaves a request without its answer.
 */
#ifndef COORD_STEP_H
#define COORD_STEP_H

#include "coord_group.h"

enum err coord_update_init(
    struct coord_update *update, const struct coord_limits *limits) MUST_CHECK;
void coord_update_fini(struct coord_update *update);
/* Of the record to write; null: a tombstone. */
struct wire_view coord_update_value(const struct coord_update *update);

/* Empties the update, then fills it. */
void coord_step(struct coord_group *group, const struct coord_event *event,
    struct coord_update *update);

#endif
