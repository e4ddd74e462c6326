/*
 * cert_make - certificates: what one is to say, and the signature below it.
 *
 * Every one says whether it is a CA, what its key may do, until when, and by which keys;
 * its serial number is 128 random bits. A server's and a client's certificate is never a
 * CA's.
 *
 * Trust: wishes are the administrator's. Of a request from elsewhere (PKCS #10) only the
 * key, which must have signed it, and the name, which is checked, are taken: what else it
 * asks for is not looked at.
 *
 * Ownership: what comes out is OpenSSL's, freed by its functions.
 */
#ifndef CERT_MAKE_H
#define CERT_MAKE_H

#include "cert_names.h"

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#define CERT_CA_DAYS     3650
#define CERT_LEAF_DAYS   397 /* as of servers on the web: also the most */
#define CERT_NAME_LENGTH 64  /* characters of a common name (RFC 5280) */
#define CERT_SKEW_S      300 /* clocks differ */

/* Who signs. certificate: NULL: itself. */
struct cert_signer {
    X509 *certificate;
    EVP_PKEY *key;
};

struct cert_wish {
    const X509_NAME *subject;
    const GENERAL_NAMES *names; /* NULL or empty: none */
    bool ca;                    /* then neither of the next */
    bool server;
    bool client;
    int64_t now_s;
    int64_t days; /* cut where the signer's certificate ends */
};

/* NULL: a good common name, also for a file; else what is wrong, with a help. */
const char *cert_common_name_problem(const char *name);
/* The name CN=name. */
enum err cert_subject_make(const char *name, X509_NAME **out) MUST_CHECK;

/* key: whose certificate it is. */
enum err cert_make(const struct cert_wish *wish, EVP_PKEY *key,
    const struct cert_signer *signer, X509 **out) MUST_CHECK;

/* A request in PEM. ERR_INVALID fills why: it is none, its key has not signed it, or the key is
 * too weak. */
enum err cert_request_read(
    const void *pem, size_t length, X509_REQ **out, struct cert_problem *why) MUST_CHECK;

#endif
