/* tls_context_private - what tls_context.c, tls_warm.c and tls_server.c share, and nobody
 * else. */
#ifndef TLS_CONTEXT_PRIVATE_H
#define TLS_CONTEXT_PRIVATE_H

#include "tls_context.h"

#include <openssl/ssl.h>

struct tls_context {
    OSSL_LIB_CTX *library;
    OSSL_PROVIDER *standard; /* OpenSSL's default provider */
    OSSL_PROVIDER *remote;   /* ours */
    BIO_METHOD *socket;
    SSL_CTX *ssl;
    EVP_PKEY *key; /* asks `noting` */
    uint16_t version_min;
    uint16_t version_max;
    enum tls_ask ask;
    struct tls_signer signer; /* the caller's */
    struct tls_signer noting; /* calls it and keeps the result in `signed_result` */
    enum err signed_result;
};

/* A server's SSL_CTX without certificate and key; NULL when out of memory. */
SSL_CTX *tls_context_make_ssl(const struct tls_context *c) MUST_CHECK;

#endif
