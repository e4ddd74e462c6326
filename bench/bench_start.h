/* bench_start - from exec of the daemon to the first record acknowledged with acks=all.
 */
#ifndef BENCH_START_H
#define BENCH_START_H

#include "bench_server.h"

/* Once: starts the daemon, makes the topic that bench_start() sends to, stops it. */
enum err bench_start_prepare(struct bench_server *server) MUST_CHECK;
/* Starts the daemon, which then runs. */
enum err bench_start(struct bench_server *server, enum bench_transport transport,
    int64_t *us_out) MUST_CHECK;

#endif
