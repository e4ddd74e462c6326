/*
 * x509_transcript - the messages of a TLS 1.3 handshake, walked in the one order there is.
 *
 * What is walked is what both sides hashed: each message is a type of one byte, a length
 * of three and a body, without the record layer, from the first ClientHello to the
 * client's CertificateVerify; the client's Finished may follow. Whatever makes another
 * handshake than the plain one with a client certificate is refused: TLS before 1.3, a
 * pre-shared key, early data, a message twice, missing or behind the end.
 *
 * Nothing here says that any of it is true: x509_proof.h does.
 *
 * Trust: takes any bytes. No length is believed before the bytes are there.
 *
 * Ownership: the views borrow the bytes; nothing is allocated.
 *
 * Limits: X509_MESSAGES_MAX bytes, X509_CERTIFICATES_MAX certificates of each side.
 */
#ifndef X509_TRANSCRIPT_H
#define X509_TRANSCRIPT_H

#include "err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define X509_MESSAGES_MAX     65504
#define X509_CERTIFICATES_MAX 8
#define X509_HASH_MAX         48

enum x509_walk {
    X509_WALK_OK = 0,
    X509_WALK_SHORT,    /* the bytes ended too early */
    X509_WALK_SHAPE,    /* a message that is not of the form of its type */
    X509_WALK_ORDER,    /* another message than the one whose turn it is */
    X509_WALK_LIMIT,    /* more than we look at */
    X509_WALK_VERSION,  /* not TLS 1.3 */
    X509_WALK_SUITE,    /* a cipher suite that we do not know, or two */
    X509_WALK_RESUMED,  /* a pre-shared key or early data */
    X509_WALK_NO_CHAIN, /* the client sent no certificate */
    X509_WALK_TRAILING, /* bytes behind the last message */
};

struct x509_view { /* not NUL-terminated */
    const uint8_t *bytes;
    size_t length;
};

/* One side's Certificate and CertificateVerify. */
struct x509_side {
    struct x509_view chain[X509_CERTIFICATES_MAX]; /* DER; the first is its own */
    size_t chain_length;                           /* at least 1 */
    uint16_t scheme;
    struct x509_view signature; /* at least one byte */
};

struct x509_transcript {
    bool sha384;                  /* else SHA-256 */
    struct x509_view first_hello; /* only before a HelloRetryRequest, else empty */
    struct x509_view to_server;   /* what comes then, up to the server's Certificate */
    struct x509_view to_client;   /* the same, up to the client's Certificate */
    struct x509_side server;
    struct x509_side client;
};

/* Writes *out only when all is well. */
enum x509_walk x509_transcript_walk(
    struct x509_transcript *out, const uint8_t *bytes, size_t length) MUST_CHECK;

/* The Transcript-Hash (RFC 8446, 4.4.1) that the CertificateVerify after `part`, which is
 * to_server or to_client, signs. Returns its length; 0: the hash can not be computed. */
size_t x509_transcript_hash(const struct x509_transcript *t, const struct x509_view *part,
    uint8_t out[X509_HASH_MAX]) MUST_CHECK;

#endif
