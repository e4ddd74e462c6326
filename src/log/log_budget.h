/*
 * log_budget - how many producers all logs of a process together remember.
 *
 * Ownership: belongs to the process and outlives its logs; one thread.
 */
#ifndef LOG_BUDGET_H
#define LOG_BUDGET_H

#include <stddef.h>

struct log_budget {
    size_t max;
    size_t used;
};

#endif
