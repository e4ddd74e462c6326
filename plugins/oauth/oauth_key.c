#include "oauth_key.h"

#include "mem.h"
#include "oauth_base64.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <sodium.h>
#include <string.h>

#define P256_FIELD     32  /* bytes of a coordinate, and of each half of a signature */
#define P256_DER_MAX   128 /* a signature takes 72 at most */
#define ED25519_KEY    32
#define ED25519_SIGNED 64
#define EXPONENT_MAX   8  /* bytes */
#define EXPONENT_BITS  16 /* it has more of them */

bool oauth_algorithm_of(struct schloss_auth_bytes name, enum oauth_algorithm *out)
{
    static const char *const names[] = {
#define NAME(name) #name,
        OAUTH_ALGORITHMS(NAME)
#undef NAME
    };

    for (unsigned i = 0; i < OAUTH_ALGORITHM_COUNT; i++) {
        if (oauth_json_is(name, names[i])) {
            *out = (enum oauth_algorithm)i;
            return true;
        }
    }
    return false;
}

/* --- a JWK ------------------------------------------------------------------------ */

/* A member that is bytes in base64url. */
static bool take_bytes(
    const json_t *jwk, const char *name, uint8_t *out, size_t size, size_t *length_out)
{
    struct schloss_auth_bytes text;

    return oauth_json_text(jwk, name, &text) &&
           oauth_base64_decode(out, size, text, length_out) == OK;
}

static bool has_private_part(const json_t *jwk)
{
    static const char *const parts[] = {
        "d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"};

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (json_object_get(jwk, parts[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static bool may_verify(const json_t *jwk)
{
    const json_t *operations = json_object_get(jwk, "key_ops");
    struct schloss_auth_bytes use;

    if (json_object_get(jwk, "use") != NULL &&
        (!oauth_json_text(jwk, "use", &use) || !oauth_json_is(use, "sig"))) {
        return false;
    }
    for (size_t i = 0; i < json_array_size(operations); i++) {
        const char *operation = json_string_value(json_array_get(operations, i));
        if (operation != NULL && strcmp(operation, "verify") == 0) {
            return true;
        }
    }
    return operations == NULL;
}

/* The algorithms of the key's type, or the one of them that it is for. */
static unsigned narrowed(const json_t *jwk, unsigned algorithms)
{
    enum oauth_algorithm one;
    struct schloss_auth_bytes name;

    if (json_object_get(jwk, "alg") == NULL) {
        return algorithms;
    }
    if (!oauth_json_text(jwk, "alg", &name) || !oauth_algorithm_of(name, &one)) {
        return 0;
    }
    return algorithms & OAUTH_BIT(one);
}

static enum err take_kid(struct oauth_key *out, const json_t *jwk, const char **why_out)
{
    struct schloss_auth_bytes kid;

    if (!oauth_json_text(jwk, "kid", &kid) || kid.length == 0 ||
        kid.length > OAUTH_KID_MAX) {
        *why_out = "has no kid of 1 to 255 bytes";
        return ERR_INVALID;
    }
    memcpy(out->kid, kid.bytes, kid.length);
    out->kid_length = kid.length;
    return OK;
}

/* --- the three types -------------------------------------------------------------- */

/* NULL: no memory, or not a key. */
static EVP_PKEY *key_from(OSSL_LIB_CTX *library, const char *type, OSSL_PARAM *params)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(library, type, NULL);
    EVP_PKEY *pkey = NULL;

    if (context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        pkey = NULL;
    }
    EVP_PKEY_CTX_free(context);
    return pkey;
}

static EVP_PKEY *rsa_from(OSSL_LIB_CTX *library, const BIGNUM *n, const BIGNUM *e)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    EVP_PKEY *pkey = NULL;

    if (builder != NULL && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e)) {
        params = OSSL_PARAM_BLD_to_param(builder);
    }
    if (params != NULL) {
        pkey = key_from(library, "RSA", params);
    }
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    return pkey;
}

static enum err load_rsa(struct oauth_key *out, const json_t *jwk, const char **why_out)
{
    uint8_t bytes[OAUTH_RSA_BITS_MAX / 8];
    uint8_t exponent[EXPONENT_MAX];
    size_t length;
    size_t exponent_length;

    *why_out = "is not an RSA key of 2048 to 8192 bits with an exponent above 65536";
    if (!take_bytes(jwk, "n", bytes, sizeof(bytes), &length) ||
        !take_bytes(jwk, "e", exponent, sizeof(exponent), &exponent_length)) {
        return ERR_INVALID;
    }
    BIGNUM *n = BN_bin2bn(bytes, (int)length, NULL);
    BIGNUM *e = BN_bin2bn(exponent, (int)exponent_length, NULL);
    if (n != NULL && e != NULL && BN_num_bits(n) >= OAUTH_RSA_BITS_MIN &&
        BN_num_bits(e) > EXPONENT_BITS) {
        out->pkey = rsa_from(out->library, n, e);
        out->signature_length = (size_t)BN_num_bytes(n);
    }
    BN_free(n);
    BN_free(e);
    return out->pkey == NULL ? ERR_INVALID : OK;
}

static enum err load_p256(struct oauth_key *out, const json_t *jwk, const char **why_out)
{
    char group[] = "P-256";
    uint8_t point[1 + 2 * P256_FIELD] = {POINT_CONVERSION_UNCOMPRESSED};
    size_t x;
    size_t y;

    *why_out = "is not a point of P-256";
    if (!take_bytes(jwk, "x", point + 1, P256_FIELD, &x) || x != P256_FIELD ||
        !take_bytes(jwk, "y", point + 1 + P256_FIELD, P256_FIELD, &y) ||
        y != P256_FIELD) {
        return ERR_INVALID;
    }
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
        OSSL_PARAM_construct_end(),
    };
    out->pkey = key_from(out->library, "EC", params);
    out->signature_length = 2 * (size_t)P256_FIELD;
    return out->pkey == NULL ? ERR_INVALID : OK;
}

/* Under a point of small order anybody could sign. */
static enum err load_ed25519(
    struct oauth_key *out, const json_t *jwk, const char **why_out)
{
    uint8_t point[ED25519_KEY];
    size_t length;

    *why_out = "is not a point of Ed25519";
    if (!take_bytes(jwk, "x", point, sizeof(point), &length) || length != sizeof(point) ||
        crypto_core_ed25519_is_valid_point(point) != 1) {
        return ERR_INVALID;
    }
    out->pkey = EVP_PKEY_new_raw_public_key_ex(
        out->library, "ED25519", NULL, point, sizeof(point));
    out->signature_length = ED25519_SIGNED;
    return out->pkey == NULL ? ERR_INVALID : OK;
}

static const struct type {
    const char *kty;
    const char *crv; /* NULL: has none */
    unsigned algorithms;
    enum err (*load)(struct oauth_key *out, const json_t *jwk, const char **why_out);
} types[] = {
    {"RSA", NULL, OAUTH_BIT(OAUTH_RS256) | OAUTH_BIT(OAUTH_PS256), load_rsa},
    {"EC", "P-256", OAUTH_BIT(OAUTH_ES256), load_p256},
    {"OKP", "Ed25519", OAUTH_BIT(OAUTH_EdDSA), load_ed25519},
};

static const struct type *type_of(const json_t *jwk, struct schloss_auth_bytes kty)
{
    struct schloss_auth_bytes crv = {"", 0};

    (void)oauth_json_text(jwk, "crv", &crv);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (oauth_json_is(kty, types[i].kty) &&
            (types[i].crv == NULL || oauth_json_is(crv, types[i].crv))) {
            return &types[i];
        }
    }
    return NULL;
}

/* The exponent and the modulus of RSA, the point of P-256. */
static bool is_sound(const struct oauth_key *k)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(k->library, k->pkey, NULL);
    bool sound = context != NULL && EVP_PKEY_public_check(context) == 1;

    EVP_PKEY_CTX_free(context);
    return sound;
}

enum err oauth_key_load(
    struct oauth_key *out, const json_t *jwk, OSSL_LIB_CTX *library, const char **why_out)
{
    struct oauth_key k = {.library = library};
    struct schloss_auth_bytes kty;

    *why_out = "has no kty";
    if (!oauth_json_text(jwk, "kty", &kty)) {
        return ERR_INVALID;
    }
    if (oauth_json_is(kty, "oct") || has_private_part(jwk)) {
        *why_out = "holds a secret: symmetric keys and private parts do not belong here";
        return ERR_INVALID;
    }
    const struct type *type = type_of(jwk, kty);
    k.algorithms = type == NULL ? 0 : narrowed(jwk, type->algorithms);
    if (k.algorithms == 0 || !may_verify(jwk)) {
        return ERR_UNSUPPORTED;
    }
    enum err e = take_kid(&k, jwk, why_out);
    if (e == OK) {
        e = type->load(&k, jwk, why_out);
    }
    if (e == OK && !is_sound(&k)) {
        e = ERR_INVALID;
    }
    ERR_clear_error();
    if (e != OK) {
        oauth_key_fini(&k);
        return e;
    }
    *out = k;
    return OK;
}

void oauth_key_fini(struct oauth_key *k)
{
    EVP_PKEY_free(k->pkey);
    *k = (struct oauth_key){.pkey = NULL};
}

/* --- a signature ------------------------------------------------------------------ */

/* JWS has the two numbers side by side, OpenSSL wants them as DER. 0: no memory. */
static size_t ecdsa_to_der(const uint8_t *signature, uint8_t *out)
{
    ECDSA_SIG *numbers = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, P256_FIELD, NULL);
    BIGNUM *s = BN_bin2bn(signature + P256_FIELD, P256_FIELD, NULL);
    int length = -1;

    if (numbers != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(numbers, r, s) == 1) {
        r = NULL; /* its own now */
        s = NULL;
        length = i2d_ECDSA_SIG(numbers, NULL);
        length = length > 0 && length <= P256_DER_MAX ? i2d_ECDSA_SIG(numbers, &out) : -1;
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(numbers);
    return length > 0 ? (size_t)length : 0;
}

static bool set_padding(EVP_PKEY_CTX *context, enum oauth_algorithm algorithm)
{
    switch (algorithm) {
    case OAUTH_RS256:
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    case OAUTH_PS256: /* RFC 7518 3.5: MGF1 with SHA-256, and a salt as long */
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, "SHA256", NULL) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
    default:
        return true;
    }
}

enum err oauth_key_verify(const struct oauth_key *k, enum oauth_algorithm algorithm,
    struct schloss_auth_bytes text, struct schloss_auth_bytes signature)
{
    const char *digest = algorithm == OAUTH_EdDSA ? NULL : "SHA256";
    uint8_t der[P256_DER_MAX];
    EVP_PKEY_CTX *context = NULL;
    enum err e = ERR_NOMEM;

    if ((k->algorithms & OAUTH_BIT(algorithm)) == 0 ||
        signature.length != k->signature_length) {
        return ERR_DENIED;
    }
    if (algorithm == OAUTH_ES256) {
        signature = (struct schloss_auth_bytes){der, ecdsa_to_der(signature.bytes, der)};
    }
    EVP_MD_CTX *verifier = signature.length == 0 ? NULL : EVP_MD_CTX_new();
    if (verifier != NULL &&
        EVP_DigestVerifyInit_ex(
            verifier, &context, digest, k->library, NULL, k->pkey, NULL) == 1 &&
        set_padding(context, algorithm)) {
        int good = EVP_DigestVerify(
            verifier, signature.bytes, signature.length, text.bytes, text.length);
        e = good == 1 ? OK : ERR_DENIED;
    }
    EVP_MD_CTX_free(verifier);
    ERR_clear_error();
    return e;
}
