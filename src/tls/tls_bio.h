/*
 * tls_bio - OpenSSL's view of our socket: recv and send, never blocking, never SIGPIPE.
 *
 * Ownership: borrows the descriptor and the state.
 */
#ifndef TLS_BIO_H
#define TLS_BIO_H

#include "err.h"

#include <openssl/bio.h>
#include <stdbool.h>

struct tls_bio {
    int fd;
    bool hung_up; /* the peer is gone: end of file or a reset */
};

BIO_METHOD *tls_bio_method_new(void) MUST_CHECK;
BIO *tls_bio_new(BIO_METHOD *method, struct tls_bio *state) MUST_CHECK;

#endif
