/* oauth_forge - keys, JWKS documents and tokens, good ones and others, for tests. */
#ifndef OAUTH_FORGE_H
#define OAUTH_FORGE_H

#include "buf.h"

#include <openssl/evp.h>

/* What a test that has nothing else to say puts in. Both last from 1000 s to 2000 s. */
#define FORGE_ISSUER   "https://issuer.example"
#define FORGE_AUDIENCE "schloss"
#define FORGE_NOW_MS   1500000
#define FORGE_CLAIMS                                                                     \
    "{\"iss\":\"" FORGE_ISSUER "\",\"aud\":\"" FORGE_AUDIENCE "\",\"sub\":\"alice\","    \
    "\"iat\":1000,\"nbf\":1000,\"exp\":2000}"

enum forge_kind { FORGE_RSA, FORGE_P256, FORGE_ED25519, FORGE_KINDS };

/* One key of each kind, the same for the whole process; its kid is "rsa", "p256" or
 * "ed25519". */
EVP_PKEY *forge_key(enum forge_kind kind);
EVP_PKEY *forge_rsa(int bits); /* the caller's */
void forge_end(void);

void forge_base64(struct buf *out, const void *bytes, size_t length);
/* The public half; extra: more members, each with a comma before it. */
void forge_jwk(struct buf *out, EVP_PKEY *key, const char *kid, const char *extra);
/* A document with the three keys. */
void forge_jwks(struct buf *out);
/* out: what is signed, without its last dot. alg: one of the four, "HS256" with the key's
 * PEM as its secret, "DER": ES256 with OpenSSL's own form of a signature, or "PSS20":
 * PS256 with a shorter salt. */
void forge_sign(struct buf *out, const char *alg, EVP_PKEY *key);
/* All of it. out: initialised; is emptied first. */
void forge_token(struct buf *out, const char *header, const char *claims, const char *alg,
    EVP_PKEY *key);
/* A good one of that algorithm. */
void forge_good(struct buf *out, const char *alg);

#endif
