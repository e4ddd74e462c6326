/*
 * bench_scram - the client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677).
 *
 * Real clients spread the iterated hash over as many machines as they are; here it is
 * computed once for all that share password, salt and iterations.
 */
#ifndef BENCH_SCRAM_H
#define BENCH_SCRAM_H

#include "err.h"

#include <stddef.h>
#include <stdint.h>

#define BENCH_SCRAM_TEXT 512
#define BENCH_SCRAM_HASH 32

/* What the iterated hash was made of last, and what came of it. */
struct bench_scram_salted {
    uint8_t salt[64];
    size_t salt_length;
    int iterations; /* 0: nothing yet */
    uint8_t hash[BENCH_SCRAM_HASH];
};

struct bench_scram {
    char first_bare[BENCH_SCRAM_TEXT]; /* n=USER,r=NONCE */
    char nonce[48];
};

/* The first message, NUL-terminated. user: without ',' and '='. */
void bench_scram_begin(
    struct bench_scram *s, const char *user, char out[BENCH_SCRAM_TEXT]);
/* The second one, to what the server said. ERR_INVALID: that is none. */
enum err bench_scram_prove(const struct bench_scram *s, const void *said, size_t length,
    const char *password, struct bench_scram_salted *salted,
    char out[BENCH_SCRAM_TEXT]) MUST_CHECK;

#endif
