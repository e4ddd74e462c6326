#include "oauth_jwks.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

/* What a key of that type may check; never another's. */
static unsigned algorithms_of(const EVP_PKEY *pkey)
{
    if (EVP_PKEY_is_a(pkey, "RSA")) {
        return OAUTH_BIT(OAUTH_RS256) | OAUTH_BIT(OAUTH_PS256);
    }
    return EVP_PKEY_is_a(pkey, "EC") ? OAUTH_BIT(OAUTH_ES256) : OAUTH_BIT(OAUTH_EdDSA);
}

/* What was loaded is found by its name, checks something, and is as strong as promised.
 * */
static void check_key(const struct oauth_jwks *keys, const struct oauth_key *k)
{
    static const uint8_t signature[OAUTH_SIGNATURE_MAX];
    const struct schloss_auth_bytes text = {"text", 4};

    demand(k->kid_length >= 1 && k->kid_length <= OAUTH_KID_MAX);
    demand(
        oauth_jwks_find(keys, (struct schloss_auth_bytes){k->kid, k->kid_length}) == k);
    demand(k->algorithms != 0 && (k->algorithms & ~algorithms_of(k->pkey)) == 0);
    demand(k->signature_length <= OAUTH_SIGNATURE_MAX);
    int bits = EVP_PKEY_get_bits(k->pkey);
    demand(EVP_PKEY_is_a(k->pkey, "RSA") ? bits >= OAUTH_RSA_BITS_MIN : bits >= 253);
    for (unsigned a = 0; a < OAUTH_ALGORITHM_COUNT; a++) {
        demand(oauth_key_verify(k, (enum oauth_algorithm)a, text,
                   (struct schloss_auth_bytes){signature, k->signature_length}) ==
               ERR_DENIED);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct oauth_jwks keys;
    static bool started;
    struct oauth_jwks_problem problem = {.message = NULL};

    if (!started) {
        started = true;
        oauth_json_start();
    }
    uint8_t *copy = calloc(1, size > 0 ? size : 1);
    demand(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    enum err e = oauth_jwks_load(&keys, copy, size, &problem);
    demand(e == OK || (e == ERR_INVALID && problem.message != NULL));
    demand((keys.count > 0) == (e == OK));
    for (size_t i = 0; i < keys.count; i++) {
        check_key(&keys, &keys.keys[i]);
    }
    oauth_jwks_fini(&keys);
    free(copy);
    return 0;
}
