#include "oauth_forge.h"

#include "test.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

static EVP_PKEY *keys[FORGE_KINDS];
static const char *const kids[FORGE_KINDS] = {"rsa", "p256", "ed25519"};

EVP_PKEY *forge_rsa(int bits)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);

    assert_non_null(key);
    return key;
}

EVP_PKEY *forge_key(enum forge_kind kind)
{
    if (keys[kind] == NULL) {
        keys[kind] = kind == FORGE_RSA    ? forge_rsa(2048)
                     : kind == FORGE_P256 ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256")
                                          : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    }
    assert_non_null(keys[kind]);
    return keys[kind];
}

void forge_end(void)
{
    for (unsigned i = 0; i < FORGE_KINDS; i++) {
        EVP_PKEY_free(keys[i]);
        keys[i] = NULL;
    }
}

void forge_base64(struct buf *out, const void *bytes, size_t length)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const uint8_t *p = bytes;
    uint32_t bits = 0;
    unsigned held = 0;

    for (size_t i = 0; i < length; i++) {
        bits = bits << 8 | p[i];
        for (held += 8; held >= 6; held -= 6) {
            buf_add(out, &digits[bits >> (held - 6) & 63], 1);
        }
    }
    if (held > 0) {
        buf_add(out, &digits[bits << (6 - held) & 63], 1);
    }
}

/* --- keys ------------------------------------------------------------------------- */

static void add_number(struct buf *out, EVP_PKEY *key, const char *param, int size)
{
    uint8_t bytes[2048];
    BIGNUM *number = NULL;

    assert_int_equal(EVP_PKEY_get_bn_param(key, param, &number), 1);
    int length = size > 0 ? size : BN_num_bytes(number);
    assert_int_equal(BN_bn2binpad(number, bytes, length), length);
    forge_base64(out, bytes, (size_t)length);
    BN_free(number);
}

void forge_jwk(struct buf *out, EVP_PKEY *key, const char *kid, const char *extra)
{
    uint8_t raw[32];
    size_t length = sizeof(raw);

    if (EVP_PKEY_is_a(key, "RSA")) {
        buf_add_text(out, "{\"kty\":\"RSA\",\"n\":\"");
        add_number(out, key, OSSL_PKEY_PARAM_RSA_N, 0);
        buf_add_text(out, "\",\"e\":\"");
        add_number(out, key, OSSL_PKEY_PARAM_RSA_E, 0);
    } else if (EVP_PKEY_is_a(key, "EC")) {
        buf_add_text(out, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"");
        add_number(out, key, OSSL_PKEY_PARAM_EC_PUB_X, 32);
        buf_add_text(out, "\",\"y\":\"");
        add_number(out, key, OSSL_PKEY_PARAM_EC_PUB_Y, 32);
    } else {
        assert_int_equal(EVP_PKEY_get_raw_public_key(key, raw, &length), 1);
        buf_add_text(out, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"");
        forge_base64(out, raw, length);
    }
    buf_add_format(out, "\",\"kid\":\"%s\"%s}", kid, extra);
}

void forge_jwks(struct buf *out)
{
    buf_add_text(out, "{\"keys\":[");
    for (unsigned i = 0; i < FORGE_KINDS; i++) {
        buf_add_text(out, i == 0 ? "" : ",");
        forge_jwk(out, forge_key((enum forge_kind)i), kids[i], "");
    }
    buf_add_text(out, "]}");
}

/* --- tokens ----------------------------------------------------------------------- */

/* OpenSSL's two numbers side by side. */
static size_t der_to_raw(uint8_t *signature, size_t length)
{
    const uint8_t *p = signature;
    ECDSA_SIG *numbers = d2i_ECDSA_SIG(NULL, &p, (long)length);

    assert_non_null(numbers);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(numbers), signature, 32), 32);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(numbers), signature + 32, 32), 32);
    ECDSA_SIG_free(numbers);
    return 64;
}

static size_t sign_hmac(const struct buf *text, EVP_PKEY *key, uint8_t *signature)
{
    BIO *pem = BIO_new(BIO_s_mem());
    char *secret;
    unsigned length = 0;

    assert_int_equal(PEM_write_bio_PUBKEY(pem, key), 1);
    long size = BIO_get_mem_data(pem, &secret);
    assert_non_null(HMAC(
        EVP_sha256(), secret, (int)size, text->bytes, text->length, signature, &length));
    BIO_free(pem);
    return length;
}

static size_t sign_with(
    const struct buf *text, const char *alg, EVP_PKEY *key, uint8_t *signature)
{
    EVP_MD_CTX *signer = EVP_MD_CTX_new();
    EVP_PKEY_CTX *context = NULL;
    size_t length = 1024;

    assert_int_equal(
        EVP_DigestSignInit_ex(signer, &context,
            EVP_PKEY_is_a(key, "ED25519") ? NULL : "SHA256", NULL, NULL, key, NULL),
        1);
    if (alg[0] == 'P') {
        const int salt = strcmp(alg, "PS256") == 0 ? RSA_PSS_SALTLEN_DIGEST : 20;
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, salt), 1);
    }
    assert_int_equal(
        EVP_DigestSign(signer, signature, &length, text->bytes, text->length), 1);
    EVP_MD_CTX_free(signer);
    return length;
}

void forge_sign(struct buf *out, const char *alg, EVP_PKEY *key)
{
    uint8_t signature[1024];
    size_t length = 0;

    if (strcmp(alg, "HS256") == 0) {
        length = sign_hmac(out, key, signature);
    } else if (key != NULL) {
        length = sign_with(out, alg, key, signature);
    }
    if (strcmp(alg, "ES256") == 0) {
        length = der_to_raw(signature, length);
    }
    buf_add_text(out, ".");
    forge_base64(out, signature, length);
    assert_int_equal(buf_error(out), OK);
}

void forge_token(struct buf *out, const char *header, const char *claims, const char *alg,
    EVP_PKEY *key)
{
    buf_reset(out);
    forge_base64(out, header, strlen(header));
    buf_add_text(out, ".");
    forge_base64(out, claims, strlen(claims));
    forge_sign(out, alg, key);
}

void forge_good(struct buf *out, const char *alg)
{
    enum forge_kind kind = alg[1] != 'S'               ? FORGE_ED25519
                           : strcmp(alg, "ES256") == 0 ? FORGE_P256
                                                       : FORGE_RSA;
    char header[128];

    (void)snprintf(
        header, sizeof(header), "{\"alg\":\"%s\",\"kid\":\"%s\"}", alg, kids[kind]);
    forge_token(out, header, FORGE_CLAIMS, alg, forge_key(kind));
}
