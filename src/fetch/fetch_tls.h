/*
 * fetch_tls - the client's side of one TLS connection, over a socket that somebody else
 * connected.
 *
 * TLS 1.2 and 1.3, ECDHE and AEAD only. The server's certificate must be signed by one of
 * the given certificates, be in its time, and name the host as a DNS name; the host is in the handshake
 * (SNI). No session, no ticket, no renegotiation, no certificate of our own. Whether a
 * certificate is revoked is not asked: that would be another connection.
 *
 * No file is opened: no configuration, no directory of certificates.
 *
 * Trust: the certificates are the administrator's, what comes from the socket is not.
 *
 * Ownership: borrows the socket. One deadline, in monotonic milliseconds, bounds all of it.
 */
#ifndef FETCH_TLS_H
#define FETCH_TLS_H

#include "tls_bio.h"
#include "tls_context.h"

#include <openssl/ssl.h>

#define FETCH_ANCHORS_MAX 1000 /* certificates of authorities */

struct fetch_tls {
    OSSL_LIB_CTX *library;
    OSSL_PROVIDER *provider;
    BIO_METHOD *method;
    SSL_CTX *context;
    SSL *ssl;
    struct tls_bio socket;
    int64_t deadline_ms;
};

/* After an error too: fetch_tls_fini(). ERR_INVALID, ERR_NOMEM: *problem says what. */
enum err fetch_tls_init(struct fetch_tls *t, const void *anchors, size_t length,
    struct tls_problem *problem) MUST_CHECK;
void fetch_tls_fini(struct fetch_tls *t);

/* The handshake; on an error *problem says what. */
enum err fetch_tls_connect(struct fetch_tls *t, int fd, const char *host,
    int64_t deadline_ms, struct tls_problem *problem) MUST_CHECK;
/* All of it. */
enum err fetch_tls_write(struct fetch_tls *t, const void *bytes, size_t length,
    struct tls_problem *problem) MUST_CHECK;
/* Some; 0: the server said that this is the end. */
enum err fetch_tls_read(struct fetch_tls *t, void *out, size_t size, size_t *length_out,
    struct tls_problem *problem) MUST_CHECK;

#endif
