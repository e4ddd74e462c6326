/* coord_sync - what a SyncGroup does, and what follows when its record is written. Inside
 * of the step. */
#ifndef COORD_SYNC_H
#define COORD_SYNC_H

#include "coord_rebalance.h"

void coord_on_sync(struct coord_context *c);
void coord_on_persisted(struct coord_context *c);

#endif
