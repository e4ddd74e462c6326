#include "algo_private.h"

#include <openssl/err.h>
#include <openssl/kdf.h>
#include <stdbool.h>
#include <string.h>

/* Once, before anything else of OpenSSL: it would read openssl.cnf. */
static enum err prepare(void)
{
    return OPENSSL_init_crypto(
               OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL) == 1
               ? OK
               : ERR_NOMEM;
}

static enum err fail(struct algo *a, enum err e)
{
    algo_close(a);
    ERR_clear_error();
    return e;
}

/* A provider may be there and yet not be usable. */
static enum err try_it(const struct algo *a)
{
    EVP_MD *digest = algo_digest(a, "SHA256");

    EVP_MD_free(digest);
    return digest != NULL ? OK : ERR_UNSUPPORTED;
}

enum err algo_open_named(struct algo *a, const char *provider, const char *properties)
{
    bool is_fips = strcmp(provider, ALGO_FIPS_PROVIDER) == 0;

    *a = (struct algo){.properties = properties};
    if (prepare() != OK) {
        return ERR_NOMEM;
    }
    a->library = OSSL_LIB_CTX_new();
    if (a->library == NULL) {
        return fail(a, ERR_NOMEM);
    }
    if (is_fips) {
        algo_fips_configure(a->library);
        a->base = OSSL_PROVIDER_load(a->library, "base");
    }
    a->provider = OSSL_PROVIDER_load(a->library, provider);
    if (a->provider == NULL || (is_fips && a->base == NULL)) {
        return fail(a, ERR_UNSUPPORTED);
    }
    if (properties != NULL && EVP_set_default_properties(a->library, properties) != 1) {
        return fail(a, ERR_NOMEM);
    }
    enum err e = try_it(a);
    return e == OK ? OK : fail(a, e);
}

enum err algo_open(struct algo *a, enum algo_mode mode)
{
    return mode == ALGO_FIPS ? algo_open_named(a, ALGO_FIPS_PROVIDER, "fips=yes")
                             : algo_open_named(a, "default", NULL);
}

void algo_close(struct algo *a)
{
    if (a->provider != NULL) {
        (void)OSSL_PROVIDER_unload(a->provider);
    }
    if (a->base != NULL) {
        (void)OSSL_PROVIDER_unload(a->base);
    }
    OSSL_LIB_CTX_free(a->library);
    *a = (struct algo){.library = NULL};
}

EVP_MD *algo_digest(const struct algo *a, const char *name)
{
    return EVP_MD_fetch(a->library, name, a->properties);
}

EVP_MAC *algo_mac(const struct algo *a, const char *name)
{
    return EVP_MAC_fetch(a->library, name, a->properties);
}

EVP_KDF *algo_kdf(const struct algo *a, const char *name)
{
    return EVP_KDF_fetch(a->library, name, a->properties);
}

enum err algo_sha256(
    const struct algo *a, const void *bytes, size_t length, uint8_t out[32])
{
    size_t made = 0;
    uint8_t digest[EVP_MAX_MD_SIZE];

    if (EVP_Q_digest(a->library, "SHA256", a->properties, bytes, length, digest, &made) !=
            1 ||
        made != 32) {
        ERR_clear_error();
        return ERR_NOMEM;
    }
    memcpy(out, digest, 32);
    return OK;
}
