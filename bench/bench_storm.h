/*
 * bench_storm - a crowd that comes again at once, and a flood of strangers: what each costs
 * the broker, and what it costs others.
 */
#ifndef BENCH_STORM_H
#define BENCH_STORM_H

#include "bench_crowd.h"
#include "bench_flood.h"
#include "bench_newcomer.h"
#include "bench_site.h"
#include "bench_steady.h"

struct bench_storm_plan {
    struct bench_crowd_plan crowd;
    struct bench_flood_plan flood;
    unsigned produced_a_second;
    int64_t before_ms; /* measured so long before the flood */
};

struct bench_cost {
    struct bench_cpu before;
    struct bench_cpu after;
    struct bench_memory memory; /* when all is connected; after a flood */
};

struct bench_logins {
    struct bench_crowd_result crowd;
    struct bench_cost cost;
};

/* What others see of the broker, with a flood or without. */
struct bench_view {
    struct bench_latency producer;
    struct {
        size_t tried;
        size_t in;
        int64_t p50_us;
    } newcomers[2]; /* from the producer's address, and from one that is not known */
};

struct bench_flooded {
    struct bench_view before;
    struct bench_view during;
    struct bench_flood_counts counts;
    struct bench_cost cost;
    size_t lines; /* of the log, about connections refused by a limit */
};

/* Both against a daemon that is started anew. */
enum err bench_storm_logins(struct bench_site *site, const struct bench_storm_plan *plan,
    enum bench_mechanism mechanism, struct bench_logins *out) MUST_CHECK;
enum err bench_storm_flood(struct bench_site *site, const struct bench_storm_plan *plan,
    struct bench_flooded *out) MUST_CHECK;

/* What can not be if it was measured; NULL: nothing. */
const char *bench_storm_fault_of_logins(
    const struct bench_storm_plan *plan, const struct bench_logins *l);
const char *bench_storm_fault_of_flood(
    const struct bench_storm_plan *plan, const struct bench_flooded *f);

/* As lines of text. */
void bench_storm_add_logins(
    struct buf *out, enum bench_mechanism mechanism, const struct bench_logins *l);
void bench_storm_add_flood(struct buf *out, const struct bench_flooded *f);

#endif
