/*
 * A module for OpenSSL that stands where its FIPS provider would: the algorithms of the
 * default provider under `fips=yes`, without some that are not approved. It shows that a
 * process finds all that it needs when it asks for nothing else. It is no FIPS provider.
 */
#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <stdbool.h>
#include <string.h>

#define OPERATIONS 32
#define ALGORITHMS 256

int OSSL_provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
    const OSSL_DISPATCH **out, void **context);

static OSSL_PROVIDER *inner;
static OSSL_ALGORITHM tables[OPERATIONS][ALGORITHMS];

static bool is_approved(const char *names)
{
    static const char *const others[] = {
        "ED25519", "ED448", "X25519", "X448", "MD5", "ChaCha20", "POLY1305", "SCRYPT"};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (strncmp(names, others[i], strlen(others[i])) == 0) {
            return false;
        }
    }
    return true;
}

static const OSSL_ALGORITHM *query(void *context, int operation, int *no_store)
{
    size_t count = 0;

    (void)context;
    if (operation < 0 || operation >= OPERATIONS) {
        return NULL;
    }
    const OSSL_ALGORITHM *from =
        OSSL_PROVIDER_query_operation(inner, operation, no_store);
    for (; from != NULL && from->algorithm_names != NULL; from++) {
        if (is_approved(from->algorithm_names) && count + 1 < ALGORITHMS) {
            tables[operation][count] = *from;
            tables[operation][count++].property_definition = "provider=fips,fips=yes";
        }
    }
    tables[operation][count] = (OSSL_ALGORITHM){.algorithm_names = NULL};
    return tables[operation];
}

/* The groups of TLS. */
static int capabilities(
    void *context, const char *name, OSSL_CALLBACK *each, void *argument)
{
    (void)context;
    return OSSL_PROVIDER_get_capabilities(inner, name, each, argument);
}

/* Algorithms that use others ask in the inner library, and there for the same properties. */
static bool open_inner(void)
{
    OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();

    inner = OSSL_PROVIDER_load(library, "default");
    return inner != NULL &&
           OSSL_PROVIDER_add_builtin(library, "fips", OSSL_provider_init) == 1 &&
           OSSL_PROVIDER_load(library, "fips") != NULL;
}

int OSSL_provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
    const OSSL_DISPATCH **out, void **context)
{
    static const OSSL_DISPATCH functions[] = {
        {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query},
        {OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))capabilities}, {0, NULL}};

    (void)handle;
    (void)in;
    if (inner == NULL && !open_inner()) {
        return 0;
    }
    *context = OSSL_PROVIDER_get0_provider_ctx(inner);
    *out = functions;
    return 1;
}
