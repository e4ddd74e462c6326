/* tls_context_private - what tls_context.c, tls_warm.c and tls_server.c share, and nobody
 * else. */
#ifndef TLS_CONTEXT_PRIVATE_H
#define TLS_CONTEXT_PRIVATE_H

#include "tls_context.h"

#include <openssl/ssl.h>

struct tls_context {
    struct algo algo;      /* OpenSSL's own provider, beside ours */
    OSSL_PROVIDER *remote; /* ours */
    BIO_METHOD *socket;
    SSL_CTX *ssl;
    EVP_PKEY *key; /* asks `noting` */
    uint16_t version_min;
    uint16_t version_max;
    enum tls_ask ask;
    const struct tlspolicy *widest; /* what every connection stays within */
    const struct tlspolicy *policy; /* of the connections to come */
    const char *schemes;            /* all that go with the key; of use_leaf() */
    struct tls_signer signer;       /* the caller's */
    struct tls_signer noting;       /* calls it and keeps the result in `signed_result` */
    enum err signed_result;
};

/* A server's SSL_CTX without certificate and key; NULL when out of memory. */
SSL_CTX *tls_context_make_ssl(const struct tls_context *c) MUST_CHECK;
/* What the policy says, for one connection. ERR_NOMEM. */
enum err tls_policy_apply(const struct tls_context *c, SSL *ssl) MUST_CHECK;
/* The handshake is over: is what came of it allowed? ERR_INVALID, with OpenSSL's reason. */
enum err tls_policy_check(const struct tls_context *c, SSL *ssl) MUST_CHECK;

#endif
