/*
 * x509_chain - is a client's certificate one that the administrator trusts.
 *
 * Each certificate of the file "ca" is an anchor, as in a Java trust store: a chain ends
 * at the first of them. OpenSSL builds and checks the chain for the purpose of a TLS
 * client at security level 2 (RSA of 2048 bits, no SHA-1), at the time that is given.
 *
 * With a file "crl" the client's own certificate must be covered by a list of its issuer.
 * Of the others in the chain those are looked up whose issuer has a list there. A list
 * whose time is over refuses, unless the configuration accepts it as it is.
 *
 * Trust: the chain is a peer's; the files are the administrator's, and still checked.
 *
 * Ownership: owns what it loaded. Nothing is opened here, and nothing fetched.
 *
 * Limits: X509_CA_FILE_MAX and X509_CRL_FILE_MAX bytes, X509_ANCHORS_MAX anchors,
 * X509_CRLS_MAX lists, X509_DEPTH_MAX certificates between the client's and the anchor.
 */
#ifndef X509_CHAIN_H
#define X509_CHAIN_H

#include "x509_deny.h"
#include "x509_transcript.h"

#include <openssl/x509.h>
#include <schloss/auth_plugin.h>

#define X509_CA_FILE_MAX  ((size_t)4 << 20)
#define X509_CRL_FILE_MAX ((size_t)64 << 20)
#define X509_ANCHORS_MAX  1000
#define X509_CRLS_MAX     1000
#define X509_DEPTH_MAX    4

struct x509_chain {
    X509_STORE *store;
    STACK_OF(X509_CRL) * crls; /* those of the store, to ask by issuer */
    STACK_OF(X509) * anchors;  /* those of the store */
    struct x509_deny deny;
    bool expired_crl_is_good;
};

/* A client's certificates, taken from bytes. */
struct x509_peer {
    X509 *leaf;
    STACK_OF(X509) * others;
};

enum err x509_chain_init(struct x509_chain *c) MUST_CHECK;
void x509_chain_fini(struct x509_chain *c);

/* Each at most once. ERR_INVALID: *problem_out is a constant sentence. */
enum err x509_chain_load_ca(struct x509_chain *c, const void *bytes, size_t length,
    const char **problem_out) MUST_CHECK;
enum err x509_chain_load_crl(struct x509_chain *c, const void *bytes, size_t length,
    const char **problem_out) MUST_CHECK;

/* How many anchors and lists are past their end, for who tells the administrator. */
size_t x509_chain_ended(const struct x509_chain *c, int64_t now_ms);

/* NONE, or MALFORMED: a certificate that is none. x509_peer_fini() is safe after both. */
enum schloss_auth_reason x509_peer_init(
    struct x509_peer *out, const struct x509_side *side) MUST_CHECK;
void x509_peer_fini(struct x509_peer *p);

/* With NONE *expires_ms_out is when the first certificate of the chain ends. */
enum schloss_auth_reason x509_chain_check(struct x509_chain *c,
    const struct x509_peer *peer, int64_t now_ms, int64_t *expires_ms_out) MUST_CHECK;

#endif
