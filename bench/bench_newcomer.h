/*
 * bench_newcomer - a client that logs in, leaves, and comes again a second later.
 *
 * It takes a step whenever it is asked to, so that a time is too long by some of those. An
 * attempt that lasts BENCH_NEWCOMER_MS is given up. Not tried again: each attempt counts.
 */
#ifndef BENCH_NEWCOMER_H
#define BENCH_NEWCOMER_H

#include "bench_login.h"

#define BENCH_NEWCOMER_MS  10000
#define BENCH_NEWCOMER_MAX 1000

struct bench_newcomer {
    struct bench_identity *who; /* borrowed */
    struct in_addr from;
    struct bench_login login;
    bool at_work;
    int64_t begun_us;
    int64_t next_us;
    size_t tried; /* and ended: one under way does not count */
    size_t in;
    int64_t times_us[BENCH_NEWCOMER_MAX];
};

void bench_newcomer_init(
    struct bench_newcomer *n, struct bench_identity *who, struct in_addr from);
void bench_newcomer_fini(struct bench_newcomer *n);
void bench_newcomer_step(struct bench_newcomer *n);
/* 0: none was let in. */
int64_t bench_newcomer_p50_us(struct bench_newcomer *n);

#endif
