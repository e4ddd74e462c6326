#include "scram_crypto.h"

#include "mem.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

static const struct {
    const char *mechanism;
    const char *digest;
    size_t size;
} hashes[SCRAM_MECHANISMS] = {
    [SCRAM_SHA_256] = {"SCRAM-SHA-256", "SHA256", 32},
    [SCRAM_SHA_512] = {"SCRAM-SHA-512", "SHA512", 64},
};

const char *scram_mechanism_name(enum scram_mechanism mechanism)
{
    return hashes[mechanism].mechanism;
}

size_t scram_hash_size(enum scram_mechanism mechanism)
{
    return hashes[mechanism].size;
}

bool scram_mechanism_find(const void *name, size_t length, enum scram_mechanism *out)
{
    for (unsigned i = 0; i < SCRAM_MECHANISMS; i++) {
        if (length == strlen(hashes[i].mechanism) &&
            memcmp(name, hashes[i].mechanism, length) == 0) {
            *out = (enum scram_mechanism)i;
            return true;
        }
    }
    return false;
}

/* The digest of an HMAC is told once: to tell it again would fetch it again. */
static bool hash_init(struct scram_crypto *c, EVP_MAC *hmac, unsigned i)
{
    struct scram_hash *h = &c->hashes[i];
    char name[8];

    memcpy(name, hashes[i].digest, strlen(hashes[i].digest) + 1);
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
        OSSL_PARAM_construct_end(),
    };
    h->digest = algo_digest(&c->algo, name);
    h->digest_context = EVP_MD_CTX_new();
    h->hmac_context = EVP_MAC_CTX_new(hmac);
    return h->digest != NULL && h->digest_context != NULL && h->hmac_context != NULL &&
           EVP_MAC_CTX_set_params(h->hmac_context, params) == 1;
}

enum err scram_crypto_init_mode(struct scram_crypto *c, enum algo_mode mode)
{
    *c = (struct scram_crypto){.algo = {.library = NULL}};
    enum err e = algo_open(&c->algo, mode);
    if (e != OK) {
        return e;
    }
    EVP_MAC *hmac = algo_mac(&c->algo, "HMAC");
    bool good = hmac != NULL;
    for (unsigned i = 0; good && i < SCRAM_MECHANISMS; i++) {
        good = hash_init(c, hmac, i);
    }
    EVP_MAC_free(hmac);
    if (!good) {
        scram_crypto_fini(c);
        ERR_clear_error();
        return ERR_UNSUPPORTED;
    }
    return OK;
}

enum err scram_crypto_init(struct scram_crypto *c)
{
    return scram_crypto_init_mode(c, ALGO_DEFAULT);
}

void scram_crypto_fini(struct scram_crypto *c)
{
    for (unsigned i = 0; i < SCRAM_MECHANISMS; i++) {
        EVP_MAC_CTX_free(c->hashes[i].hmac_context);
        EVP_MD_CTX_free(c->hashes[i].digest_context);
        EVP_MD_free(c->hashes[i].digest);
    }
    algo_close(&c->algo);
    *c = (struct scram_crypto){.algo = {.library = NULL}};
}

static enum err result_of(bool good)
{
    if (!good) {
        ERR_clear_error();
    }
    return good ? OK : ERR_NOMEM;
}

enum err scram_crypto_digest(struct scram_crypto *c, enum scram_mechanism mechanism,
    const struct scram_part *input, uint8_t *out)
{
    const struct scram_hash *h = &c->hashes[mechanism];
    uint8_t bytes[SCRAM_HASH_MAX];
    unsigned length = 0;

    bool good = EVP_DigestInit_ex2(h->digest_context, h->digest, NULL) == 1 &&
                EVP_DigestUpdate(h->digest_context, input->bytes, input->length) == 1 &&
                EVP_DigestFinal_ex(h->digest_context, bytes, &length) == 1 &&
                length == hashes[mechanism].size;
    if (good) {
        memcpy(out, bytes, length);
    }
    mem_wipe(bytes, sizeof(bytes));
    return result_of(good);
}

enum err scram_crypto_hmac(struct scram_crypto *c, enum scram_mechanism mechanism,
    const struct scram_part *key, const struct scram_part *parts, size_t count,
    uint8_t *out)
{
    EVP_MAC_CTX *context = c->hashes[mechanism].hmac_context;
    uint8_t bytes[SCRAM_HASH_MAX];
    size_t length = 0;

    INVARIANT(key->length > 0); /* OpenSSL would go on with the key before */
    bool good = EVP_MAC_init(context, key->bytes, key->length, NULL) == 1;
    for (size_t i = 0; good && i < count; i++) {
        good = EVP_MAC_update(context, parts[i].bytes, parts[i].length) == 1;
    }
    good = good && EVP_MAC_final(context, bytes, &length, sizeof(bytes)) == 1 &&
           length == hashes[mechanism].size;
    if (good) {
        memcpy(out, bytes, length);
    }
    mem_wipe(bytes, sizeof(bytes));
    return result_of(good);
}

/* OpenSSL takes what it does not write through pointers without const. */
static OSSL_PARAM bytes_of(const char *key, const struct scram_part *part)
{
    return OSSL_PARAM_construct_octet_string(
        key, (void *)(uintptr_t)part->bytes, part->length);
}

enum err scram_crypto_salted_password(struct scram_crypto *c,
    enum scram_mechanism mechanism, const struct scram_part *password,
    const struct scram_part *salt, uint32_t iterations, uint8_t *out)
{
    char digest[8];
    unsigned rounds = iterations;

    if (password->length > INT32_MAX || salt->length > INT32_MAX ||
        iterations > INT32_MAX) {
        return ERR_INVALID;
    }
    memcpy(digest, hashes[mechanism].digest, strlen(hashes[mechanism].digest) + 1);
    const OSSL_PARAM params[] = {bytes_of(OSSL_KDF_PARAM_PASSWORD, password),
        bytes_of(OSSL_KDF_PARAM_SALT, salt),
        OSSL_PARAM_construct_uint(OSSL_KDF_PARAM_ITER, &rounds),
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    EVP_KDF *kdf = algo_kdf(&c->algo, "PBKDF2");
    EVP_KDF_CTX *context = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
    bool good = context != NULL &&
                EVP_KDF_derive(context, out, hashes[mechanism].size, params) == 1;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return result_of(good);
}
