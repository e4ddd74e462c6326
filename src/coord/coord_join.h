/* coord_join - what a JoinGroup does to a group. Inside of the step. */
#ifndef COORD_JOIN_H
#define COORD_JOIN_H

#include "coord_rebalance.h"

void coord_on_join(struct coord_context *c);

#endif
