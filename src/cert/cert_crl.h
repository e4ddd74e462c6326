/*
 * cert_crl - revocation lists: which serial numbers of a CA are not good any more.
 *
 * A list is never begun anew where there is one: the next has all that the last one has,
 * one number more, and a time until which it is good.
 *
 * Trust: a list that is not signed by the CA is not gone on with.
 */
#ifndef CERT_CRL_H
#define CERT_CRL_H

#include "cert_make.h"

#define CERT_CRL_DAYS 30

/* In PEM. ERR_INVALID: none, or not signed by the CA. */
enum err cert_crl_read(const void *pem, size_t length, const struct cert_signer *ca,
    X509_CRL **out) MUST_CHECK;
bool cert_crl_has(X509_CRL *crl, const ASN1_INTEGER *serial);

struct cert_crl_wish {
    X509_CRL *last;              /* borrowed; NULL: the first */
    const ASN1_INTEGER *revoked; /* one more; NULL: none */
    int64_t first_number;        /* without a last one */
    int64_t now_s;
    int64_t days;
};

enum err cert_crl_make(const struct cert_crl_wish *wish, const struct cert_signer *ca,
    X509_CRL **out) MUST_CHECK;
/* -1: it has none that fits. */
int64_t cert_crl_number(X509_CRL *crl);
size_t cert_crl_count(X509_CRL *crl);

#endif
