/*
 * oauth_jwks - the keys of an issuer: a JWKS document (RFC 7517), in memory.
 *
 * Keys are found by their kid, equal byte for byte, among those that were loaded. A kid
 * is never a path, an address or anything else than a name.
 *
 * What can check none of our signatures is left out and counted (RFC 7517 section 5):
 * other types, curves and algorithms, keys for encryption. A key that holds a secret, has
 * no kid, is weak or malformed, or has the kid of another refuses the document.
 *
 * OpenSSL is used in a context of its own: no configuration file is read, no module
 * loaded; the default provider is part of libcrypto.
 *
 * Trust: takes any bytes. Ownership: the set owns its keys.
 *
 * Limits: OAUTH_JWKS_SIZE_MAX bytes, OAUTH_KEYS_MAX keys in the document.
 */
#ifndef OAUTH_JWKS_H
#define OAUTH_JWKS_H

#include "algo.h"
#include "oauth_key.h"

#define OAUTH_JWKS_SIZE_MAX ((size_t)1 << 20)
#define OAUTH_KEYS_MAX      64

struct oauth_jwks {
    struct algo algo;
    struct oauth_key keys[OAUTH_KEYS_MAX];
    size_t count;
    size_t left_out;
};

struct oauth_jwks_problem {
    size_t key; /* from 1; 0: the whole document */
    const char *message;
};

/* OK: at least one key. ERR_INVALID fills *problem_out. On every error j is empty and
 * oauth_jwks_fini() is safe. */
enum err oauth_jwks_load(struct oauth_jwks *j, const void *bytes, size_t length,
    struct oauth_jwks_problem *problem_out) MUST_CHECK;
void oauth_jwks_fini(struct oauth_jwks *j);
/* NULL: there is none. */
const struct oauth_key *oauth_jwks_find(
    const struct oauth_jwks *j, struct schloss_auth_bytes kid);

#endif
