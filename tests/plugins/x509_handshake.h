/*
 * x509_handshake - keys, certificates and real TLS 1.3 handshakes in memory, for tests.
 *
 * Nothing of it is stored: every key is made when it is first asked for. What goes wrong
 * here fails the test that runs.
 */
#ifndef X509_HANDSHAKE_H
#define X509_HANDSHAKE_H

#include "buf.h"

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "RSA-1024", "RSA-2048", "P-256", "P-384", "P-521", "Ed25519"; number: another of that
 * kind. Kept until the process ends; borrowed. */
EVP_PKEY *handshake_key(const char *kind, unsigned number);

struct handshake_subject {
    const char *name; /* CN; or X509_NAME below */
    X509_NAME *subject;
    EVP_PKEY *key;
    X509 *issuer; /* NULL: itself */
    EVP_PKEY *issuer_key;
    bool is_ca;
    const char *usage;       /* of the extended key; NULL: none said */
    const char *alternative; /* "URI:a,DNS:b" */
    int from_days;           /* from now on; 0 and 0: a year from yesterday */
    int to_days;
    const char *digest; /* NULL: SHA-256 */
    long serial;        /* 0: 1 */
};

/* The caller frees it. */
X509 *handshake_certificate(const struct handshake_subject *s);
/* A list of revoked serial numbers, up to a 0; ended: its time is over. */
X509_CRL *handshake_crl(X509 *issuer, EVP_PKEY *key, const long *serials, bool ended);
void handshake_add_pem(struct buf *out, X509 *certificate);
void handshake_add_crl_pem(struct buf *out, X509_CRL *crl);

struct handshake {
    EVP_PKEY *server_key;
    X509 *server;
    EVP_PKEY *client_key;
    X509 *client;
    X509 *const *others;        /* up to a NULL; or NULL */
    const char *suite;          /* NULL: AES-128 */
    bool retry;                 /* by way of a HelloRetryRequest */
    const char *client_schemes; /* NULL: what OpenSSL takes */
    const char *server_schemes;
};

/* Appends the message of a step: the fresh part, as `keys` would give it, and the
 * handshake up to the client's Finished. */
void handshake_run(const struct handshake *h, struct buf *out);
/* Puts the fresh part there anew, from the server's signature in the message. */
void handshake_freshen(uint8_t *message, size_t length);
/* Where the n-th message of this type begins, and with its header how long it is; false:
 * there is none. */
bool handshake_find(const uint8_t *message, size_t length, uint8_t type, unsigned n,
    size_t *at_out, size_t *length_out);

#endif
