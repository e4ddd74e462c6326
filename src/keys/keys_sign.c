#include "keys_sign.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <stdbool.h>
#include <string.h>

struct keys_scheme {
    uint16_t number;
    enum keys_type type;
    unsigned shapes;    /* of enum keys_shape, or-ed */
    const char *digest; /* NULL: the algorithm's own */
    int padding;        /* RSA only */
};

#define IN_1_2  ((unsigned)KEYS_SHAPE_TLS_1_2)
#define IN_BOTH ((unsigned)KEYS_SHAPE_TLS_1_2 | (unsigned)KEYS_SHAPE_TLS_1_3)

/* clang-format off */
static const struct keys_scheme schemes[] = {
    /* number  type          shapes   digest    padding */
    { 0x0401,  KEYS_RSA,     IN_1_2,  "SHA256", RSA_PKCS1_PADDING },
    { 0x0501,  KEYS_RSA,     IN_1_2,  "SHA384", RSA_PKCS1_PADDING },
    { 0x0601,  KEYS_RSA,     IN_1_2,  "SHA512", RSA_PKCS1_PADDING },
    { 0x0804,  KEYS_RSA,     IN_BOTH, "SHA256", RSA_PKCS1_PSS_PADDING },
    { 0x0805,  KEYS_RSA,     IN_BOTH, "SHA384", RSA_PKCS1_PSS_PADDING },
    { 0x0806,  KEYS_RSA,     IN_BOTH, "SHA512", RSA_PKCS1_PSS_PADDING },
    { 0x0403,  KEYS_P256,    IN_BOTH, "SHA256", 0 },
    { 0x0503,  KEYS_P384,    IN_BOTH, "SHA384", 0 },
    { 0x0807,  KEYS_ED25519, IN_BOTH, NULL,     0 },
};
/* clang-format on */

#define SCHEMES (sizeof(schemes) / sizeof(schemes[0]))

const struct keys_scheme *keys_scheme_find(
    enum keys_type type, uint16_t number, enum keys_shape shape)
{
    for (size_t i = 0; i < SCHEMES; i++) {
        const struct keys_scheme *s = &schemes[i];
        if (s->number == number) {
            return s->type == type && (s->shapes & (unsigned)shape) != 0 ? s : NULL;
        }
    }
    return NULL;
}

bool keys_scheme_suits(enum keys_type type, const struct tlspolicy *policy)
{
    for (size_t i = 0; i < SCHEMES; i++) {
        if (schemes[i].type == type && tlspolicy_signs(policy, schemes[i].number)) {
            return true;
        }
    }
    return false;
}

static bool set_padding(const struct keys_scheme *scheme, EVP_PKEY_CTX *options)
{
    if (scheme->type != KEYS_RSA) {
        return true;
    }
    return EVP_PKEY_CTX_set_rsa_padding(options, scheme->padding) == 1 &&
           (scheme->padding != RSA_PKCS1_PSS_PADDING ||
               EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1);
}

/* The digest is made here, by our provider: who signs gets no more than that. */
static enum err sign_elsewhere(const struct keys_key *k, const struct keys_scheme *scheme,
    const uint8_t *text, size_t length, uint8_t signature[KEYS_SIGNATURE_MAX],
    size_t *signature_length_out)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    size_t made = 0;
    struct keys_order order = {.type = scheme->type,
        .pss = scheme->padding == RSA_PKCS1_PSS_PADDING,
        .digest = scheme->digest,
        .bytes = text,
        .length = length};

    if (scheme->digest != NULL) {
        if (EVP_Q_digest(k->algo->library, scheme->digest, k->algo->properties, text,
                length, digest, &made) != 1) {
            ERR_clear_error();
            return ERR_IO;
        }
        order.bytes = digest;
        order.length = made;
    }
    return k->signer->sign(k->signer->context, &order, signature, signature_length_out);
}

enum err keys_sign(const struct keys_key *k, const struct keys_scheme *scheme,
    const uint8_t *text, size_t length, uint8_t signature[KEYS_SIGNATURE_MAX],
    size_t *signature_length_out)
{
    size_t made = KEYS_SIGNATURE_MAX;
    EVP_PKEY_CTX *options = NULL;

    if (k->signer != NULL) {
        return sign_elsewhere(k, scheme, text, length, signature, signature_length_out);
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = context != NULL &&
                EVP_DigestSignInit_ex(context, &options, scheme->digest, k->algo->library,
                    k->algo->properties, k->private_key, NULL) == 1 &&
                set_padding(scheme, options) &&
                EVP_DigestSign(context, signature, &made, text, length) == 1;

    EVP_MD_CTX_free(context);
    ERR_clear_error();
    if (!done) {
        return ERR_IO;
    }
    *signature_length_out = made;
    return OK;
}

static bool verifies(const struct keys_key *k, const struct keys_scheme *scheme,
    const uint8_t *text, size_t length, const uint8_t *signature, size_t signature_length)
{
    EVP_PKEY_CTX *options = NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done =
        context != NULL &&
        EVP_DigestVerifyInit_ex(context, &options, scheme->digest, k->algo->library,
            k->algo->properties, X509_get0_pubkey(k->certificate), NULL) == 1 &&
        set_padding(scheme, options) &&
        EVP_DigestVerify(context, signature, signature_length, text, length) == 1;

    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return done;
}

enum err keys_sign_try(const struct keys_key *k)
{
    static const uint8_t sample[] = "schloss tries its key";
    uint8_t signature[KEYS_SIGNATURE_MAX];
    size_t length = 0;

    for (size_t i = 0; i < SCHEMES; i++) {
        if (schemes[i].type != k->type) {
            continue;
        }
        enum err e =
            keys_sign(k, &schemes[i], sample, sizeof(sample), signature, &length);
        if (e != OK) {
            return e;
        }
        if (!verifies(k, &schemes[i], sample, sizeof(sample), signature, length)) {
            return ERR_INVALID;
        }
    }
    return OK;
}
