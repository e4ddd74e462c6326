/*
 * bench_steady - a producer that sends a record at fixed moments, and how late each is
 * acknowledged.
 *
 * acks=all, one record a request. A time counts from the moment that the record was due,
 * so that those which had to wait for a slow one before them are not left out. One
 * connection, logged in before the clock starts.
 */
#ifndef BENCH_STEADY_H
#define BENCH_STEADY_H

#include "bench_load.h"

#include <stdbool.h>

#define BENCH_STEADY_MAX ((size_t)1000000)

struct bench_steady;

/* NULL: said on stderr. A topic of that name is made. */
struct bench_steady *bench_steady_new(
    const struct bench_access *access, const char *topic, unsigned a_second);
void bench_steady_free(struct bench_steady **s);

/* Until the time is over, or goes_on, where there is one, says no. ERR_IO: a record was not
 * acknowledged. */
enum err bench_steady_run(struct bench_steady *s, int64_t ms,
    bool (*goes_on)(void *context), void *context, struct bench_latency *out) MUST_CHECK;

#endif
