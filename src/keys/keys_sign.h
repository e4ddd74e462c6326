/*
 * keys_sign - the only use that is made of a private key.
 *
 * A table names the TLS SignatureSchemes: for which kind of key, in which shape of text,
 * with what digest and padding. There is no other operation: no decryption, and no
 * signature over a digest that somebody else computed.
 */
#ifndef KEYS_SIGN_H
#define KEYS_SIGN_H

#include "keys_key.h"
#include "keys_signer.h"
#include "keys_text.h"
#include "tlspolicy.h"

struct keys_scheme;

/* NULL: not for this kind of key, or not in this shape. */
const struct keys_scheme *keys_scheme_find(
    enum keys_type type, uint16_t number, enum keys_shape shape);

/* Has the policy a scheme of this kind of key at all? */
bool keys_scheme_suits(enum keys_type type, const struct tlspolicy *policy);

/* ERR_IO: OpenSSL failed, or the signer did. */
enum err keys_sign(const struct keys_key *k, const struct keys_scheme *scheme,
    const uint8_t *text, size_t length, uint8_t signature[KEYS_SIGNATURE_MAX],
    size_t *signature_length_out) MUST_CHECK;

/*
 * Signs a sample with every scheme of this key and verifies it against the certificate:
 * proof that the two belong together, and everything that OpenSSL does on first use is
 * done. ERR_IO: it can not be signed; ERR_INVALID: they do not belong together.
 */
enum err keys_sign_try(const struct keys_key *k) MUST_CHECK;

#endif
