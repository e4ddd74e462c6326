/*
 * auditlog_crypto - the digest and the signatures of the audit trail.
 *
 * SHA-256 and ECDSA P-256 by OpenSSL, Ed25519 by libsodium. In FIPS mode all is OpenSSL's
 * FIPS provider, and Ed25519 is not made.
 *
 * Ownership: a pair holds a secret: auditlog_pair_wipe() it.
 */
#ifndef AUDITLOG_CRYPTO_H
#define AUDITLOG_CRYPTO_H

#include "algo.h"

#include <stdbool.h>

#define AUDITLOG_HASH          32
#define AUDITLOG_SECRET        32
#define AUDITLOG_PUBLIC_MAX    65 /* an uncompressed point of P-256 */
#define AUDITLOG_SIGNATURE_MAX 72 /* DER of ECDSA P-256 */

enum auditlog_algorithm { AUDITLOG_ED25519 = 1, AUDITLOG_ECDSA_P256 = 2 };

struct auditlog_crypto {
    struct algo algo;
    EVP_MD *sha256;
    EVP_MD_CTX *digest; /* of one call */
};

struct auditlog_public {
    enum auditlog_algorithm algorithm;
    uint8_t bytes[AUDITLOG_PUBLIC_MAX];
    size_t length;
};

struct auditlog_pair {
    struct auditlog_public key;
    uint8_t secret[AUDITLOG_SECRET];
};

struct auditlog_bytes {
    const void *ptr;
    size_t len;
};

/* ERR_UNSUPPORTED: fips, and there is no such provider. */
enum err auditlog_crypto_open(struct auditlog_crypto *c, bool fips) MUST_CHECK;
/* Harmless on a zeroed one. */
void auditlog_crypto_close(struct auditlog_crypto *c);

/* Of the parts one behind the other. ERR_NOMEM. */
enum err auditlog_hash(struct auditlog_crypto *c, const struct auditlog_bytes *parts,
    size_t count, uint8_t out[AUDITLOG_HASH]) MUST_CHECK;

/* "ed25519", "ecdsa-p256"; NULL for a number that is neither. */
const char *auditlog_algorithm_name(enum auditlog_algorithm algorithm);
enum err auditlog_algorithm_find(
    const void *name, size_t length, enum auditlog_algorithm *out) MUST_CHECK;
/* How long its public key is. */
size_t auditlog_public_length(enum auditlog_algorithm algorithm);
bool auditlog_public_equals(
    const struct auditlog_public *a, const struct auditlog_public *b);

enum err auditlog_pair_make(struct auditlog_crypto *c, enum auditlog_algorithm algorithm,
    struct auditlog_pair *out) MUST_CHECK;
void auditlog_pair_wipe(struct auditlog_pair *pair);

enum err auditlog_sign(struct auditlog_crypto *c, const struct auditlog_pair *pair,
    const void *text, size_t length, uint8_t out[AUDITLOG_SIGNATURE_MAX],
    size_t *length_out) MUST_CHECK;
/* Trust: key and signature may be anything of at most their maximum. */
bool auditlog_is_signed(struct auditlog_crypto *c, const struct auditlog_public *key,
    const void *text, size_t length, const uint8_t *signature, size_t signature_length);

#endif
