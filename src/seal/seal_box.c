#include "seal_box.h"

#include "mem.h"
#include "rand.h"

#include <sodium.h>
#include <string.h>

#define NONCE_SIZE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES

_Static_assert(SEAL_OFFER_OVER == crypto_box_SEALBYTES, "what a seal adds");
_Static_assert(SEAL_STORED_OVER == NONCE_SIZE + crypto_aead_xchacha20poly1305_ietf_ABYTES,
    "what storing adds");

enum err seal_offer(const uint8_t public_key[SEAL_KEY_SIZE],
    const struct seal_credential *c, uint8_t out[SEAL_OFFER_MAX], size_t *length_out)
{
    struct seal_credential offered = *c;
    uint8_t text[SEAL_TEXT_MAX];

    offered.serial = 0;
    const size_t length = seal_credential_encode(&offered, text);
    const bool sealed = crypto_box_seal(out, text, length, public_key) == 0;
    mem_wipe(text, sizeof(text));
    mem_wipe(&offered, sizeof(offered));
    *length_out = length + SEAL_OFFER_OVER;
    return sealed ? OK : ERR_INVALID;
}

enum err seal_offer_open(const struct seal_keys *keys, const uint8_t *bytes,
    size_t length, struct seal_credential *out)
{
    uint8_t text[SEAL_TEXT_MAX];
    enum err e = ERR_INVALID;

    if (length < SEAL_OFFER_OVER || length > SEAL_OFFER_MAX) {
        return ERR_INVALID;
    }
    if (crypto_box_seal_open(text, bytes, length, keys->public_key, keys->secret_key) ==
        0) {
        e = seal_credential_decode(text, length - SEAL_OFFER_OVER, out);
    }
    mem_wipe(text, sizeof(text));
    return e;
}

size_t seal_store(const struct seal_keys *keys, const struct seal_credential *c,
    uint8_t out[SEAL_STORED_MAX])
{
    uint8_t text[SEAL_TEXT_MAX];

    const size_t length = seal_credential_encode(c, text);
    rand_bytes(out, NONCE_SIZE);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(
        out + NONCE_SIZE, NULL, text, length, NULL, 0, NULL, out, keys->store_key);
    mem_wipe(text, sizeof(text));
    return length + SEAL_STORED_OVER;
}

enum err seal_store_open(const struct seal_keys *keys, const uint8_t *bytes,
    size_t length, struct seal_credential *out)
{
    uint8_t text[SEAL_TEXT_MAX];
    enum err e = ERR_INVALID;

    if (length < SEAL_STORED_OVER || length > SEAL_STORED_MAX) {
        return ERR_INVALID;
    }
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(text, NULL, NULL, bytes + NONCE_SIZE,
            length - NONCE_SIZE, NULL, 0, bytes, keys->store_key) == 0) {
        e = seal_credential_decode(text, length - SEAL_STORED_OVER, out);
    }
    mem_wipe(text, sizeof(text));
    return e;
}
