/* bench_memory - what the broker's processes hold when idle, and what connections add. */
#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

#include "bench_load.h"
#include "bench_sheet.h"
#include "bench_tree.h"

struct bench_connected {
    struct bench_memory idle;
    struct bench_memory connected; /* that many authenticated connections more */
};

/* Opens the connections, one gate each, and closes them. */
enum err bench_memory_measure(const struct bench_target *target, size_t connections,
    struct bench_connected *out) MUST_CHECK;
/* A row a role and one for all, idle and connected, and the price of one connection. */
enum err bench_memory_add(struct bench_sheet *sheet, enum bench_transport transport,
    size_t connections, const struct bench_connected *c) MUST_CHECK;

#endif
