/*
 * selftest_client - a genuine client: TLS, SASL/PLAIN, one request at a time.
 *
 * It shows that the broker still serves others while a gate is in an intruder's hands,
 * and it writes the data that the intruder is after.
 */
#ifndef SELFTEST_CLIENT_H
#define SELFTEST_CLIENT_H

#include "arena.h"
#include "buf.h"
#include "selftest_instance.h"
#include "wire_api.h"

struct selftest_client {
    int fd;        /* -1: none */
    void *context; /* of TLS */
    void *tls;
    int32_t correlation_id;
    struct arena arena; /* of the last answer */
    struct buf out;
};

/* Connects and logs in; false: it could not. selftest_client_close() in either case. */
bool selftest_client_open(
    struct selftest_client *c, const struct selftest_instance *i, const char *user);
/* The answer, valid until the next call; NULL: there was none. */
void *selftest_client_call(struct selftest_client *c, enum wire_api_key key,
    int16_t version, const void *request);
void selftest_client_close(struct selftest_client *c);

/* A connected TCP socket to the instance from 127.0.0.1 + address; -1. */
int selftest_client_connect(
    const struct selftest_instance *i, enum selftest_door door, unsigned address);

#endif
