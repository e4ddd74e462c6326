/*
 * scram_credential - what is stored of a password for one mechanism of SCRAM.
 *
 * The text is RFC 5803's, `SCRAM-SHA-512$ITERATIONS:SALT$STOREDKEY:SERVERKEY`, with
 * `:disabled` behind it for a user who may not come in at present. It is canonical: base64
 * with padding and without spare bits, numbers without leading zeros.
 *
 * Iterations: who guesses a stolen file pays them, and so does each client at each
 * connection; the server never does. What a person chose gets 16384, the most that Apache
 * Kafka's own tools set, so that a credential can move between the two. A generated secret
 * of 256 bits can not be guessed, and gets the least that clients accept. Passwords and
 * names are taken as their bytes: clients do no SASLprep.
 *
 * Trust: parsing takes any bytes. Ownership: a struct without pointers; the caller wipes
 * it.
 *
 * Limits: 4096 to 1,000,000 iterations (librdkafka computes no more), salts of 8 to 64
 * bytes.
 */
#ifndef SCRAM_CREDENTIAL_H
#define SCRAM_CREDENTIAL_H

#include "scram_crypto.h"
#include "users_password.h"

#define SCRAM_ITERATIONS_MIN     4096
#define SCRAM_ITERATIONS_MAX     1000000
#define SCRAM_ITERATIONS_DEFAULT 16384
#define SCRAM_SALT_MIN           8u
#define SCRAM_SALT_MAX           64u
#define SCRAM_SALT_SIZE          32u /* what scram_credential_make() draws */

/* base64 of length bytes, without a NUL. */
#define SCRAM_BASE64_LENGTH(length) (((length) + 2) / 3 * 4)
/* With its NUL. */
#define SCRAM_CREDENTIAL_MAX                                                             \
    (sizeof("SCRAM-SHA-512$1000000:$::disabled") + SCRAM_BASE64_LENGTH(SCRAM_SALT_MAX) + \
        2 * SCRAM_BASE64_LENGTH(SCRAM_HASH_MAX))

struct scram_credential {
    enum scram_mechanism mechanism;
    uint32_t iterations;
    size_t salt_length;
    uint8_t salt[SCRAM_SALT_MAX];
    uint8_t stored_key[SCRAM_HASH_MAX];
    uint8_t server_key[SCRAM_HASH_MAX];
    bool disabled;
};

/* NULL: good, and *out is set; else what is wrong, and *at_out says at which byte. */
const char *scram_credential_parse(struct scram_credential *out, const char *text,
    size_t length, size_t *at_out) MUST_CHECK;
/* NUL-terminated. The credential is one that was parsed or made. */
void scram_credential_format(
    const struct scram_credential *c, char out[SCRAM_CREDENTIAL_MAX]);

/* With a salt of its own. ERR_INVALID: the password is shorter or longer than users'
 * passwords may be, or holds a NUL. */
enum err scram_credential_make(struct scram_credential *out, struct scram_crypto *crypto,
    enum scram_mechanism mechanism, const struct scram_part *password,
    enum users_cost cost) MUST_CHECK;
/* Sets the keys of a credential whose mechanism, iterations and salt are set. */
enum err scram_credential_derive(struct scram_credential *c, struct scram_crypto *crypto,
    const struct scram_part *password) MUST_CHECK;

/* Strict: the whole text, canonical. False: not base64, or more than max bytes, which is
 * SCRAM_HASH_MAX at most. */
bool scram_base64_decode(const char *text, size_t length, uint8_t *out, size_t max,
    size_t *length_out) MUST_CHECK;
/* out holds SCRAM_BASE64_LENGTH(length) + 1 bytes. */
void scram_base64_encode(const uint8_t *bytes, size_t length, char *out);

#endif
