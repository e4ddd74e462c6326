/* bench_meter - wall and CPU time between two moments, of us and of the broker apart. */
#ifndef BENCH_METER_H
#define BENCH_METER_H

#include "bench_load.h"

struct bench_meter {
    int64_t wall_us;
    int64_t client_us;
    int64_t broker_us;
};

/* broker 0: its CPU time is not measured. */
enum err bench_meter_start(struct bench_meter *m, pid_t broker) MUST_CHECK;
enum err bench_meter_stop(
    const struct bench_meter *m, pid_t broker, struct bench_outcome *out) MUST_CHECK;

#endif
