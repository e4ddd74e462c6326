/*
 * bench_check - do the figures come from measuring?
 *
 * Two runs with different loads: every figure is there and positive, nothing was lost,
 * the counted work is exactly the load's, times and rates are not the same twice, CPU
 * time and memory grow with the load. Nothing is said about how fast anything is.
 */
#ifndef BENCH_CHECK_H
#define BENCH_CHECK_H

#include "bench_run.h"
#include "buf.h"

/* Appends a line for each fault of one run; false: there is one. */
bool bench_check_one(
    const struct bench_plan *plan, const struct bench_result *result, struct buf *faults);
/* The same for what the larger load must have changed. */
bool bench_check_pair(const struct bench_result *small, const struct bench_result *large,
    struct buf *faults);

#endif
