#include "seal_keys.h"

#include "mem.h"

#include <sodium.h>
#include <string.h>

_Static_assert(SEAL_KEY_SIZE == crypto_box_SEEDBYTES &&
                   SEAL_KEY_SIZE == crypto_box_PUBLICKEYBYTES &&
                   SEAL_KEY_SIZE == crypto_box_SECRETKEYBYTES &&
                   SEAL_KEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    "one size for all");

static void derive(
    const void *secret, size_t length, const char *label, uint8_t out[SEAL_KEY_SIZE])
{
    crypto_auth_hmacsha512_state state;
    uint8_t bytes[crypto_auth_hmacsha512_BYTES];

    (void)crypto_auth_hmacsha512_init(&state, secret, length);
    (void)crypto_auth_hmacsha512_update(&state, (const uint8_t *)label, strlen(label));
    (void)crypto_auth_hmacsha512_final(&state, bytes);
    memcpy(out, bytes, SEAL_KEY_SIZE);
    mem_wipe(bytes, sizeof(bytes));
    mem_wipe(&state, sizeof(state));
}

void seal_keys_derive(struct seal_keys *out, const void *secret, size_t length)
{
    uint8_t seed[SEAL_KEY_SIZE];

    derive(secret, length, "schloss credential offered", seed);
    (void)crypto_box_seed_keypair(out->public_key, out->secret_key, seed);
    derive(secret, length, "schloss credential stored", out->store_key);
    mem_wipe(seed, sizeof(seed));
}

void seal_keys_wipe(struct seal_keys *keys)
{
    mem_wipe(keys, sizeof(*keys));
}
