#include "cert_crl.h"

#include "cert_key.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <time.h>

#define DAY_S 86400

enum err cert_crl_read(
    const void *pem, size_t length, const struct cert_signer *ca, X509_CRL **out)
{
    X509_CRL *crl = NULL;

    if (length > 0 && length <= INT_MAX) {
        BIO *bio = BIO_new_mem_buf(pem, (int)length);
        if (bio == NULL) {
            return ERR_NOMEM;
        }
        crl = PEM_read_bio_X509_CRL(bio, NULL, cert_no_passphrase, NULL);
        BIO_free(bio);
    }
    if (crl == NULL || X509_CRL_verify(crl, ca->key) != 1) {
        X509_CRL_free(crl);
        ERR_clear_error();
        return ERR_INVALID;
    }
    *out = crl;
    return OK;
}

bool cert_crl_has(X509_CRL *crl, const ASN1_INTEGER *serial)
{
    STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);

    for (int i = 0; i < sk_X509_REVOKED_num(entries); i++) {
        const X509_REVOKED *entry = sk_X509_REVOKED_value(entries, i);
        if (ASN1_INTEGER_cmp(X509_REVOKED_get0_serialNumber(entry), serial) == 0) {
            return true;
        }
    }
    return false;
}

size_t cert_crl_count(X509_CRL *crl)
{
    int count = sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl));

    return count < 0 ? 0 : (size_t)count;
}

int64_t cert_crl_number(X509_CRL *crl)
{
    int64_t number = -1;
    ASN1_INTEGER *value = X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);

    if (value == NULL || ASN1_INTEGER_get_int64(&number, value) != 1) {
        number = -1;
    }
    ASN1_INTEGER_free(value);
    return number;
}

/* --- the next one ----------------------------------------------------------------- */

static bool add_entry(X509_CRL *crl, const ASN1_INTEGER *serial, int64_t now_s)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_TIME *when = ASN1_TIME_set(NULL, (time_t)now_s);
    ASN1_INTEGER *copy = ASN1_INTEGER_dup(serial);

    bool added = entry != NULL && when != NULL && copy != NULL &&
                 X509_REVOKED_set_serialNumber(entry, copy) == 1 &&
                 X509_REVOKED_set_revocationDate(entry, when) == 1 &&
                 X509_CRL_add0_revoked(crl, entry) == 1;
    ASN1_INTEGER_free(copy);
    ASN1_TIME_free(when);
    if (!added) {
        X509_REVOKED_free(entry);
    }
    return added;
}

static bool set_times(X509_CRL *crl, const struct cert_crl_wish *wish)
{
    /* A broker whose clock is a little behind takes it at once, too. */
    ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)(wish->now_s - CERT_SKEW_S));
    ASN1_TIME *to = ASN1_TIME_set(NULL, (time_t)(wish->now_s + wish->days * DAY_S));

    bool set = from != NULL && to != NULL && X509_CRL_set1_lastUpdate(crl, from) == 1 &&
               X509_CRL_set1_nextUpdate(crl, to) == 1;
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    return set;
}

static bool set_number(X509_CRL *crl, int64_t number)
{
    ASN1_INTEGER *value = ASN1_INTEGER_new();

    bool set =
        value != NULL && ASN1_INTEGER_set_int64(value, number) == 1 &&
        X509_CRL_add1_ext_i2d(crl, NID_crl_number, value, 0, X509V3_ADD_REPLACE) == 1;
    ASN1_INTEGER_free(value);
    return set;
}

static bool name_issuer(X509_CRL *crl, const struct cert_signer *ca)
{
    X509V3_CTX context;

    X509V3_set_ctx(&context, ca->certificate, NULL, NULL, crl, 0);
    X509_EXTENSION *extension =
        X509V3_EXT_conf_nid(NULL, &context, NID_authority_key_identifier, "keyid:always");
    bool added =
        extension != NULL && X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
        X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->certificate)) == 1 &&
        X509_CRL_add_ext(crl, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

static bool fill(
    X509_CRL *crl, const struct cert_crl_wish *wish, const struct cert_signer *ca)
{
    int64_t number = wish->last == NULL ? -1 : cert_crl_number(wish->last);

    number = number < 0 || number == INT64_MAX ? wish->first_number : number + 1;
    return (wish->last != NULL || name_issuer(crl, ca)) && set_times(crl, wish) &&
           set_number(crl, number) &&
           (wish->revoked == NULL || add_entry(crl, wish->revoked, wish->now_s)) &&
           X509_CRL_sort(crl) == 1 &&
           X509_CRL_sign(crl, ca->key, cert_key_digest(ca->key)) > 0;
}

enum err cert_crl_make(
    const struct cert_crl_wish *wish, const struct cert_signer *ca, X509_CRL **out)
{
    X509_CRL *crl = wish->last == NULL ? X509_CRL_new() : X509_CRL_dup(wish->last);

    bool made = crl != NULL && fill(crl, wish, ca);
    ERR_clear_error();
    if (!made) {
        X509_CRL_free(crl);
        return ERR_NOMEM;
    }
    *out = crl;
    return OK;
}
