/*
 * seal_credential - a SCRAM credential as it stands inside a seal, and how it is made of
 * what a client sends.
 *
 * The text is: version, mechanism, iterations, serial, then name and salt with a byte of
 * length before each, then stored key and server key, each as long as the mechanism's
 * hash. Numbers are big-endian. What decodes encodes to the same bytes.
 *
 * Trust: decoding takes any bytes: who has the public key can seal what he likes.
 *
 * Ownership: a struct without pointers; the caller wipes it.
 *
 * Limits: names of 1 to 255 bytes, salts of 8 to 64, 4096 to 16384 iterations.
 */
#ifndef SEAL_CREDENTIAL_H
#define SEAL_CREDENTIAL_H

#include "err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEAL_NAME_MAX       255u
#define SEAL_SALT_MIN       8u
#define SEAL_SALT_MAX       64u
#define SEAL_HASH_MAX       64u
#define SEAL_ITERATIONS_MIN 4096u
#define SEAL_ITERATIONS_MAX 16384u

/* As the protocol numbers them. */
enum seal_mechanism { SEAL_SCRAM_SHA_256 = 1, SEAL_SCRAM_SHA_512 = 2 };

#define SEAL_TEXT_MAX                                                                    \
    (1 + 1 + 4 + 8 + 1 + SEAL_NAME_MAX + 1 + SEAL_SALT_MAX + 2 * SEAL_HASH_MAX)

struct seal_credential {
    uint8_t mechanism; /* enum seal_mechanism */
    uint32_t iterations;
    uint64_t serial; /* 0 until it is stored; each change has a higher one */
    uint8_t name[SEAL_NAME_MAX];
    size_t name_length;
    uint8_t salt[SEAL_SALT_MAX];
    size_t salt_length;
    uint8_t stored_key[SEAL_HASH_MAX];
    uint8_t server_key[SEAL_HASH_MAX];
};

/* Once, before a sandbox closes. ERR_UNSUPPORTED: the library can not be used. */
enum err seal_prepare(void) MUST_CHECK;

/* Bytes of a hash, a key and a salted password; 0: there is no such mechanism. */
size_t seal_hash_size(uint8_t mechanism);
/* "SCRAM-SHA-256"; NULL: there is no such mechanism. */
const char *seal_mechanism_name(uint8_t mechanism);

/* Whether mechanism, iterations, name and salt are inside the limits. */
bool seal_credential_is_good(const struct seal_credential *c);
/* Sets the keys of a credential that is otherwise complete; salted_password has
 * seal_hash_size() bytes. */
void seal_credential_derive(struct seal_credential *c, const uint8_t *salted_password);

/* The credential is good. Returns the length. */
size_t seal_credential_encode(
    const struct seal_credential *c, uint8_t out[SEAL_TEXT_MAX]);
/* ERR_INVALID: not the text of a good credential; *out is not touched. */
enum err seal_credential_decode(
    const uint8_t *text, size_t length, struct seal_credential *out) MUST_CHECK;

/* Whether it is of that user, mechanism and number of iterations. */
bool seal_credential_is_of(const struct seal_credential *c, const void *name,
    size_t name_length, uint8_t mechanism, uint32_t iterations);

#endif
