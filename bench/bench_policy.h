/*
 * bench_policy - how long the questions that every request asks take.
 *
 * The rules are those of a company: each ten belong to one principal, half of their names
 * are exact, half prefixes below a team's, one in ten rules denies, and one in ten holds
 * from some networks only. Of the questions one half is about what the principal has a
 * rule for, the others about names of others and names that nobody has.
 */
#ifndef BENCH_POLICY_H
#define BENCH_POLICY_H

#include "err.h"

#include <stddef.h>
#include <stdint.h>

struct bench_policy_decisions {
    size_t rules;
    double ns;      /* mean, of CPU time */
    double p99_ns;  /* each timed by itself, less what timing takes; by the wall */
    double allowed; /* share */
};

struct bench_policy_load {
    size_t rules;
    size_t bytes;
    double build_ms;
    double load_ms;
};

struct bench_policy_metadata {
    size_t rules;
    size_t topics;
    double ms;
    double ns; /* for one topic */
    size_t visible;
};

/* rounds: decisions. */
enum err bench_policy_decide(
    size_t rules, size_t rounds, struct bench_policy_decisions *out) MUST_CHECK;
enum err bench_policy_load(size_t rules, struct bench_policy_load *out) MUST_CHECK;
/* All operations on each of the topics, for a principal with ten rights. */
enum err bench_policy_metadata(
    size_t rules, size_t topics, struct bench_policy_metadata *out) MUST_CHECK;

#endif
