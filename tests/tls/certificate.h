/* certificate - keys and self-signed certificates made when a test runs; none is ever
 * stored. */
#ifndef CERTIFICATE_H
#define CERTIFICATE_H

#include "err.h"
#include "test.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CERTIFICATE_TEXT_MAX 8192

struct certificate {
    EVP_PKEY *key;
    X509 *x509;
    char *chain; /* PEM */
    size_t chain_length;
    char *key_text; /* PEM */
    size_t key_length;
};

static inline size_t certificate_take(BIO *bio, char *out, size_t size)
{
    char *bytes = NULL;
    long length = BIO_get_mem_data(bio, &bytes);

    assert_in_range(length, 1, size);
    memcpy(out, bytes, (size_t)length);
    BIO_free(bio);
    return (size_t)length;
}

/* "RSA2048", "P-256", "ED25519", ... */
static inline EVP_PKEY *certificate_key(const char *type)
{
    EVP_PKEY *key = NULL;

    if (strncmp(type, "RSA", 3) == 0) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)strtoul(type + 3, NULL, 10));
    } else if (strncmp(type, "P-", 2) == 0 || strncmp(type, "secp", 4) == 0) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", type);
    } else {
        key = EVP_PKEY_Q_keygen(NULL, NULL, type);
    }
    assert_non_null(key);
    return key;
}

/* Valid from `from` to `to`, seconds from now. digest: NULL for the key's usual one. */
static inline void certificate_make_for(
    struct certificate *c, const char *type, long from, long to, const EVP_MD *digest)
{
    memset(c, 0, sizeof(*c));
    c->chain = calloc(1, CERTIFICATE_TEXT_MAX);
    c->key_text = calloc(1, CERTIFICATE_TEXT_MAX);
    c->key = certificate_key(type);
    c->x509 = X509_new();
    assert_non_null(c->x509);
    X509_NAME *name = X509_get_subject_name(c->x509);
    assert_int_equal(X509_set_version(c->x509, 2), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(c->x509), 7), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(c->x509), from));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(c->x509), to));
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                         (const unsigned char *)"localhost", -1, -1, 0),
        1);
    assert_int_equal(X509_set_issuer_name(c->x509, name), 1);
    assert_int_equal(X509_set_pubkey(c->x509, c->key), 1);
    const EVP_MD *usual = strncmp(type, "ED", 2) == 0 ? NULL : EVP_sha256();
    assert_true(X509_sign(c->x509, c->key, digest != NULL ? digest : usual) > 0);

    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_X509(bio, c->x509), 1);
    c->chain_length = certificate_take(bio, c->chain, CERTIFICATE_TEXT_MAX);
    bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PrivateKey(bio, c->key, NULL, NULL, 0, NULL, NULL), 1);
    c->key_length = certificate_take(bio, c->key_text, CERTIFICATE_TEXT_MAX);
}

static inline void certificate_make(struct certificate *c, const char *type)
{
    certificate_make_for(c, type, -60, 3600, NULL);
}

static inline void certificate_free(struct certificate *c)
{
    EVP_PKEY_free(c->key);
    X509_free(c->x509);
    free(c->chain);
    free(c->key_text);
    memset(c, 0, sizeof(*c));
}

/* What `keys` does, without its process: signs whatever it is asked to. */
static inline enum err certificate_sign(const struct certificate *c, uint16_t scheme,
    const uint8_t *text, size_t text_length, uint8_t *signature, size_t *length)
{
    bool pss = (scheme >> 8) == 0x08 && scheme != 0x0807;
    unsigned size = pss ? (scheme & 0xff) - 4u : (scheme >> 8) - 4u;
    const EVP_MD *const digests[] = {EVP_sha256(), EVP_sha384(), EVP_sha512()};
    const EVP_MD *md = scheme == 0x0807 ? NULL : digests[size];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *options = NULL;

    bool done = EVP_DigestSignInit(context, &options, md, NULL, c->key) == 1;
    if (pss) {
        done = done &&
               EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1;
    }
    done = done && EVP_DigestSign(context, signature, length, text, text_length) == 1;
    EVP_MD_CTX_free(context);
    return done ? OK : ERR_IO;
}

#endif
