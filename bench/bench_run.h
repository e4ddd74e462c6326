/*
 * bench_run - all measurements, round after round, against one private daemon.
 *
 * A round does everything with TLS and everything without, in an order that changes from
 * round to round; the daemon is started anew for each half.
 */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include "bench_server.h"
#include "bench_sheet.h"

#include <stdint.h>

#define BENCH_CONNECTIONS_MAX 1000
#define BENCH_REQUESTS_MAX    1000000

struct bench_plan {
    size_t rounds;
    uint64_t bytes;    /* of each record size; UINT64_MAX: no such limit */
    int64_t ms;        /* of each measurement; 0: no such limit */
    uint64_t requests; /* one by one */
    size_t connections;
};

/* Sums over all rounds and both transports; what a figure is made from. */
struct bench_totals {
    uint64_t produced; /* records */
    uint64_t fetched;
    uint64_t bytes;
    uint64_t requests; /* one by one */
    uint64_t gates;    /* that appeared with connections */
    int64_t broker_cpu_us;
    int64_t client_cpu_us;
};

struct bench_result {
    struct bench_sheet sheet;
    struct bench_totals totals;
};

/* The records that all rounds send together, where no time limit cuts them short. */
uint64_t bench_plan_records(const struct bench_plan *plan);

/* Says on stderr what failed; the result is whole or not at all. */
enum err bench_run(struct bench_server *server, const struct bench_plan *plan,
    struct bench_result *out) MUST_CHECK;

/* The names of figures that others ask for. */
extern const char bench_figure_p50[];
extern const char bench_figure_p99[];
extern const char bench_figure_idle[];
extern const char bench_figure_connected[];
extern const char bench_total[];

#endif
