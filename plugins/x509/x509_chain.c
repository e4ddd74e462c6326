#include "x509_chain.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#define SECURITY_LEVEL 2

enum err x509_chain_init(struct x509_chain *c)
{
    *c = (struct x509_chain){.store = X509_STORE_new(),
        .crls = sk_X509_CRL_new_null(),
        .anchors = sk_X509_new_null()};
    x509_deny_init(&c->deny);
    return c->store != NULL && c->crls != NULL && c->anchors != NULL ? OK : ERR_NOMEM;
}

void x509_chain_fini(struct x509_chain *c)
{
    X509_STORE_free(c->store);
    sk_X509_CRL_pop_free(c->crls, X509_CRL_free);
    sk_X509_pop_free(c->anchors, X509_free);
    x509_deny_fini(&c->deny);
    *c = (struct x509_chain){.store = NULL};
}

/* --- the files -------------------------------------------------------------------- */

static enum err refuse(const char **problem_out, const char *problem)
{
    *problem_out = problem;
    return ERR_INVALID;
}

/* Nobody is asked for a passphrase. */
static int no_passphrase(char *text, int size, int for_writing, void *context)
{
    (void)text;
    (void)size;
    (void)for_writing;
    (void)context;
    return -1;
}

/* How many blocks of PEM begin in the text, of whatever kind. */
static size_t count_blocks(const char *text, size_t length)
{
    static const char begin[] = "-----BEGIN ";
    size_t count = 0;

    for (const char *end = text + length;;) {
        const char *found = memmem(text, (size_t)(end - text), begin, sizeof(begin) - 1);
        if (found == NULL) {
            return count;
        }
        count++;
        text = found + sizeof(begin) - 1;
    }
}

/* NULL: it may be an anchor. */
static const char *anchor_problem(X509 *certificate)
{
    if (X509_check_ca(certificate) != 1) {
        return "a certificate is not of a CA (basicConstraints CA:TRUE is missing)";
    }
    return NULL;
}

static enum err add_anchor(struct x509_chain *c, X509 *certificate, const char **problem)
{
    const char *bad = anchor_problem(certificate);

    if (bad != NULL) {
        return refuse(problem, bad);
    }
    if (sk_X509_num(c->anchors) >= X509_ANCHORS_MAX) {
        return refuse(problem, "there are more than 1000 certificates");
    }
    if (X509_STORE_add_cert(c->store, certificate) != 1 ||
        X509_up_ref(certificate) != 1) {
        return ERR_NOMEM;
    }
    if (sk_X509_push(c->anchors, certificate) <= 0) {
        X509_free(certificate);
        return ERR_NOMEM;
    }
    return OK;
}

/* A block that can not be read, or is of another kind, is not passed over. */
enum err x509_chain_load_ca(
    struct x509_chain *c, const void *bytes, size_t length, const char **problem_out)
{
    size_t count = 0;
    enum err e = OK;

    if (length > X509_CA_FILE_MAX) {
        return refuse(problem_out, "the file is larger than 4 MiB");
    }
    BIO *bio = BIO_new_mem_buf(bytes, (int)length);
    while (e == OK && bio != NULL) {
        X509 *certificate = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
        if (certificate == NULL) {
            break;
        }
        count++;
        e = add_anchor(c, certificate, problem_out);
        X509_free(certificate);
    }
    BIO_free(bio);
    ERR_clear_error();
    if (e != OK || bio == NULL) {
        return e != OK ? e : ERR_NOMEM;
    }
    if (count != count_blocks(bytes, length)) {
        return refuse(problem_out, "a block is not a certificate, or is damaged");
    }
    return count > 0 ? OK : refuse(problem_out, "there is no certificate in PEM");
}

static enum err add_crl(struct x509_chain *c, X509_CRL *crl, const char **problem)
{
    if (sk_X509_CRL_num(c->crls) >= X509_CRLS_MAX) {
        return refuse(problem, "there are more than 1000 lists");
    }
    if (X509_CRL_get0_nextUpdate(crl) == NULL) {
        return refuse(problem, "a list does not say when its time is over (nextUpdate)");
    }
    if (X509_STORE_add_crl(c->store, crl) != 1 || X509_CRL_up_ref(crl) != 1) {
        return ERR_NOMEM;
    }
    if (sk_X509_CRL_push(c->crls, crl) <= 0) {
        X509_CRL_free(crl);
        return ERR_NOMEM;
    }
    return OK;
}

enum err x509_chain_load_crl(
    struct x509_chain *c, const void *bytes, size_t length, const char **problem_out)
{
    size_t count = 0;
    enum err e = OK;

    if (length > X509_CRL_FILE_MAX) {
        return refuse(problem_out, "the file is larger than 64 MiB");
    }
    BIO *bio = BIO_new_mem_buf(bytes, (int)length);
    while (e == OK && bio != NULL) {
        X509_CRL *crl = PEM_read_bio_X509_CRL(bio, NULL, no_passphrase, NULL);
        if (crl == NULL) {
            break;
        }
        count++;
        e = add_crl(c, crl, problem_out);
        X509_CRL_free(crl);
    }
    BIO_free(bio);
    ERR_clear_error();
    if (e != OK || bio == NULL) {
        return e != OK ? e : ERR_NOMEM;
    }
    if (count != count_blocks(bytes, length)) {
        return refuse(problem_out, "a block is not a revocation list, or is damaged");
    }
    return count > 0 ? OK : refuse(problem_out, "there is no revocation list in PEM");
}

size_t x509_chain_ended(const struct x509_chain *c, int64_t now_ms)
{
    time_t now = (time_t)(now_ms / 1000);
    size_t ended = 0;

    for (int i = 0; i < sk_X509_num(c->anchors); i++) {
        const X509 *anchor = sk_X509_value(c->anchors, i);
        ended += X509_cmp_time(X509_get0_notAfter(anchor), &now) < 0;
    }
    for (int i = 0; i < sk_X509_CRL_num(c->crls); i++) {
        const X509_CRL *crl = sk_X509_CRL_value(c->crls, i);
        ended += X509_cmp_time(X509_CRL_get0_nextUpdate(crl), &now) < 0;
    }
    return ended;
}

/* --- the peer --------------------------------------------------------------------- */

static X509 *read_certificate(const struct x509_view *der)
{
    const uint8_t *pos = der->bytes;
    X509 *certificate = d2i_X509(NULL, &pos, (long)der->length);

    if (certificate != NULL && pos != der->bytes + der->length) {
        X509_free(certificate);
        return NULL;
    }
    return certificate;
}

void x509_peer_fini(struct x509_peer *p)
{
    X509_free(p->leaf);
    sk_X509_pop_free(p->others, X509_free);
    *p = (struct x509_peer){.leaf = NULL};
}

enum schloss_auth_reason x509_peer_init(
    struct x509_peer *out, const struct x509_side *side)
{
    *out = (struct x509_peer){
        .leaf = read_certificate(&side->chain[0]), .others = sk_X509_new_null()};
    if (out->others == NULL) {
        return SCHLOSS_AUTH_REASON_INTERNAL;
    }
    bool good = out->leaf != NULL;
    for (size_t i = 1; good && i < side->chain_length; i++) {
        X509 *other = read_certificate(&side->chain[i]);
        good = other != NULL && sk_X509_push(out->others, other) > 0;
        if (!good) {
            X509_free(other);
        }
    }
    ERR_clear_error();
    return good ? SCHLOSS_AUTH_REASON_NONE : SCHLOSS_AUTH_REASON_MALFORMED;
}

/* --- the check -------------------------------------------------------------------- */

#define NAMES_NOT_COMPARED (-2) /* X509_NAME_cmp() had no memory */

/* In doubt there is one. */
static bool has_crl_of(const struct x509_chain *c, const X509_NAME *issuer)
{
    for (int i = 0; i < sk_X509_CRL_num(c->crls); i++) {
        const X509_CRL *crl = sk_X509_CRL_value(c->crls, i);
        int order = X509_NAME_cmp(X509_CRL_get_issuer(crl), issuer);
        if (order == 0 || order == NAMES_NOT_COMPARED) {
            return true;
        }
    }
    return false;
}

/* Only two findings are passed over: that an issuer above the client's has no list here,
 * and, where that was configured, that the time of a list is over. */
static int on_finding(int good, X509_STORE_CTX *context)
{
    const struct x509_chain *c = X509_STORE_CTX_get_app_data(context);
    const X509 *certificate = X509_STORE_CTX_get_current_cert(context);
    int finding = X509_STORE_CTX_get_error(context);

    if (good) {
        return 1;
    }
    bool pass = (finding == X509_V_ERR_UNABLE_TO_GET_CRL && certificate != NULL &&
                    X509_STORE_CTX_get_error_depth(context) > 0 &&
                    !has_crl_of(c, X509_get_issuer_name(certificate))) ||
                (finding == X509_V_ERR_CRL_HAS_EXPIRED && c->expired_crl_is_good);
    if (pass) {
        X509_STORE_CTX_set_error(context, X509_V_OK);
    }
    return pass;
}

static bool prepare(
    X509_STORE_CTX *context, struct x509_chain *c, const struct x509_peer *p, time_t now)
{
    X509_VERIFY_PARAM *param;
    unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;

    /* "ssl_client" is the purpose and the trust of a TLS client. */
    if (X509_STORE_CTX_init(context, c->store, p->leaf, p->others) != 1 ||
        X509_STORE_CTX_set_default(context, "ssl_client") != 1) {
        return false;
    }
    if (sk_X509_CRL_num(c->crls) > 0) {
        flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
    }
    param = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_depth(param, X509_DEPTH_MAX);
    X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
    X509_VERIFY_PARAM_set_time(param, now);
    X509_STORE_CTX_set_verify_cb(context, on_finding);
    return X509_VERIFY_PARAM_set_flags(param, flags) == 1 &&
           X509_STORE_CTX_set_app_data(context, c) == 1;
}

static enum schloss_auth_reason reason_of(int finding)
{
    switch (finding) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return SCHLOSS_AUTH_REASON_X509_EXPIRED;
    case X509_V_ERR_CERT_REVOKED:
        return SCHLOSS_AUTH_REASON_X509_REVOKED;
    case X509_V_ERR_INVALID_PURPOSE:
    case X509_V_ERR_CERT_REJECTED:
        return SCHLOSS_AUTH_REASON_X509_PURPOSE;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
        return SCHLOSS_AUTH_REASON_X509_WEAK;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
        return SCHLOSS_AUTH_REASON_X509_CRL;
    case X509_V_ERR_OUT_OF_MEM:
        return SCHLOSS_AUTH_REASON_INTERNAL;
    default:
        return SCHLOSS_AUTH_REASON_X509_CHAIN;
    }
}

static bool is_denied(const struct x509_deny *d, X509 *certificate, const X509 *issuer)
{
    uint8_t fingerprint[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);

    if (issuer != NULL && (X509_digest(issuer, EVP_sha256(), fingerprint, &length) != 1 ||
                              length != X509_FINGERPRINT_SIZE)) {
        return true; /* what can not be looked up is not let in */
    }
    return x509_deny_has(d, issuer != NULL ? fingerprint : NULL,
        ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial));
}

/* The anchor's issuer is not here, but when it is its own. */
static bool any_denied(const struct x509_deny *d, STACK_OF(X509) * chain)
{
    for (int i = 0; i < sk_X509_num(chain); i++) {
        X509 *certificate = sk_X509_value(chain, i);
        const X509 *issuer = sk_X509_value(chain, i + 1);
        if (issuer == NULL && X509_check_issued(certificate, certificate) == X509_V_OK) {
            issuer = certificate;
        }
        if (is_denied(d, certificate, issuer)) {
            return true;
        }
    }
    return false;
}

/* 0: a time that is not one. */
static int64_t end_ms(const X509 *certificate)
{
    struct tm tm;

    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) != 1) {
        return 0;
    }
    return (int64_t)timegm(&tm) * 1000;
}

static enum schloss_auth_reason judge(
    const struct x509_chain *c, STACK_OF(X509) * chain, int64_t *expires_ms_out)
{
    int64_t expires_ms = INT64_MAX;

    if (chain == NULL || sk_X509_num(chain) < 1) {
        return SCHLOSS_AUTH_REASON_X509_CHAIN;
    }
    if (any_denied(&c->deny, chain)) {
        return SCHLOSS_AUTH_REASON_X509_REVOKED;
    }
    for (int i = 0; i < sk_X509_num(chain); i++) {
        int64_t end = end_ms(sk_X509_value(chain, i));
        expires_ms = end < expires_ms ? end : expires_ms;
    }
    if (expires_ms <= 0) {
        return SCHLOSS_AUTH_REASON_X509_EXPIRED;
    }
    *expires_ms_out = expires_ms;
    return SCHLOSS_AUTH_REASON_NONE;
}

enum schloss_auth_reason x509_chain_check(struct x509_chain *c,
    const struct x509_peer *peer, int64_t now_ms, int64_t *expires_ms_out)
{
    enum schloss_auth_reason reason = SCHLOSS_AUTH_REASON_INTERNAL;
    X509_STORE_CTX *context = X509_STORE_CTX_new();

    if (context != NULL && prepare(context, c, peer, (time_t)(now_ms / 1000))) {
        int good = X509_verify_cert(context);
        int finding = X509_STORE_CTX_get_error(context);
        if (good == 1 && finding == X509_V_OK) {
            reason = judge(c, X509_STORE_CTX_get0_chain(context), expires_ms_out);
        } else {
            reason = reason_of(finding);
        }
    }
    X509_STORE_CTX_free(context);
    ERR_clear_error();
    return reason;
}
