/*
 * coord_budget - how many bytes all groups together may keep of what peers sent.
 *
 * Ownership: none; whoever takes gives back the same number.
 */
#ifndef COORD_BUDGET_H
#define COORD_BUDGET_H

#include <stdbool.h>
#include <stddef.h>

struct coord_budget {
    size_t used; /* above the limit when that was lowered */
    size_t limit;
};

/* False, and nothing taken, when the limit would be passed. */
bool coord_budget_take(struct coord_budget *budget, size_t bytes);
void coord_budget_give(struct coord_budget *budget, size_t bytes);

#endif
