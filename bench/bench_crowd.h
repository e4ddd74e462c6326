/*
 * bench_crowd - many clients that log in at once, and come again where they are turned
 * away.
 *
 * As clients do after their broker was started anew: all connect at the same moment, each
 * again after a pause that doubles, BENCH_PAUSE_MIN_MS to BENCH_PAUSE_MAX_MS, give or take
 * a fifth. A login lasts from a client's first attempt to its first answer, pauses
 * included. They stay connected until the crowd is closed.
 */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include "bench_login.h"

#define BENCH_PAUSE_MIN_MS 100
#define BENCH_PAUSE_MAX_MS 1000
#define BENCH_CROWD_MAX    ((size_t)5000)

struct bench_crowd_plan {
    size_t clients;
    size_t addresses; /* of loopback, that they come from in turn */
    int64_t ms_max;   /* whoever is not in by then never got in */
};

struct bench_crowd_result {
    size_t logged_in;
    size_t failed; /* refused, or not in before the time was over */
    size_t retries;
    size_t ended[BENCH_LOGIN_DONE]; /* connections that the broker ended, by the state */
    size_t hung;                    /* attempts that the client gave up after 30 s */
    int64_t all_us;
    int64_t p50_us;
    int64_t p99_us;
};

struct bench_crowd;

struct bench_crowd *bench_crowd_new(const struct bench_crowd_plan *plan);
void bench_crowd_free(struct bench_crowd **c);
enum err bench_crowd_log_in(struct bench_crowd *c, struct bench_identity *who,
    struct bench_crowd_result *out) MUST_CHECK;

#endif
