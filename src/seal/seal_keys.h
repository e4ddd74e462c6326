/*
 * seal_keys - the keys by which credentials are sealed, derived from one lasting secret.
 *
 * Of the secret (a file that a plugin has already) come, by HMAC-SHA-512 under labels of
 * their own: a key pair of X25519, whose public half may be known to everybody who is to
 * seal a credential for the plugin, and a key for what is stored, which nobody else has.
 * Nothing of them can be computed from one another, nor from what else the secret is for.
 *
 * Trust: the secret is the administrator's.
 *
 * Ownership: a struct without pointers; seal_keys_wipe() ends it.
 */
#ifndef SEAL_KEYS_H
#define SEAL_KEYS_H

#include "err.h"

#include <stddef.h>
#include <stdint.h>

#define SEAL_KEY_SIZE 32u

struct seal_keys {
    uint8_t public_key[SEAL_KEY_SIZE];
    uint8_t secret_key[SEAL_KEY_SIZE];
    uint8_t store_key[SEAL_KEY_SIZE];
};

/* The secret is random, of 32 bytes or more. After seal_prepare(). */
void seal_keys_derive(struct seal_keys *out, const void *secret, size_t length);
void seal_keys_wipe(struct seal_keys *keys);

#endif
