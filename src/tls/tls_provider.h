/*
 * tls_provider - an OpenSSL provider whose keys can not be read, because they are not
 * here.
 *
 * A key made by tls_provider_key() looks like a private key to libssl, but holds only the
 * public half of a certificate. To sign, the whole text goes out through `struct
 * tls_signer`, together with the TLS SignatureScheme; what comes back is the signature.
 * There is no decryption, no raw signing of a digest, and an export of the private half
 * fails.
 *
 * Trust: the signer's answer is bounded, not believed: a wrong signature fails at the
 * client.
 *
 * Ownership: a key borrows its signer, which must outlive it.
 */
#ifndef TLS_PROVIDER_H
#define TLS_PROVIDER_H

#include "algo.h"
#include "err.h"

#include <openssl/evp.h>
#include <openssl/provider.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_SIGNATURE_MAX 512 /* RSA-4096 */

struct tls_signer {
    /* *length: in, the room in signature; out, how much of it was used. */
    enum err (*sign)(void *context, uint16_t scheme, const uint8_t *text,
        size_t text_length, uint8_t *signature, size_t *length);
    void *context;
};

/*
 * Adds the provider to a library context, beside the one that is there. From then on
 * whatever is fetched there without a wish comes from another provider than this one.
 */
enum err tls_provider_add(const struct algo *algo, OSSL_PROVIDER **out) MUST_CHECK;

/* ERR_UNSUPPORTED: public_key is none of RSA, EC, Ed25519. Free *out with
 * EVP_PKEY_free(). */
enum err tls_provider_key(OSSL_LIB_CTX *library, EVP_PKEY *public_key,
    const struct tls_signer *signer, EVP_PKEY **out) MUST_CHECK;

#endif
