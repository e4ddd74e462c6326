/*
 * selftest_certificate - keys and certificates that the self-test makes for today.
 *
 * Ownership: selftest_certificate_fini() frees both halves; harmless on a zeroed one.
 */
#ifndef SELFTEST_CERTIFICATE_H
#define SELFTEST_CERTIFICATE_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>

struct selftest_certificate {
    EVP_PKEY *key; /* of P-256 */
    X509 *certificate;
};

enum selftest_usage { SELFTEST_SERVER, SELFTEST_CLIENT, SELFTEST_CA };

/* For CN=name, signed by the issuer, or by itself where that is NULL. */
bool selftest_certificate_make(struct selftest_certificate *out, const char *name,
    enum selftest_usage usage, const struct selftest_certificate *issuer);
void selftest_certificate_fini(struct selftest_certificate *c);

/* DIR/FILE.pem and DIR/FILE.key, which must not be there yet. */
bool selftest_certificate_save(
    const struct selftest_certificate *c, const char *dir, const char *file);
bool selftest_certificate_load(
    struct selftest_certificate *out, const char *dir, const char *file);

#endif
