/*
 * tls_transcript - the handshake of a client that shows a certificate, kept byte by byte
 * for a process that judges it.
 *
 * A TLS 1.3 client proves its certificate by a signature over the handshake so far. This
 * process parses what a stranger sent, so nobody takes its word for who that is: it hands
 * on every handshake message of both sides, as they were before encryption, from the
 * first ClientHello to the client's CertificateVerify. Whoever has them can compute the
 * signed text anew and verify client and server in it.
 *
 * So no chain, name or date is looked at here: any certificate is accepted whose key made
 * the signature, and the judgement is somebody else's.
 *
 * Trust: the client chose half of the bytes. Limits: TLS_TRANSCRIPT_MAX bytes; of a longer
 * handshake there is no transcript.
 *
 * Ownership: the transcript owns its bytes; it must outlive the SSL it listens to.
 */
#ifndef TLS_TRANSCRIPT_H
#define TLS_TRANSCRIPT_H

#include "buf.h"
#include "tls_context.h"

#include <openssl/ssl.h>
#include <stdbool.h>

#define TLS_TRANSCRIPT_MAX ((size_t)48 * 1024)

struct tls_transcript {
    struct buf bytes;
    bool ended;  /* nothing more belongs to it */
    bool proved; /* ... because the client's CertificateVerify is in it */
};

/* For every SSL_CTX: certificates of clients are not judged here. */
void tls_transcript_accept_any(SSL_CTX *ssl);
/* Before the handshake: asks the client for a certificate, in TLS 1.3 and in no other
 * version, and listens. ERR_NOMEM. */
enum err tls_transcript_begin(
    struct tls_transcript *t, SSL *ssl, enum tls_ask ask) MUST_CHECK;
/* Harmless on a zeroed one. */
void tls_transcript_fini(struct tls_transcript *t);

#endif
