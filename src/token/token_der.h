/*
 * token_der - what PKCS#11 and TLS write differently.
 *
 * An ECDSA signature is two numbers in a row in one, and a DER sequence of two integers in
 * the other. A signature of RSA PKCS#1 1.5 is made of a DigestInfo, which the token does
 * not build.
 *
 * Trust: the numbers come from the module. Pure; bounds are checked.
 */
#ifndef TOKEN_DER_H
#define TOKEN_DER_H

#include "err.h"

#include <stddef.h>
#include <stdint.h>

#define TOKEN_ECDSA_RAW_MAX   96 /* P-384 */
#define TOKEN_ECDSA_DER_MAX   104
#define TOKEN_DIGEST_INFO_MAX (19 + 64)

/* raw: two numbers of length/2 bytes. ERR_INVALID: an odd or unknown length, or a number
 * that is 0, which no signature has. */
enum err token_der_ecdsa(const uint8_t *raw, size_t length,
    uint8_t out[TOKEN_ECDSA_DER_MAX], size_t *length_out) MUST_CHECK;

/* digest: "SHA256", "SHA384" or "SHA512", and as many bytes as it has; else ERR_INVALID. */
enum err token_der_digest_info(const char *digest, const uint8_t *bytes, size_t length,
    uint8_t out[TOKEN_DIGEST_INFO_MAX], size_t *length_out) MUST_CHECK;

#endif
