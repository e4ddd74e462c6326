/*
 * bench_rank - can two sets of times be told apart: medians, and the rank sum test of
 * Mann and Whitney.
 *
 * The test asks whether a time of one set tends to be larger than one of the other. It
 * supposes nothing about how times are spread, so that a few that are much too long (an
 * interrupt, another process) do not decide it. Ties share their rank; p is two-sided, by
 * the normal approximation, which is good from some twenty times a set.
 *
 * Limits: BENCH_RANK_MAX times a set.
 */
#ifndef BENCH_RANK_H
#define BENCH_RANK_H

#include "err.h"

#include <stddef.h>
#include <stdint.h>

#define BENCH_RANK_MIN ((size_t)20)
#define BENCH_RANK_MAX ((size_t)10000000)

struct bench_rank {
    int64_t median_a;
    int64_t median_b;
    double u;     /* pairs in which b was larger; one that is equal counts half */
    double share; /* the same as a part of all pairs: 0.5 where nothing can be told */
    double z;
    double p;
};

/* Of an even number the lower of the two in the middle. times are sorted in place. */
int64_t bench_rank_median(int64_t *times, size_t count);
/* ERR_INVALID: a count outside the limits. Both are sorted in place. */
enum err bench_rank_compare(int64_t *a, size_t a_count, int64_t *b, size_t b_count,
    struct bench_rank *out) MUST_CHECK;

#endif
