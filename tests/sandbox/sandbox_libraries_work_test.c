/*
 * The libraries that a role lives on keep working once its filter is on: signatures in
 * keys, password hashes in auth. A call that a new version of a library makes is found
 * here first.
 */
#include "sandbox_enter.h"
#include "test.h"

#include <openssl/evp.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS     3
#define ALLOCATION 300000
#define MEMORY     ((size_t)64 << 20)

static EVP_PKEY *keys[3];
static char verifier[crypto_pwhash_STRBYTES];

static bool sign(EVP_PKEY *key)
{
    static const unsigned char text[] = "text";
    unsigned char signature[1024];
    size_t length = sizeof(signature);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const EVP_MD *digest = EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256();
    bool ok = EVP_DigestSignInit(context, NULL, digest, NULL, key) == 1 &&
              EVP_DigestSign(context, signature, &length, text, sizeof(text)) == 1;

    EVP_MD_CTX_free(context);
    return ok;
}

static bool sign_all(void)
{
    bool ok = true;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        ok = ok && sign(keys[i]);
    }
    return ok;
}

static bool hash(void)
{
    char other[crypto_pwhash_STRBYTES];
    void *guarded = sodium_malloc(100);
    bool ok = guarded != NULL && crypto_pwhash_str(other, "pw", 2, 3, MEMORY) == 0 &&
              crypto_pwhash_str_verify(verifier, "pw", 2) == 0 &&
              crypto_pwhash_str_verify(verifier, "px", 2) != 0;

    sodium_free(guarded);
    return ok;
}

static bool allocate(void)
{
    void *blocks[64];
    bool ok = true;

    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        blocks[i] = malloc(ALLOCATION + i);
        ok = ok && blocks[i] != NULL;
    }
    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        free(blocks[i]);
    }
    return ok;
}

/* In a child: the role's sandbox, then the work, many times. */
static void works_in(enum sandbox_role role, bool (*work)(void))
{
    struct sandbox_failure failure;
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !work() ||
            sandbox_close_files(role, NULL, 0, &failure) != OK ||
            sandbox_close_calls(role, &failure) != OK) {
            _exit(2);
        }
        bool ok = true;
        for (unsigned i = 0; i < ROUNDS; i++) {
            ok = ok && work();
        }
        _exit(ok ? 0 : 3);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (status != 0) {
        fail_msg("%s: status %x", sandbox_role_name(role), (unsigned)status);
    }
}

static void every_role_allocates(void **state)
{
    (void)state;
    for (unsigned role = SANDBOX_PORTER; role < SANDBOX_ROLE_COUNT; role++) {
        works_in((enum sandbox_role)role, allocate);
    }
}

static void keys_signs(void **state)
{
    (void)state;
    works_in(SANDBOX_KEYS, sign_all);
}

static void auth_hashes_and_checks_passwords(void **state)
{
    (void)state;
    works_in(SANDBOX_AUTH, hash);
}

static int make_keys(void **state)
{
    (void)state;
    keys[0] = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    keys[1] = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    keys[2] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    return keys[0] != NULL && keys[1] != NULL && keys[2] != NULL && sodium_init() >= 0 &&
                   crypto_pwhash_str(verifier, "pw", 2, 3, MEMORY) == 0
               ? 0
               : -1;
}

static int free_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        EVP_PKEY_free(keys[i]);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_role_allocates),
        cmocka_unit_test(keys_signs),
        cmocka_unit_test(auth_hashes_and_checks_passwords),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
