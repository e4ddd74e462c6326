/*
 * bench_site - a schlossd of our own with accounts for a crowd, and the limits of
 * connections as they are unless somebody sets them.
 *
 * Two listeners on 127.0.0.1: SASL_SSL with PLAIN and SCRAM-SHA-256, and SSL that requires
 * a client certificate. Users come in two kinds, with a generated secret and with a chosen
 * password; all of a kind share it, and its stored form, and have names of their own.
 *
 * Ownership: owns the server, its files and the contexts of TLS.
 */
#ifndef BENCH_SITE_H
#define BENCH_SITE_H

#include "bench_login.h"
#include "bench_server.h"
#include "bench_tree.h"

struct bench_site {
    struct bench_server server;
    SSL_CTX *plain;     /* shows no certificate */
    SSL_CTX *certified; /* shows one */
    char secret[256];
    struct bench_identity identities[BENCH_MECHANISMS];
};

/* Says on stderr what failed; users: so many of each kind. */
enum err bench_site_init(
    struct bench_site *s, const struct bench_place *place, size_t users) MUST_CHECK;
void bench_site_fini(struct bench_site *s);

/* Until it serves, and is at rest. */
enum err bench_site_start(struct bench_site *s, struct bench_memory *idle_out) MUST_CHECK;
enum err bench_site_stop(struct bench_site *s) MUST_CHECK;

/* Lines of the log since the last start that have that text. */
size_t bench_site_lines(const struct bench_site *s, const char *text);

#endif
