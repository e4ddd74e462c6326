/*
 * log_budget - how many of something all logs of a process together have: producers that
 * they remember, segments besides the one that each needs.
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
