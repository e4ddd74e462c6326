/*
 * bench_flood - strangers who open connections and never log in.
 *
 * A process of its own with the least priority (nice 19): what it computes should not be
 * taken for what the broker does to others. Each connection comes from another loopback
 * address. Three kinds: a ClientHello and then silence; a ClientHello at one byte a second;
 * TLS to its end, and then a frame of 100 MiB announced.
 */
#ifndef BENCH_FLOOD_H
#define BENCH_FLOOD_H

#include "bench_link.h"

#include <sys/types.h>

#define BENCH_FLOOD_MAX ((size_t)60000)

enum bench_stranger { BENCH_HALF_OPEN, BENCH_SLOW, BENCH_OVERSIZED, BENCH_STRANGERS };

enum bench_fate {
    BENCH_TURNED_AWAY, /* closed without a word: by a limit, or by the kernel */
    BENCH_ENDED,       /* served by a gate, which ended it: too slow, or too large */
    BENCH_HELD,        /* still there when the flood was over */
    BENCH_UNHEARD,     /* no connection came about */
    BENCH_FATES
};

struct bench_flood_plan {
    size_t strangers[BENCH_STRANGERS];
    unsigned a_second;
    int64_t hold_ms; /* after the last one came */
};

struct bench_flood_counts {
    size_t fates[BENCH_STRANGERS][BENCH_FATES];
    bool complete; /* all of them came */
};

struct bench_flood {
    pid_t pid;
    int go;                            /* its end wakes the child */
    struct bench_flood_counts *counts; /* shared with the child */
};

/* Forks, and waits. Before there are threads. */
enum err bench_flood_init(struct bench_flood *f, const struct bench_flood_plan *plan,
    const struct sockaddr_in *to, SSL_CTX *context) MUST_CHECK;
void bench_flood_go(struct bench_flood *f);
/* Of a struct bench_flood: it is not over yet. */
bool bench_flood_goes_on(void *flood);
/* Ends it, if it has not ended. */
void bench_flood_fini(struct bench_flood *f);

#endif
