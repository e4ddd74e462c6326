/*
 * seal_box - a credential that only the plugin's process can open: offered to it, and as
 * it is stored.
 *
 * Offered: crypto_box_seal() to the public key. Everybody who has that key can make one;
 * whether it may come into force is decided by who may alter credentials, not here.
 *
 * Stored: XChaCha20-Poly1305 under a key that the plugin's process alone has, so that
 * whoever keeps it (broker, store, the log on disk) can neither read it nor make one. The
 * text inside names user, mechanism, iterations and serial: a stored credential opens only
 * where it belongs. That an older one is put in the place of a newer is seen only by who
 * remembers the newer one's serial.
 *
 * Trust: opening takes any bytes. Ownership: none; what is opened is wiped by the caller.
 */
#ifndef SEAL_BOX_H
#define SEAL_BOX_H

#include "seal_credential.h"
#include "seal_keys.h"

#define SEAL_OFFER_OVER  48u /* an ephemeral public key and an authenticator */
#define SEAL_OFFER_MAX   (SEAL_TEXT_MAX + SEAL_OFFER_OVER)
#define SEAL_STORED_OVER 40u /* a nonce and an authenticator */
#define SEAL_STORED_MAX  (SEAL_TEXT_MAX + SEAL_STORED_OVER)

/* The credential is good; its serial is not looked at. ERR_INVALID: that is no public
 * key. */
enum err seal_offer(const uint8_t public_key[SEAL_KEY_SIZE],
    const struct seal_credential *c, uint8_t out[SEAL_OFFER_MAX],
    size_t *length_out) MUST_CHECK;
/* ERR_INVALID: not sealed to us, altered, or no good credential inside. */
enum err seal_offer_open(const struct seal_keys *keys, const uint8_t *bytes,
    size_t length, struct seal_credential *out) MUST_CHECK;

/* The credential is good. Returns the length. */
size_t seal_store(const struct seal_keys *keys, const struct seal_credential *c,
    uint8_t out[SEAL_STORED_MAX]);
/* ERR_INVALID: not stored by us, altered, or no good credential inside. */
enum err seal_store_open(const struct seal_keys *keys, const uint8_t *bytes,
    size_t length, struct seal_credential *out) MUST_CHECK;

#endif
