/* OpenSSL's allocations fail one after the other: a pair that is refused still is. */
#include "keys_key.h"

#include "tls/certificate.h"

#include <openssl/crypto.h>
#include <openssl/x509v3.h>
#include <sys/mman.h>
#include <unistd.h>

static long fail_at = -1; /* the allocations before it succeed; negative: all do */
static bool failed;
static struct algo algo; /* of all: OpenSSL loses some of a new one where memory fails */

static bool must_fail(void)
{
    if (fail_at < 0 || fail_at-- > 0) {
        return false;
    }
    failed = true;
    return true;
}

static void *on_alloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return must_fail() ? NULL : malloc(size);
}

static void *on_resize(void *memory, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return must_fail() ? NULL : realloc(memory, size);
}

static void on_free(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    free(memory);
}

/* One load in which the allocation of that number fails. */
static enum err load(const struct certificate *c, long number)
{
    struct keys_key k = {.private_key = NULL};
    struct keys_problem problem = {""};
    struct keys_source source = {.fd = memfd_create("key", MFD_CLOEXEC),
        .chain = (const uint8_t *)c->chain,
        .chain_length = c->chain_length};

    assert_int_equal(
        write(source.fd, c->key_text, c->key_length), (ssize_t)c->key_length);
    assert_int_equal(lseek(source.fd, 0, SEEK_SET), 0);
    failed = false;
    fail_at = number;
    enum err e = keys_key_load(&k, &algo, &source, &problem);
    fail_at = -1;
    assert_true((e == OK) == (k.private_key != NULL));
    assert_true(e != OK || k.facts.count == 1);
    keys_key_fini(&k);
    close(source.fd);
    return e;
}

static void a_good_pair_loads_or_is_refused(void **state)
{
    struct certificate c;
    unsigned refused = 0;
    unsigned loaded = 0;
    long n = 0;

    (void)state;
    certificate_make(&c, "P-256");
    do {
        enum err e = load(&c, n);
        refused += e != OK;
        loaded += e == OK;
        n += 7;
    } while (failed);
    assert_true(refused > 20);
    assert_true(loaded > 0);
    certificate_free(&c);
}

static void a_bad_pair_is_never_taken(void **state)
{
    struct certificate c;
    long n = 0;

    (void)state;
    certificate_make(&c, "P-256");
    X509_EXTENSION *made =
        X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage, "clientAuth");
    assert_int_equal(X509_add_ext(c.x509, made, -1), 1);
    X509_EXTENSION_free(made);
    assert_true(X509_sign(c.x509, c.key, EVP_sha256()) > 0);
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_X509(bio, c.x509), 1);
    c.chain_length = certificate_take(bio, c.chain, CERTIFICATE_TEXT_MAX);
    do {
        assert_int_not_equal(load(&c, n), OK);
        n += 7;
    } while (failed);
    certificate_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_pair_loads_or_is_refused),
        cmocka_unit_test(a_bad_pair_is_never_taken),
    };
    if (CRYPTO_set_mem_functions(on_alloc, on_resize, on_free) != 1) {
        return 1;
    }
    if (algo_open(&algo, ALGO_DEFAULT) != OK) {
        return 1;
    }
    int status = cmocka_run_group_tests(tests, NULL, NULL);
    algo_close(&algo);
    return status;
}
