/*
 * fetch_server - the other side of one connection: TLS by OpenSSL, in a thread of its own.
 *
 * It takes the handshake, reads up to an empty line, sends what it was told to, says that
 * this is the end, and keeps the socket until fetch_server_end().
 */
#ifndef FETCH_SERVER_H
#define FETCH_SERVER_H

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct fetch_server {
    int version_max; /* 0: any */
    bool is_silent;  /* reads, and sends nothing */
    const char *answer;
    size_t answer_length;
    char request[4096];
    /* private */
    SSL_CTX *context;
    int ends[2]; /* ours, the client's */
    pthread_t thread;
};

/* PEM with a certificate for that name, valid for seconds from now, which signs itself;
 * NUL-terminated, the caller's to free. The key is for fetch_server_begin(). */
char *fetch_server_certificate(const char *name, long seconds, EVP_PKEY **key_out);
/* Returns the client's end of the connection. */
int fetch_server_begin(struct fetch_server *s, const char *pem, EVP_PKEY *key);
void fetch_server_end(struct fetch_server *s);

#endif
