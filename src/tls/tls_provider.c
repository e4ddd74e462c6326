#include "tls_provider.h"

#include "mem.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PROVIDER "schloss"
#define PROPERTY "provider=schloss"
/* It computes nothing: what it passes on is computed in keys, by the provider of there. */
#define DEFINED   PROPERTY ",fips=yes"
#define PARAM_KEY "schloss-key" /* import: a pointer to struct key_source */

/* What a key is made from. */
struct key_source {
    EVP_PKEY *public_key;
    const struct tls_signer *signer;
};

/* OpenSSL's "keydata". */
struct remote_key {
    EVP_PKEY *public_key; /* owned: a counted reference; NULL until imported */
    const struct tls_signer *signer;
};

/* OpenSSL's "signature context". */
struct remote_signing {
    const struct remote_key *key;
    int digest; /* 256, 384, 512; 0: none */
    int padding;
    bool salt_is_digest_length;
};

/* --- key management --------------------------------------------------------------- */

static void *key_new(void *provider)
{
    (void)provider;
    return mem_alloc(1, sizeof(struct remote_key));
}

static void key_free(void *data)
{
    struct remote_key *key = data;

    if (key != NULL) {
        EVP_PKEY_free(key->public_key);
        mem_free(key);
    }
}

/* "Has a private key" is what lets libssl use it at all; it means: can sign. */
static int key_has(const void *data, int selection)
{
    const struct remote_key *key = data;

    (void)selection;
    return key != NULL && key->public_key != NULL;
}

static int key_match(const void *a, const void *b, int selection)
{
    const struct remote_key *left = a;
    const struct remote_key *right = b;

    (void)selection;
    return key_has(left, 0) && key_has(right, 0) &&
           EVP_PKEY_eq(left->public_key, right->public_key) == 1;
}

/* Only tls_provider_key() knows how to ask for this; numbers from elsewhere are refused.
 */
static int key_import(void *data, int selection, const OSSL_PARAM params[])
{
    struct remote_key *key = data;
    const OSSL_PARAM *p = OSSL_PARAM_locate_const(params, PARAM_KEY);
    const void *pointer = NULL;
    size_t length = 0;

    (void)selection;
    if (p == NULL || key->public_key != NULL ||
        OSSL_PARAM_get_octet_ptr(p, &pointer, &length) != 1 ||
        length != sizeof(struct key_source)) {
        return 0;
    }
    const struct key_source *source = pointer;
    if (EVP_PKEY_up_ref(source->public_key) != 1) {
        return 0;
    }
    key->public_key = source->public_key;
    key->signer = source->signer;
    return 1;
}

static const OSSL_PARAM *key_import_types(int selection)
{
    static const OSSL_PARAM types[] = {
        OSSL_PARAM_DEFN(PARAM_KEY, OSSL_PARAM_OCTET_PTR, NULL, 0),
        OSSL_PARAM_END,
    };

    (void)selection;
    return types;
}

/* A selection with the private half fails, so OpenSSL never tries to sign elsewhere. */
static int key_export(void *data, int selection, OSSL_CALLBACK *callback, void *argument)
{
    const struct remote_key *key = data;

    if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 || key->public_key == NULL) {
        return 0;
    }
    return EVP_PKEY_export(key->public_key, selection, callback, argument);
}

static const OSSL_PARAM *key_export_types(int selection)
{
    static const OSSL_PARAM types[] = {
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
        OSSL_PARAM_END,
    };

    return (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 ? NULL : types;
}

static int key_get_params(void *data, OSSL_PARAM params[])
{
    const struct remote_key *key = data;

    return key->public_key != NULL && EVP_PKEY_get_params(key->public_key, params) == 1;
}

static const OSSL_PARAM *key_gettable_params(void *provider)
{
    static const OSSL_PARAM params[] = {
        OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_MANDATORY_DIGEST, NULL, 0),
        OSSL_PARAM_END,
    };

    (void)provider;
    return params;
}

/* Which SIGNATURE goes with an EC key; the others are called like their keys. */
static const char *ec_operation_name(int operation)
{
    return operation == OSSL_OP_SIGNATURE ? "ECDSA" : "EC";
}

/* --- signatures ------------------------------------------------------------------- */

static void *signing_new(void *provider, const char *properties)
{
    (void)provider;
    (void)properties;
    return mem_alloc(1, sizeof(struct remote_signing));
}

static void signing_free(void *data)
{
    mem_free(data);
}

static int digest_of(const char *name)
{
    static const struct {
        const char *name;
        int digest;
    } known[] = {
        {"SHA256", 256},
        {"SHA2-256", 256},
        {"SHA384", 384},
        {"SHA2-384", 384},
        {"SHA512", 512},
        {"SHA2-512", 512},
    };

    if (name == NULL || *name == '\0') {
        return 0;
    }
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcasecmp(name, known[i].name) == 0) {
            return known[i].digest;
        }
    }
    return -1;
}

static int padding_of(const OSSL_PARAM *p)
{
    const char *name = NULL;
    int number = 0;

    if (p->data_type == OSSL_PARAM_UTF8_STRING) {
        if (OSSL_PARAM_get_utf8_string_ptr(p, &name) != 1 || name == NULL) {
            return 0;
        }
        return strcmp(name, OSSL_PKEY_RSA_PAD_MODE_PSS) == 0       ? RSA_PKCS1_PSS_PADDING
               : strcmp(name, OSSL_PKEY_RSA_PAD_MODE_PKCSV15) == 0 ? RSA_PKCS1_PADDING
                                                                   : 0;
    }
    return OSSL_PARAM_get_int(p, &number) == 1 ? number : 0;
}

static bool salt_of(const OSSL_PARAM *p)
{
    const char *name = NULL;
    int number = 0;

    if (p->data_type == OSSL_PARAM_UTF8_STRING) {
        return OSSL_PARAM_get_utf8_string_ptr(p, &name) == 1 && name != NULL &&
               strcmp(name, OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST) == 0;
    }
    return OSSL_PARAM_get_int(p, &number) == 1 && number == RSA_PSS_SALTLEN_DIGEST;
}

static int signing_set_params(void *data, const OSSL_PARAM params[])
{
    struct remote_signing *s = data;
    const OSSL_PARAM *p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PAD_MODE);

    if (p != NULL) {
        s->padding = padding_of(p);
        if (s->padding != RSA_PKCS1_PSS_PADDING && s->padding != RSA_PKCS1_PADDING) {
            return 0;
        }
    }
    p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN);
    if (p != NULL) {
        s->salt_is_digest_length = salt_of(p);
        return s->salt_is_digest_length;
    }
    return 1;
}

static const OSSL_PARAM *signing_settable_params(void *data, void *provider)
{
    static const OSSL_PARAM params[] = {
        OSSL_PARAM_int(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL),
        OSSL_PARAM_int(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL),
        OSSL_PARAM_END,
    };

    (void)data;
    (void)provider;
    return params;
}

static int signing_init(
    void *data, const char *digest, void *key, const OSSL_PARAM params[])
{
    struct remote_signing *s = data;

    *s = (struct remote_signing){
        .key = key, .digest = digest_of(digest), .padding = RSA_PKCS1_PADDING};
    return key_has(key, 0) && s->digest >= 0 &&
           (params == NULL || signing_set_params(s, params) == 1);
}

/* The TLS SignatureScheme (RFC 8446, 4.2.3) of what was set up; 0: none that we use. */
static uint16_t scheme_of(const struct remote_signing *s)
{
    EVP_PKEY *key = s->key->public_key;
    int step = (s->digest - 256) / 128; /* 0, 1, 2 */
    char group[32];

    if (EVP_PKEY_is_a(key, "ED25519")) {
        return s->digest == 0 ? 0x0807 : 0;
    }
    if (s->digest == 0) {
        return 0;
    }
    if (EVP_PKEY_is_a(key, "RSA")) {
        if (s->padding == RSA_PKCS1_PSS_PADDING) {
            return s->salt_is_digest_length ? (uint16_t)(0x0804 + step) : 0;
        }
        return (uint16_t)(0x0401 + 0x0100 * step);
    }
    if (EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1) {
        return 0;
    }
    if (strcmp(group, "prime256v1") == 0) {
        return s->digest == 256 ? 0x0403 : 0;
    }
    return strcmp(group, "secp384r1") == 0 && s->digest == 384 ? 0x0503 : 0;
}

/* One shot, the whole text at once: libssl asks for the size first (signature NULL). */
static int signing_digest_sign(void *data, unsigned char *signature, size_t *length,
    size_t room, const unsigned char *text, size_t text_length)
{
    struct remote_signing *s = data;
    uint8_t made[TLS_SIGNATURE_MAX];
    size_t made_length = sizeof(made);
    int size = s->key != NULL ? EVP_PKEY_get_size(s->key->public_key) : 0;
    uint16_t scheme = s->key != NULL ? scheme_of(s) : 0;

    if (scheme == 0 || size <= 0 || (size_t)size > sizeof(made)) {
        return 0;
    }
    if (signature == NULL) {
        *length = (size_t)size;
        return 1;
    }
    const struct tls_signer *signer = s->key->signer;
    enum err e =
        signer->sign(signer->context, scheme, text, text_length, made, &made_length);
    if (e != OK || made_length == 0 || made_length > (size_t)size || made_length > room) {
        return 0;
    }
    memcpy(signature, made, made_length);
    *length = made_length;
    return 1;
}

/* --- tables ----------------------------------------------------------------------- */

/* OpenSSL keeps functions of all kinds as `void (*)(void)`. */
#define FUNCTION(id, function)                                                           \
    {                                                                                    \
        id, (void (*)(void))(function)                                                   \
    }
#define KEY_FUNCTIONS                                                                    \
    FUNCTION(OSSL_FUNC_KEYMGMT_NEW, key_new),                                            \
        FUNCTION(OSSL_FUNC_KEYMGMT_FREE, key_free),                                      \
        FUNCTION(OSSL_FUNC_KEYMGMT_HAS, key_has),                                        \
        FUNCTION(OSSL_FUNC_KEYMGMT_MATCH, key_match),                                    \
        FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT, key_import),                                  \
        FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, key_import_types),                      \
        FUNCTION(OSSL_FUNC_KEYMGMT_EXPORT, key_export),                                  \
        FUNCTION(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, key_export_types),                      \
        FUNCTION(OSSL_FUNC_KEYMGMT_GET_PARAMS, key_get_params),                          \
        FUNCTION(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, key_gettable_params)

static const OSSL_DISPATCH key_functions[] = {KEY_FUNCTIONS, {0, NULL}};
static const OSSL_DISPATCH ec_key_functions[] = {KEY_FUNCTIONS,
    FUNCTION(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, ec_operation_name), {0, NULL}};

static const OSSL_DISPATCH signing_functions[] = {
    FUNCTION(OSSL_FUNC_SIGNATURE_NEWCTX, signing_new),
    FUNCTION(OSSL_FUNC_SIGNATURE_FREECTX, signing_free),
    FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, signing_init),
    FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, signing_digest_sign),
    FUNCTION(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, signing_set_params),
    FUNCTION(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, signing_settable_params),
    {0, NULL},
};

static const OSSL_ALGORITHM keys[] = {
    {"RSA:rsaEncryption", DEFINED, key_functions, NULL},
    {"EC:id-ecPublicKey", DEFINED, ec_key_functions, NULL},
    {"ED25519", DEFINED, key_functions, NULL},
    {NULL, NULL, NULL, NULL},
};

static const OSSL_ALGORITHM signatures[] = {
    {"RSA:rsaEncryption", DEFINED, signing_functions, NULL},
    {"ECDSA", DEFINED, signing_functions, NULL},
    {"ED25519", DEFINED, signing_functions, NULL},
    {NULL, NULL, NULL, NULL},
};

static const OSSL_ALGORITHM *provider_query(void *provider, int operation, int *no_store)
{
    (void)provider;
    *no_store = 0;
    return operation == OSSL_OP_KEYMGMT     ? keys
           : operation == OSSL_OP_SIGNATURE ? signatures
                                            : NULL;
}

static int provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
    const OSSL_DISPATCH **out, void **provider_out)
{
    static const OSSL_DISPATCH functions[] = {
        FUNCTION(OSSL_FUNC_PROVIDER_QUERY_OPERATION, provider_query),
        {0, NULL},
    };
    static char nothing; /* a provider must have something to call its own */

    (void)handle;
    (void)in;
    *out = functions;
    *provider_out = &nothing;
    return 1;
}

enum err tls_provider_add(const struct algo *algo, OSSL_PROVIDER **out)
{
    char properties[100];

    (void)snprintf(properties, sizeof(properties), "%s%s?provider!=" PROVIDER,
        algo->properties != NULL ? algo->properties : "",
        algo->properties != NULL ? "," : "");
    if (OSSL_PROVIDER_add_builtin(algo->library, PROVIDER, provider_init) != 1 ||
        EVP_set_default_properties(algo->library, properties) != 1) {
        return ERR_NOMEM;
    }
    *out = OSSL_PROVIDER_load(algo->library, PROVIDER);
    return *out != NULL ? OK : ERR_NOMEM;
}

enum err tls_provider_key(OSSL_LIB_CTX *library, EVP_PKEY *public_key,
    const struct tls_signer *signer, EVP_PKEY **out)
{
    struct key_source source = {.public_key = public_key, .signer = signer};
    void *pointer = &source;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_ptr(PARAM_KEY, &pointer, sizeof(source)),
        OSSL_PARAM_construct_end(),
    };
    const char *name = EVP_PKEY_is_a(public_key, "RSA")       ? "RSA"
                       : EVP_PKEY_is_a(public_key, "EC")      ? "EC"
                       : EVP_PKEY_is_a(public_key, "ED25519") ? "ED25519"
                                                              : NULL;
    EVP_PKEY *key = NULL;

    if (name == NULL) {
        return ERR_UNSUPPORTED;
    }
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(library, name, PROPERTY);
    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) != 1) {
        EVP_PKEY_CTX_free(ctx);
        return ERR_NOMEM;
    }
    EVP_PKEY_CTX_free(ctx);
    *out = key;
    return OK;
}
