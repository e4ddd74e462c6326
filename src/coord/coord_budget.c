#include "coord_budget.h"

#include "err.h"

bool coord_budget_take(struct coord_budget *budget, size_t bytes)
{
    if (budget->used > budget->limit || bytes > budget->limit - budget->used) {
        return false;
    }
    budget->used += bytes;
    return true;
}

void coord_budget_give(struct coord_budget *budget, size_t bytes)
{
    INVARIANT(bytes <= budget->used);
    budget->used -= bytes;
}
