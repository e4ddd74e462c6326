#include "algo_private.h"

#include "test.h"

#include <openssl/kdf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void check_works(const struct algo *a)
{
    static const uint8_t empty[] = {0xe3, 0xb0, 0xc4, 0x42};
    uint8_t out[32];
    EVP_MD *digest = algo_digest(a, "SHA384");
    EVP_MAC *mac = algo_mac(a, "HMAC");
    EVP_KDF *kdf = algo_kdf(a, "PBKDF2");

    assert_non_null(digest);
    assert_non_null(mac);
    assert_non_null(kdf);
    EVP_MD_free(digest);
    EVP_MAC_free(mac);
    EVP_KDF_free(kdf);
    assert_int_equal(algo_sha256(a, "", 0, out), OK);
    assert_memory_equal(out, empty, sizeof(empty));
}

static void the_default_provider_is_there(void **state)
{
    struct algo a;

    (void)state;
    assert_int_equal(algo_open(&a, ALGO_DEFAULT), OK);
    check_works(&a);
    algo_close(&a);
    assert_null(a.library);
    algo_close(&a);
}

/* What the FIPS provider would be asked for; here another one is, by the same way. */
static void every_fetch_asks_for_the_properties(void **state)
{
    struct algo a;

    (void)state;
    assert_int_equal(algo_open_named(&a, "default", "provider=default"), OK);
    check_works(&a);
    assert_null(EVP_MD_fetch(a.library, "SHA256", "provider=fips"));
    algo_close(&a);
    assert_int_equal(algo_open_named(&a, "default", "fips=yes"), ERR_UNSUPPORTED);
    assert_null(a.library);
}

static void what_is_not_approved_is_not_found(void **state)
{
    struct algo a;

    (void)state;
    assert_int_equal(algo_open_named(&a, "default", "provider=default"), OK);
    a.properties = "fips=yes"; /* as if it were mixed up: nothing falls back */
    assert_null(algo_digest(&a, "SHA256"));
    assert_null(algo_mac(&a, "HMAC"));
    assert_null(algo_kdf(&a, "PBKDF2"));
    uint8_t out[32];
    assert_int_equal(algo_sha256(&a, "", 0, out), ERR_NOMEM);
    algo_close(&a);
}

static void a_provider_that_is_not_there_opens_nothing(void **state)
{
    struct algo a;

    (void)state;
    assert_int_equal(algo_open_named(&a, "nobody-has-this", NULL), ERR_UNSUPPORTED);
    assert_null(a.library);
    assert_null(a.provider);
}

/* What `openssl fipsinstall` writes, but for the name of a module that every OpenSSL has. */
static void the_settings_of_the_provider_reach_it(void **state)
{
    static const char text[] = "[fips_sect]\nactivate = 1\nmodule = legacy.so\n";
    char path[] = "/tmp/schloss-algo-XXXXXX";
    int fd = mkstemp(path);
    OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
    assert_int_equal(close(fd), 0);
    assert_int_equal(OSSL_PROVIDER_available(library, "fips"), 0);
    algo_fips_configure_from(library, path);
    assert_int_equal(OSSL_PROVIDER_available(library, "fips"), 1);
    OSSL_LIB_CTX_free(library);
    assert_int_equal(unlink(path), 0);
}

/* Either it is there, and then it is what is asked; or nothing is opened. */
static void fips_is_the_fips_provider_or_nothing(void **state)
{
    struct algo a;

    (void)state;
    enum err e = algo_open(&a, ALGO_FIPS);
    if (e == OK) {
        assert_string_equal(OSSL_PROVIDER_get0_name(a.provider), "fips");
        assert_null(algo_digest(&a, "MD5"));
        check_works(&a);
        algo_close(&a);
        return;
    }
    assert_int_equal(e, ERR_UNSUPPORTED);
    assert_null(a.library);
    assert_non_null(strstr(algo_fips_missing, "openssl fipsinstall"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_provider_is_there),
        cmocka_unit_test(every_fetch_asks_for_the_properties),
        cmocka_unit_test(what_is_not_approved_is_not_found),
        cmocka_unit_test(a_provider_that_is_not_there_opens_nothing),
        cmocka_unit_test(the_settings_of_the_provider_reach_it),
        cmocka_unit_test(fips_is_the_fips_provider_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
