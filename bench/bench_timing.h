/*
 * bench_timing - how long password.so takes to refuse: a wrong password of a user who is
 * there, and the same message for another name; or two wrong passwords of one user, of
 * which one begins as the right one does.
 *
 * What is timed is a login as the plugin sees it, from the message to the answer, with
 * all that belongs to it: shape, turn, Cyrus, cache, Argon2. The users file is made for it
 * with the cheapest Argon2 there is, so that what is not Argon2 shows most. Each try is a
 * pair, in an order that is drawn anew, both from one address that was not seen before;
 * names and messages are of one length. After some tries all is made anew, with other
 * names, passwords and places in memory, so that no chance of those is taken for a rule.
 */
#ifndef BENCH_TIMING_H
#define BENCH_TIMING_H

#include "err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_TIMING_MAX ((size_t)1000000) /* tries */

enum bench_timing_other {
    BENCH_TIMING_UNKNOWN,
    BENCH_TIMING_DISABLED,
    BENCH_TIMING_EXPIRED,
    BENCH_TIMING_ROTATED, /* a user with two passwords */
    BENCH_TIMING_KNOWN,   /* one like the first: nothing may be found */
    BENCH_TIMING_PREFIX,  /* the same user, by a password whose first bytes are right */
};

#define BENCH_TIMING_PASSWORD 16 /* bytes; 1 to 15 of them are right, each as often */

struct bench_timing {
    size_t tries;
    enum bench_timing_other other;
    bool early_exit; /* a fault: who is not let in is not worked for; with PREFIX:
                        passwords are compared byte by byte up to the first wrong one */
};

/* Nanoseconds, tries of each. ERR_INVALID: an answer was not the one that must come. */
enum err bench_timing_run(
    const struct bench_timing *asked, int64_t *wrong, int64_t *other) MUST_CHECK;

#endif
