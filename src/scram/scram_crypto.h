/*
 * scram_crypto - the hash functions of SCRAM (RFC 5802, RFC 7677), fetched once.
 *
 * Everything is fetched by scram_crypto_init(), from a library context of its own that
 * reads no configuration; from then on only memory is needed, but for
 * scram_crypto_salted_password(), which is for tools.
 *
 * Trust: lengths are the caller's; what is hashed may be a peer's.
 *
 * Ownership: owns OpenSSL's objects. An instance works for one caller at a time; keys are
 * wiped by OpenSSL with the next key or the end.
 */
#ifndef SCRAM_CRYPTO_H
#define SCRAM_CRYPTO_H

#include "algo.h"
#include "err.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum scram_mechanism { SCRAM_SHA_256, SCRAM_SHA_512 };

#define SCRAM_MECHANISMS    2u
#define SCRAM_HASH_MAX      64u
#define SCRAM_MECHANISM_MAX sizeof("SCRAM-SHA-512")

struct scram_part {
    const void *bytes;
    size_t length;
};

struct scram_hash {
    EVP_MD *digest;
    EVP_MD_CTX *digest_context;
    EVP_MAC_CTX *hmac_context;
};

struct scram_crypto {
    struct algo algo;
    struct scram_hash hashes[SCRAM_MECHANISMS];
};

/* On an error there is nothing to free; scram_crypto_fini() is safe. */
enum err scram_crypto_init(struct scram_crypto *c) MUST_CHECK;
/* The same by the algorithms of that mode. ERR_UNSUPPORTED: they are not there. */
enum err scram_crypto_init_mode(struct scram_crypto *c, enum algo_mode mode) MUST_CHECK;
void scram_crypto_fini(struct scram_crypto *c);

const char *scram_mechanism_name(enum scram_mechanism mechanism);
bool scram_mechanism_find(
    const void *name, size_t length, enum scram_mechanism *out) MUST_CHECK;
/* Bytes of a digest, a stored key, a server key and a proof. */
size_t scram_hash_size(enum scram_mechanism mechanism);

/* out holds scram_hash_size() bytes. ERR_NOMEM: OpenSSL could not. */
enum err scram_crypto_digest(struct scram_crypto *c, enum scram_mechanism mechanism,
    const struct scram_part *input, uint8_t *out) MUST_CHECK;
/* Over the parts as if they were one. The key is not empty. */
enum err scram_crypto_hmac(struct scram_crypto *c, enum scram_mechanism mechanism,
    const struct scram_part *key, const struct scram_part *parts, size_t count,
    uint8_t *out) MUST_CHECK;
/* RFC 5802's Hi(). */
enum err scram_crypto_salted_password(struct scram_crypto *c,
    enum scram_mechanism mechanism, const struct scram_part *password,
    const struct scram_part *salt, uint32_t iterations, uint8_t *out) MUST_CHECK;

#endif
