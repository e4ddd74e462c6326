#include "x509_proof.h"

#include "mem.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#define PADDING        64 /* blanks before the text that is signed (RFC 8446, 4.4.3) */
#define SERVER_CONTEXT "TLS 1.3, server CertificateVerify" /* with its NUL */
#define CLIENT_CONTEXT "TLS 1.3, client CertificateVerify"
#define SIGNED_MAX     (PADDING + sizeof(CLIENT_CONTEXT) + X509_HASH_MAX)

_Static_assert(sizeof(SERVER_CONTEXT) == sizeof(CLIENT_CONTEXT), "one size for both");

struct scheme {
    uint16_t code;
    bool randomised; /* never the same signature twice */
    const char *key;
    const char *curve;  /* EC only */
    const char *digest; /* NULL: the scheme has its own */
};

/* clang-format off */
static const struct scheme schemes[] = {
    /* code  randomised key        curve         digest */
    { 0x0804, true,     "RSA",     NULL,         "SHA256" }, /* rsa_pss_rsae_sha256 */
    { 0x0805, true,     "RSA",     NULL,         "SHA384" },
    { 0x0806, true,     "RSA",     NULL,         "SHA512" },
    { 0x0403, true,     "EC",      "prime256v1", "SHA256" }, /* ecdsa_secp256r1_sha256 */
    { 0x0503, true,     "EC",      "secp384r1",  "SHA384" },
    { 0x0603, true,     "EC",      "secp521r1",  "SHA512" },
    { 0x0807, false,    "ED25519", NULL,         NULL     },
};
/* clang-format on */

static const struct scheme *scheme_find(uint16_t code)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (schemes[i].code == code) {
            return &schemes[i];
        }
    }
    return NULL;
}

static bool is_named_curve(const EVP_PKEY *key, const char *curve)
{
    char name[32];
    size_t length = 0;
    int is_explicit = 1;

    return EVP_PKEY_get_utf8_string_param(
               key, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof(name), &length) == 1 &&
           strcmp(name, curve) == 0 &&
           EVP_PKEY_get_int_param(
               key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit) == 1 &&
           is_explicit == 0;
}

/* NONE, PROOF: another kind of key, WEAK: too short, or so long that it is a burden. */
static enum schloss_auth_reason check_key(const EVP_PKEY *key, const struct scheme *s)
{
    if (!EVP_PKEY_is_a(key, s->key) ||
        (s->curve != NULL && !is_named_curve(key, s->curve))) {
        return SCHLOSS_AUTH_REASON_X509_PROOF;
    }
    if (EVP_PKEY_is_a(key, "RSA") && (EVP_PKEY_get_bits(key) < X509_RSA_BITS_MIN ||
                                         EVP_PKEY_get_bits(key) > X509_RSA_BITS_MAX)) {
        return SCHLOSS_AUTH_REASON_X509_WEAK;
    }
    return SCHLOSS_AUTH_REASON_NONE;
}

/* The text that a CertificateVerify signs. Returns its length, 0: no hash. */
static size_t signed_text(const struct x509_transcript *t, const struct x509_view *part,
    const char *context, uint8_t out[SIGNED_MAX])
{
    memset(out, ' ', PADDING);
    memcpy(out + PADDING, context, sizeof(CLIENT_CONTEXT));
    size_t length = x509_transcript_hash(t, part, out + PADDING + sizeof(CLIENT_CONTEXT));
    return length == 0 ? 0 : PADDING + sizeof(CLIENT_CONTEXT) + length;
}

static bool set_padding(EVP_PKEY_CTX *context, const struct scheme *s)
{
    return strcmp(s->key, "RSA") != 0 ||
           (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

static bool verify(EVP_PKEY *key, const struct scheme *s,
    const struct x509_view *signature, const struct x509_view *text)
{
    EVP_PKEY_CTX *inner = NULL; /* the context's own */
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    bool good =
        context != NULL && signature->length <= X509_SIGNATURE_MAX &&
        EVP_DigestVerifyInit_ex(context, &inner, s->digest, NULL, NULL, key, NULL) == 1 &&
        set_padding(inner, s) &&
        EVP_DigestVerify(
            context, signature->bytes, signature->length, text->bytes, text->length) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

static enum schloss_auth_reason check_side(const struct x509_transcript *t,
    const struct x509_side *side, bool is_server, X509 *certificate)
{
    uint8_t text[SIGNED_MAX];
    const struct scheme *s = scheme_find(side->scheme);
    EVP_PKEY *key = X509_get0_pubkey(certificate);

    if (s == NULL || key == NULL || (is_server && !s->randomised)) {
        return SCHLOSS_AUTH_REASON_X509_PROOF;
    }
    enum schloss_auth_reason reason = check_key(key, s);
    if (reason != SCHLOSS_AUTH_REASON_NONE) {
        return reason;
    }
    size_t length = signed_text(t, is_server ? &t->to_server : &t->to_client,
        is_server ? SERVER_CONTEXT : CLIENT_CONTEXT, text);
    if (length == 0) {
        return SCHLOSS_AUTH_REASON_INTERNAL;
    }
    const struct x509_view view = {.bytes = text, .length = length};
    return verify(key, s, &side->signature, &view) ? SCHLOSS_AUTH_REASON_NONE
                                                   : SCHLOSS_AUTH_REASON_X509_PROOF;
}

enum schloss_auth_reason x509_proof_parse(
    struct x509_transcript *out, const void *bytes, size_t length)
{
    if (length > X509_PROOF_MAX) {
        return SCHLOSS_AUTH_REASON_TOO_LONG;
    }
    if (length <= X509_FRESH_SIZE ||
        x509_transcript_walk(out, (const uint8_t *)bytes + X509_FRESH_SIZE,
            length - X509_FRESH_SIZE) != X509_WALK_OK) {
        return SCHLOSS_AUTH_REASON_MALFORMED;
    }
    return SCHLOSS_AUTH_REASON_NONE;
}

enum schloss_auth_reason x509_proof_check(const struct x509_transcript *t,
    const uint8_t fresh[X509_FRESH_SIZE], X509 *server, X509 *client)
{
    uint8_t issued[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    if (EVP_Digest(t->server.signature.bytes, t->server.signature.length, issued, &length,
            EVP_sha256(), NULL) != 1 ||
        length != X509_FRESH_SIZE) {
        return SCHLOSS_AUTH_REASON_INTERNAL;
    }
    if (!mem_equal_constant_time(issued, fresh, X509_FRESH_SIZE)) {
        return SCHLOSS_AUTH_REASON_X509_FRESH;
    }
    enum schloss_auth_reason reason = check_side(t, &t->server, true, server);
    if (reason == SCHLOSS_AUTH_REASON_NONE) {
        reason = check_side(t, &t->client, false, client);
    }
    return reason;
}

/* --- warming ---------------------------------------------------------------------- */

/* A public key that nobody has the other half of: enough to refuse a signature. */
static EVP_PKEY *make_rsa(void)
{
    uint8_t modulus[X509_RSA_BITS_MIN / 8];
    unsigned exponent = RSA_F4;
    EVP_PKEY *key = NULL;

    memset(modulus, 0xff, sizeof(modulus));
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, modulus, sizeof(modulus)),
        OSSL_PARAM_construct_uint(OSSL_PKEY_PARAM_RSA_E, &exponent),
        OSSL_PARAM_construct_end()};
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    if (context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        key = NULL;
    }
    EVP_PKEY_CTX_free(context);
    return key;
}

static EVP_PKEY *make_key(const struct scheme *s)
{
    if (strcmp(s->key, "RSA") == 0) {
        return make_rsa();
    }
    return s->curve != NULL ? EVP_PKEY_Q_keygen(NULL, NULL, s->key, s->curve)
                            : EVP_PKEY_Q_keygen(NULL, NULL, s->key);
}

static bool sign(EVP_PKEY *key, const struct scheme *s, const struct x509_view *text,
    uint8_t *out, size_t *length_out)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    bool good =
        context != NULL &&
        EVP_DigestSignInit_ex(context, NULL, s->digest, NULL, NULL, key, NULL) == 1 &&
        EVP_DigestSign(context, out, length_out, text->bytes, text->length) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

/* A right signature holds, and a wrong one does not. */
static bool warm_scheme(const struct scheme *s)
{
    uint8_t signature[X509_RSA_BITS_MIN / 8] = {1};
    const struct x509_view text = {(const uint8_t *)"text", 4};
    const struct x509_view other = {(const uint8_t *)"test", 4};
    struct x509_view view = {signature, sizeof(signature)};
    EVP_PKEY *key = make_key(s);
    bool good = key != NULL && check_key(key, s) == SCHLOSS_AUTH_REASON_NONE;

    if (good && strcmp(s->key, "RSA") != 0) {
        good =
            sign(key, s, &text, signature, &view.length) && verify(key, s, &view, &text);
    }
    good = good && !verify(key, s, &view, &other);
    EVP_PKEY_free(key);
    return good;
}

enum err x509_proof_warm(void)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (!warm_scheme(&schemes[i])) {
            return ERR_UNSUPPORTED;
        }
    }
    return OK;
}
