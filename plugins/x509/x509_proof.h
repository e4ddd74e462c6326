/*
 * x509_proof - does this handshake prove who the client of this very session is.
 *
 * The message of a step, made by the gate and by broker:
 *
 *     32 bytes   SHA-256 of the signature that `keys` made for this session's
 *                CertificateVerify; from broker, the gate has no say in it
 *     the rest   the handshake's messages (x509_transcript.h), from the gate
 *
 * The gate is not believed. It can not sign for the client, so the client's signature
 * must be over what the gate shows; and it can not make an old handshake new, because the
 * signature of the server in it must be the one of this session. That needs a signature
 * that is never the same twice: RSA-PSS or ECDSA, not Ed25519. The server's signature
 * must also be good for the certificate that the client was shown, over the same
 * messages: a signature that was asked for with another text proves nothing.
 *
 * What is not shown: whether the certificate is to be trusted (x509_chain.h).
 *
 * Trust: the messages are a taken-over gate's; the hash is broker's.
 *
 * Ownership: borrows; nothing is kept.
 */
#ifndef X509_PROOF_H
#define X509_PROOF_H

#include "x509_transcript.h"

#include <openssl/x509.h>
#include <schloss/auth_plugin.h>

#define X509_FRESH_SIZE    32
#define X509_PROOF_MAX     (X509_FRESH_SIZE + X509_MESSAGES_MAX)
#define X509_RSA_BITS_MIN  2048
#define X509_RSA_BITS_MAX  8192
#define X509_SIGNATURE_MAX 1024 /* RSA of X509_RSA_BITS_MAX */

/* The message, taken apart: MALFORMED, TOO_LONG or NONE. Writes *out with NONE only. */
enum schloss_auth_reason x509_proof_parse(
    struct x509_transcript *out, const void *bytes, size_t length) MUST_CHECK;

/* fresh: the first X509_FRESH_SIZE bytes of the message. client, server: the first
 * certificates of the two chains. NONE: the client of this session holds the client's
 * key. */
enum schloss_auth_reason x509_proof_check(const struct x509_transcript *t,
    const uint8_t fresh[X509_FRESH_SIZE], X509 *server, X509 *client) MUST_CHECK;

/* Every scheme once, so that OpenSSL has loaded what it needs before a sandbox closes.
 * ERR_UNSUPPORTED: one does not work here. */
enum err x509_proof_warm(void) MUST_CHECK;

#endif
