/*
 * scram_client - a SCRAM client for tests, written apart from the server: on OpenSSL's
 * one-shot functions.
 */
#ifndef SCRAM_CLIENT_H
#define SCRAM_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#define SCRAM_CLIENT_MAX 1024

struct scram_client {
    const char *mechanism; /* SCRAM-SHA-256 or SCRAM-SHA-512 */
    const char *gs2;       /* "n,," */
    const char *bare;      /* "n=alice,r=abc" */
    const char *password;
    char final[SCRAM_CLIENT_MAX];        /* what the client sends second */
    char server_final[SCRAM_CLIENT_MAX]; /* what it then wants to hear */
};

/* Reads server-first (not NUL-terminated) and writes what follows. Ends the test where
 * that is no server-first. */
void scram_client_run(struct scram_client *c, const void *server_first, size_t length);

/* A line of the credentials file, with its newline. */
void scram_client_line(const char *name, const char *mechanism, const char *password,
    const char *salt, int iterations, char *out, size_t size);

#endif
