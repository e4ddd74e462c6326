/*
 * bench_load - sends records, fetches them again, and measures both.
 *
 * Connections are made before the clock starts and closed after it stopped. What comes
 * back is checked against what was sent: a run that lost or gained a record is an error,
 * not a figure.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "bench_client.h"
#include "err.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define BENCH_RECORD_MAX ((size_t)65536)
#define BENCH_PARTITIONS 3

struct bench_target {
    const struct bench_access *access; /* borrowed */
    enum bench_transport transport;
    pid_t broker; /* root of the tree whose CPU time is taken; 0: none */
};

struct bench_load {
    const char *topic;
    size_t record_size;
    uint64_t records_max;
    int64_t ms_max; /* 0: no such limit */
};

struct bench_outcome {
    uint64_t records;
    uint64_t bytes; /* of values, without what the protocol adds */
    int64_t elapsed_us;
    int64_t client_cpu_us;
    int64_t broker_cpu_us; /* -1: not measured */
};

struct bench_latency {
    uint64_t requests;
    int64_t elapsed_ns;
    int64_t p50_ns;
    int64_t p99_ns;
};

/* Default batching and acks=all. The topic exists and is empty. */
enum err bench_produce(const struct bench_target *target, const struct bench_load *load,
    struct bench_outcome *out) MUST_CHECK;
/* All that bench_produce() sent, from the beginning of every partition. */
enum err bench_fetch(const struct bench_target *target, const struct bench_load *load,
    uint64_t records, struct bench_outcome *out) MUST_CHECK;
/* One record at a time: the next is sent when the last one is acknowledged. */
enum err bench_one_by_one(const struct bench_target *target,
    const struct bench_load *load, struct bench_latency *out) MUST_CHECK;

/* The smallest value that is not below a share of them; sorts. */
int64_t bench_percentile(int64_t *values, size_t count, unsigned percent);

#endif
