/*
 * password_cache - passwords that were right a moment ago, so that a reconnect does not
 * cost an Argon2.
 *
 * What is kept is BLAKE2b over user, password and the stored hash, under a key that is
 * drawn when the process starts and dies with it: without the key an entry tells nothing,
 * and a changed password is never found, because its stored hash differs. Only what was
 * right is remembered; a wrong password neither finds nor makes an entry.
 *
 * Ownership: the cache owns its memory and wipes it.
 *
 * Limits: PASSWORD_CACHE_SETS * PASSWORD_CACHE_WAYS entries, each for
 * PASSWORD_CACHE_TTL_MS; the oldest of a set makes room.
 */
#ifndef PASSWORD_CACHE_H
#define PASSWORD_CACHE_H

#include "err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PASSWORD_CACHE_SETS   1024
#define PASSWORD_CACHE_WAYS   4
#define PASSWORD_CACHE_TTL_MS 600000
#define PASSWORD_DIGEST_SIZE  32

struct password_proof {
    const char *name;
    size_t name_length;
    const char *password;
    size_t password_length;
    const char *hash; /* the stored form, NUL-terminated: the version of the record */
};

struct password_cache {
    struct password_cache_entry *entries; /* owned; the sets one after the other */
    uint8_t key[PASSWORD_DIGEST_SIZE];
};

enum err password_cache_init(struct password_cache *c) MUST_CHECK;
void password_cache_fini(struct password_cache *c);

bool password_cache_has(
    const struct password_cache *c, const struct password_proof *proof, int64_t now_ms);
void password_cache_add(
    struct password_cache *c, const struct password_proof *proof, int64_t now_ms);

#endif
