/*
 * bench_server - a schlossd of our own, in a directory of its own.
 *
 * Two listeners on 127.0.0.1: TLS and, allowed by name, plaintext, both with SASL/PLAIN.
 * A development CA, one user with a generated secret, a policy that lets it use topics
 * `bench.*`. The directory is removed at the end, and the daemon dies with us.
 */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

#include "bench_client.h"
#include "err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define BENCH_PATH_MAX 512

struct bench_place {
    const char *programs; /* directory of schlossd and schloss */
    const char *certs;    /* directory of make-dev-ca */
    const char *parent;   /* where our directory is made */
    size_t connections;   /* that many must be let in */
};

struct bench_server {
    char dir[BENCH_PATH_MAX];
    char daemon[BENCH_PATH_MAX];
    char config[BENCH_PATH_MAX];
    char log[BENCH_PATH_MAX];
    struct bench_access access;
    pid_t pid; /* 0: not running */
};

/* Makes the directory and all that is in it; says on stderr what failed. */
enum err bench_server_init(
    struct bench_server *s, const struct bench_place *place) MUST_CHECK;
/* Stops what runs, removes the directory; works on what is half made. */
void bench_server_fini(struct bench_server *s);

/* exec, no more: it does not serve yet. */
enum err bench_server_start(struct bench_server *s) MUST_CHECK;
/* SIGTERM, and waits. ERR_TIMEOUT: had to be killed. ERR_IO: it did not end with 0. */
enum err bench_server_stop(struct bench_server *s) MUST_CHECK;
/* False, with the end of its log on stderr, when it ended by itself. */
bool bench_server_alive(struct bench_server *s);

#endif
