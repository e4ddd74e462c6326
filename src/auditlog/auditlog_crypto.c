#include "auditlog_crypto.h"

#include "mem.h"
#include "rand.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <sodium.h>
#include <string.h>

#define CURVE "P-256"

_Static_assert(crypto_sign_SEEDBYTES == AUDITLOG_SECRET, "the secret is the seed");

enum err auditlog_crypto_open(struct auditlog_crypto *c, bool fips)
{
    *c = (struct auditlog_crypto){.sha256 = NULL};
    if (sodium_init() < 0) {
        return ERR_UNSUPPORTED;
    }
    enum err e = algo_open(&c->algo, fips ? ALGO_FIPS : ALGO_DEFAULT);
    if (e != OK) {
        return e;
    }
    c->sha256 = algo_digest(&c->algo, "SHA256");
    c->digest = EVP_MD_CTX_new();
    if (c->sha256 == NULL || c->digest == NULL) {
        auditlog_crypto_close(c);
        return ERR_NOMEM;
    }
    return OK;
}

void auditlog_crypto_close(struct auditlog_crypto *c)
{
    EVP_MD_CTX_free(c->digest);
    EVP_MD_free(c->sha256);
    algo_close(&c->algo);
    *c = (struct auditlog_crypto){.sha256 = NULL};
}

enum err auditlog_hash(struct auditlog_crypto *c, const struct auditlog_bytes *parts,
    size_t count, uint8_t out[AUDITLOG_HASH])
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    bool ok = EVP_DigestInit_ex2(c->digest, c->sha256, NULL) == 1;

    for (size_t i = 0; ok && i < count; i++) {
        ok = EVP_DigestUpdate(c->digest, parts[i].ptr, parts[i].len) == 1;
    }
    ok = ok && EVP_DigestFinal_ex(c->digest, digest, &length) == 1;
    if (!ok || length != AUDITLOG_HASH) {
        ERR_clear_error();
        return ERR_NOMEM;
    }
    memcpy(out, digest, AUDITLOG_HASH);
    return OK;
}

/* --- algorithms --------------------------------------------------------------------- */

static const struct {
    enum auditlog_algorithm algorithm;
    const char *name;
    size_t public_length;
} algorithms[] = {
    {AUDITLOG_ED25519, "ed25519", crypto_sign_PUBLICKEYBYTES},
    {AUDITLOG_ECDSA_P256, "ecdsa-p256", AUDITLOG_PUBLIC_MAX},
};

#define ALGORITHMS (sizeof(algorithms) / sizeof(algorithms[0]))

const char *auditlog_algorithm_name(enum auditlog_algorithm algorithm)
{
    for (size_t i = 0; i < ALGORITHMS; i++) {
        if (algorithms[i].algorithm == algorithm) {
            return algorithms[i].name;
        }
    }
    return NULL;
}

enum err auditlog_algorithm_find(
    const void *name, size_t length, enum auditlog_algorithm *out)
{
    for (size_t i = 0; i < ALGORITHMS; i++) {
        if (strlen(algorithms[i].name) == length &&
            memcmp(algorithms[i].name, name, length) == 0) {
            *out = algorithms[i].algorithm;
            return OK;
        }
    }
    return ERR_NOT_FOUND;
}

size_t auditlog_public_length(enum auditlog_algorithm algorithm)
{
    for (size_t i = 0; i < ALGORITHMS; i++) {
        if (algorithms[i].algorithm == algorithm) {
            return algorithms[i].public_length;
        }
    }
    return 0;
}

bool auditlog_public_equals(
    const struct auditlog_public *a, const struct auditlog_public *b)
{
    return a->algorithm == b->algorithm && a->length == b->length &&
           memcmp(a->bytes, b->bytes, a->length) == 0;
}

/* --- ECDSA P-256 -------------------------------------------------------------------- */

/* Takes nothing; NULL: not a point of the curve, or no memory. pair: NULL, or its secret. */
static EVP_PKEY *ec_key(struct auditlog_crypto *c, const struct auditlog_public *key,
    const struct auditlog_pair *pair)
{
    EVP_PKEY *out = NULL;
    BIGNUM *secret = pair == NULL ? NULL : BN_bin2bn(pair->secret, AUDITLOG_SECRET, NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context =
        EVP_PKEY_CTX_new_from_name(c->algo.library, "EC", c->algo.properties);
    OSSL_PARAM *params = NULL;

    if (build != NULL && context != NULL && (pair == NULL || secret != NULL) &&
        OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, CURVE, 0) ==
            1 &&
        OSSL_PARAM_BLD_push_octet_string(
            build, OSSL_PKEY_PARAM_PUB_KEY, key->bytes, key->length) == 1 &&
        (secret == NULL ||
            OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, secret) == 1)) {
        params = OSSL_PARAM_BLD_to_param(build);
    }
    if (params == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &out,
            pair == NULL ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR, params) != 1) {
        out = NULL;
    }
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_BLD_free(build);
    BN_clear_free(secret);
    ERR_clear_error();
    return out;
}

static enum err ec_make(struct auditlog_crypto *c, struct auditlog_pair *out)
{
    EVP_PKEY *made = EVP_PKEY_Q_keygen(c->algo.library, c->algo.properties, "EC", CURVE);
    BIGNUM *secret = NULL;
    size_t length = 0;
    bool ok = made != NULL &&
              EVP_PKEY_get_bn_param(made, OSSL_PKEY_PARAM_PRIV_KEY, &secret) == 1 &&
              EVP_PKEY_get_octet_string_param(made, OSSL_PKEY_PARAM_PUB_KEY,
                  out->key.bytes, sizeof(out->key.bytes), &length) == 1 &&
              length == AUDITLOG_PUBLIC_MAX &&
              BN_bn2binpad(secret, out->secret, AUDITLOG_SECRET) == AUDITLOG_SECRET;

    out->key.length = length;
    BN_clear_free(secret);
    EVP_PKEY_free(made);
    ERR_clear_error();
    return ok ? OK : ERR_NOMEM;
}

static enum err ec_sign(struct auditlog_crypto *c, const struct auditlog_pair *pair,
    const void *text, size_t length, uint8_t *out, size_t *length_out)
{
    EVP_PKEY *key = ec_key(c, &pair->key, pair);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t made = AUDITLOG_SIGNATURE_MAX;
    bool ok = key != NULL && context != NULL &&
              EVP_DigestSignInit_ex(context, NULL, "SHA256", c->algo.library,
                  c->algo.properties, key, NULL) == 1 &&
              EVP_DigestSign(context, out, &made, text, length) == 1;

    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    ERR_clear_error();
    *length_out = made;
    return ok ? OK : ERR_NOMEM;
}

static bool ec_is_signed(struct auditlog_crypto *c, const struct auditlog_public *public,
    const void *text, size_t length, const uint8_t *signature, size_t signature_length)
{
    EVP_PKEY *key = ec_key(c, public, NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = key != NULL && context != NULL &&
              EVP_DigestVerifyInit_ex(context, NULL, "SHA256", c->algo.library,
                  c->algo.properties, key, NULL) == 1 &&
              EVP_DigestVerify(context, signature, signature_length, text, length) == 1;

    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return ok;
}

/* --- Ed25519 ------------------------------------------------------------------------ */

static void ed_make(struct auditlog_pair *out)
{
    uint8_t whole[crypto_sign_SECRETKEYBYTES];

    rand_bytes(out->secret, sizeof(out->secret));
    (void)crypto_sign_seed_keypair(out->key.bytes, whole, out->secret);
    out->key.length = crypto_sign_PUBLICKEYBYTES;
    mem_wipe(whole, sizeof(whole));
}

static size_t ed_sign(
    const struct auditlog_pair *pair, const void *text, size_t length, uint8_t *out)
{
    uint8_t public[crypto_sign_PUBLICKEYBYTES];
    uint8_t whole[crypto_sign_SECRETKEYBYTES];

    (void)crypto_sign_seed_keypair(public, whole, pair->secret);
    (void)crypto_sign_detached(out, NULL, text, length, whole);
    mem_wipe(whole, sizeof(whole));
    return crypto_sign_BYTES;
}

/* --- both --------------------------------------------------------------------------- */

enum err auditlog_pair_make(struct auditlog_crypto *c, enum auditlog_algorithm algorithm,
    struct auditlog_pair *out)
{
    *out = (struct auditlog_pair){.key = {.algorithm = algorithm}};
    if (algorithm == AUDITLOG_ED25519) {
        ed_make(out);
        return OK;
    }
    return ec_make(c, out);
}

void auditlog_pair_wipe(struct auditlog_pair *pair)
{
    mem_wipe(pair, sizeof(*pair));
}

enum err auditlog_sign(struct auditlog_crypto *c, const struct auditlog_pair *pair,
    const void *text, size_t length, uint8_t out[AUDITLOG_SIGNATURE_MAX],
    size_t *length_out)
{
    if (pair->key.algorithm == AUDITLOG_ED25519) {
        *length_out = ed_sign(pair, text, length, out);
        return OK;
    }
    return ec_sign(c, pair, text, length, out, length_out);
}

bool auditlog_is_signed(struct auditlog_crypto *c, const struct auditlog_public *key,
    const void *text, size_t length, const uint8_t *signature, size_t signature_length)
{
    if (key->length != auditlog_public_length(key->algorithm)) {
        return false;
    }
    if (key->algorithm == AUDITLOG_ED25519) {
        return signature_length == crypto_sign_BYTES &&
               crypto_sign_verify_detached(signature, text, length, key->bytes) == 0;
    }
    return ec_is_signed(c, key, text, length, signature, signature_length);
}
