/*
 * oauth_key - one public key of a JWKS (RFC 7517), and the signatures that it checks.
 *
 * Signatures are checked with OpenSSL and JSON is read by jansson, without a JOSE library
 * between. Debian 12 has two: cjose 0.6.2.1 and jose 11. Neither knows OKP keys, and so
 * no EdDSA. Both read JSON without a look at duplicate members, take `kid` as optional
 * and bring what is not wanted here: decryption, key wrapping, HMAC, keys made of what a
 * peer sent. Both use OpenSSL's default context, which reads a configuration file and
 * fetches algorithms when they are first needed. What is needed is one compact signature
 * under four algorithms; that is this file.
 *
 * A key belongs to its algorithms, not the other way round: RSA checks RS256 and PS256,
 * P-256 checks ES256, Ed25519 checks EdDSA, and "alg" of the key narrows that. So a
 * public key is never an HMAC's secret, and "none" is no algorithm at all.
 *
 * Trust: a JWK is the administrator's, but may come from an issuer over the network, so
 * it is read like a peer's. What is signed, and the signature, are a peer's.
 *
 * Ownership: the key owns what it holds; the library context is borrowed and outlives it.
 *
 * Limits: RSA of OAUTH_RSA_BITS_MIN to OAUTH_RSA_BITS_MAX bits, a kid of OAUTH_KID_MAX
 * bytes.
 */
#ifndef OAUTH_KEY_H
#define OAUTH_KEY_H

#include "oauth_json.h"

#include <openssl/evp.h>

#define OAUTH_RSA_BITS_MIN  2048
#define OAUTH_RSA_BITS_MAX  8192
#define OAUTH_KID_MAX       255
#define OAUTH_SIGNATURE_MAX (OAUTH_RSA_BITS_MAX / 8)

/* The name is the one of RFC 7518 and RFC 8037. */
#define OAUTH_ALGORITHMS(X) X(RS256) X(PS256) X(ES256) X(EdDSA)

enum oauth_algorithm {
#define OAUTH_ALGORITHM_ENUM(name) OAUTH_##name,
    OAUTH_ALGORITHMS(OAUTH_ALGORITHM_ENUM)
#undef OAUTH_ALGORITHM_ENUM
        OAUTH_ALGORITHM_COUNT,
};

/* A set of them. */
#define OAUTH_BIT(algorithm) (1u << (unsigned)(algorithm))
#define OAUTH_ALL            (OAUTH_BIT(OAUTH_ALGORITHM_COUNT) - 1)

struct oauth_key {
    char kid[OAUTH_KID_MAX];
    size_t kid_length;
    unsigned algorithms;     /* a set: what it may check */
    size_t signature_length; /* of each of its signatures */
    EVP_PKEY *pkey;
    OSSL_LIB_CTX *library; /* borrowed: oauth_jwks */
};

/* False: not one of the four. */
bool oauth_algorithm_of(struct schloss_auth_bytes name, enum oauth_algorithm *out);

/* ERR_INVALID: *why_out is what is wrong, half a sentence. ERR_UNSUPPORTED: a good key,
 * but not one for this. ERR_NOMEM. */
enum err oauth_key_load(struct oauth_key *out, const json_t *jwk, OSSL_LIB_CTX *library,
    const char **why_out) MUST_CHECK;
void oauth_key_fini(struct oauth_key *k);

/* algorithm: one of the key's. ERR_DENIED: not its signature. ERR_NOMEM. */
enum err oauth_key_verify(const struct oauth_key *k, enum oauth_algorithm algorithm,
    struct schloss_auth_bytes text, struct schloss_auth_bytes signature) MUST_CHECK;

#endif
