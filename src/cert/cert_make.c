#include "cert_make.h"

#include "cert_key.h"
#include "rand.h"
#include "text.h"
#include "x509_name.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SERIAL_SIZE 16
#define DAY_S       86400

/* --- names ------------------------------------------------------------------------ */

static size_t characters(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++) {
        count += ((uint8_t)*text & 0xc0) != 0x80;
    }
    return count;
}

const char *cert_common_name_problem(const char *name)
{
    const size_t length = strlen(name);

    if (length == 0 || !x509_name_is_harmless(name, length)) {
        return "it is empty, not UTF-8, or holds control or invisible characters";
    }
    if (characters(name) > CERT_NAME_LENGTH) {
        return "it has more than 64 characters";
    }
    if (name[0] == '.' || name[0] == '-' || name[0] == ' ' || name[length - 1] == ' ' ||
        strchr(name, '/') != NULL) {
        return "it holds '/', begins with '.' or '-', or has a blank at an end";
    }
    return NULL;
}

enum err cert_subject_make(const char *name, X509_NAME **out)
{
    X509_NAME *subject = X509_NAME_new();

    if (subject == NULL || X509_NAME_add_entry_by_NID(subject, NID_commonName,
                               MBSTRING_UTF8, (const uint8_t *)name, -1, -1, 0) != 1) {
        X509_NAME_free(subject);
        ERR_clear_error();
        return ERR_NOMEM;
    }
    *out = subject;
    return OK;
}

/* --- what it says ----------------------------------------------------------------- */

static bool set_serial(X509 *c)
{
    uint8_t bytes[SERIAL_SIZE];

    rand_bytes(bytes, sizeof(bytes));
    BIGNUM *number = BN_bin2bn(bytes, sizeof(bytes), NULL);
    bool set = number != NULL && (!BN_is_zero(number) || BN_set_word(number, 1) == 1) &&
               BN_to_ASN1_INTEGER(number, X509_get_serialNumber(c)) != NULL;
    BN_free(number);
    return set;
}

static bool set_times(X509 *c, const struct cert_wish *wish, const X509 *issuer)
{
    const time_t end = (time_t)(wish->now_s + wish->days * DAY_S);
    time_t copy = end;
    ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)(wish->now_s - CERT_SKEW_S));
    ASN1_TIME *to = ASN1_TIME_set(NULL, end);
    const ASN1_TIME *last = issuer == NULL ? NULL : X509_get0_notAfter(issuer);

    bool past = last != NULL && X509_cmp_time(last, &copy) < 0;
    bool set = from != NULL && to != NULL && X509_set1_notBefore(c, from) == 1 &&
               X509_set1_notAfter(c, past ? last : to) == 1;
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    return set;
}

/* The text is a constant of ours: nothing of anybody else's is in it. */
static bool add_extension(X509 *c, X509V3_CTX *context, int nid, const char *text)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, context, nid, text);
    bool added = extension != NULL && X509_add_ext(c, extension, -1) == 1;

    X509_EXTENSION_free(extension);
    return added;
}

static bool add_use(X509 *c, X509V3_CTX *context, const struct cert_wish *wish)
{
    if (wish->ca) {
        return add_extension(
                   c, context, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
               add_extension(c, context, NID_key_usage, "critical,keyCertSign,cRLSign") &&
               add_extension(c, context, NID_subject_key_identifier, "hash");
    }
    const char *use = wish->server && wish->client ? "serverAuth,clientAuth"
                      : wish->server               ? "serverAuth"
                                                   : "clientAuth";
    return add_extension(c, context, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(c, context, NID_key_usage, "critical,digitalSignature") &&
           add_extension(c, context, NID_ext_key_usage, use) &&
           add_extension(c, context, NID_subject_key_identifier, "hash") &&
           add_extension(c, context, NID_authority_key_identifier, "keyid:always");
}

static bool add_names(X509 *c, const GENERAL_NAMES *names)
{
    return sk_GENERAL_NAME_num(names) <= 0 ||
           X509_add1_ext_i2d(c, NID_subject_alt_name, (void *)(uintptr_t)names, 0,
               X509V3_ADD_DEFAULT) == 1;
}

static bool fill(X509 *c, const struct cert_wish *wish, EVP_PKEY *key,
    const struct cert_signer *signer)
{
    X509V3_CTX context;
    X509 *issuer = signer->certificate == NULL ? c : signer->certificate;

    if (X509_set_version(c, X509_VERSION_3) != 1 || !set_serial(c) ||
        !set_times(c, wish, signer->certificate) ||
        X509_set_subject_name(c, wish->subject) != 1 ||
        X509_set_issuer_name(c, X509_get_subject_name(issuer)) != 1 ||
        X509_set_pubkey(c, key) != 1) {
        return false;
    }
    X509V3_set_ctx(&context, issuer, c, NULL, NULL, 0);
    return add_use(c, &context, wish) && add_names(c, wish->names) &&
           X509_sign(c, signer->key, cert_key_digest(signer->key)) > 0;
}

enum err cert_make(const struct cert_wish *wish, EVP_PKEY *key,
    const struct cert_signer *signer, X509 **out)
{
    X509 *c = X509_new();

    INVARIANT(wish->ca ? !wish->server && !wish->client : wish->server || wish->client);
    bool made = c != NULL && fill(c, wish, key, signer);
    ERR_clear_error();
    if (!made) {
        X509_free(c);
        return ERR_NOMEM;
    }
    *out = c;
    return OK;
}

/* --- requests --------------------------------------------------------------------- */

/* NULL: the request is good. */
static const char *problem_of(X509_REQ *request)
{
    EVP_PKEY *key = X509_REQ_get0_pubkey(request);

    if (key == NULL) {
        return "the request holds no key that is known here";
    }
    if (cert_key_weakness(key) != NULL) {
        return cert_key_weakness(key);
    }
    return X509_REQ_verify(request, key) == 1
               ? NULL
               : "the request is not signed by its own key";
}

enum err cert_request_read(
    const void *pem, size_t length, X509_REQ **out, struct cert_problem *why)
{
    X509_REQ *request = NULL;

    if (length > 0 && length <= INT_MAX) {
        BIO *bio = BIO_new_mem_buf(pem, (int)length);
        if (bio == NULL) {
            return ERR_NOMEM;
        }
        request = PEM_read_bio_X509_REQ(bio, NULL, cert_no_passphrase, NULL);
        BIO_free(bio);
    }
    const char *problem =
        request == NULL ? "there is no request in PEM" : problem_of(request);
    ERR_clear_error();
    if (problem != NULL) {
        (void)snprintf(why->text, sizeof(why->text), "%s", problem);
        X509_REQ_free(request);
        return ERR_INVALID;
    }
    *out = request;
    return OK;
}
