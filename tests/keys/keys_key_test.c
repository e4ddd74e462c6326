#include "keys_key.h"

#include "tls/certificate.h"

#include <sys/mman.h>
#include <unistd.h>

static struct algo algo; /* opened by main() */

/* A file in memory with these bytes, to be read from its beginning. */
static int file_of(const void *bytes, size_t length)
{
    int fd = memfd_create("key", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, length), (ssize_t)length);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static enum err load(const void *key, size_t key_length, const void *chain,
    size_t chain_length, enum keys_type *type_out, struct keys_problem *problem)
{
    struct keys_key k = {.private_key = NULL};
    int fd = file_of(key, key_length);
    const struct keys_source source = {.fd = fd,
        .chain = chain,
        .chain_length = chain_length,
        .names = {.certificate = "/tls/c.pem", .key = "/tls/k.pem"}};
    enum err e = keys_key_load(&k, &algo, &source, problem);

    assert_true((e == OK) == (k.private_key != NULL));
    *type_out = k.type;
    keys_key_fini(&k);
    assert_null(k.private_key);
    close(fd);
    return e;
}

static void check_refused(const void *key, size_t key_length, const void *chain,
    size_t chain_length, const char *words)
{
    struct keys_problem problem = {""};
    enum keys_type type;

    assert_int_equal(
        load(key, key_length, chain, chain_length, &type, &problem), ERR_INVALID);
    if (strstr(problem.text, words) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", words, problem.text);
    }
}

static void good_pairs_load_with_their_type(void **state)
{
    static const struct {
        const char *name;
        enum keys_type type;
    } good[] = {{"RSA2048", KEYS_RSA}, {"RSA4096", KEYS_RSA}, {"P-256", KEYS_P256},
        {"P-384", KEYS_P384}, {"ED25519", KEYS_ED25519}};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct certificate c;
        struct keys_problem problem = {""};
        enum keys_type type;
        certificate_make(&c, good[i].name);
        enum err e =
            load(c.key_text, c.key_length, c.chain, c.chain_length, &type, &problem);
        if (e != OK) {
            fail_msg("%s: %s", good[i].name, problem.text);
        }
        assert_int_equal(type, good[i].type);
        certificate_free(&c);
    }
}

static void other_keys_are_refused(void **state)
{
    static const char *const bad[] = {
        "RSA1024", "RSA2047", "RSA4098", "secp521r1", "secp256k1", "ED448"};
    static const char *const words[] = {"1024 bits", "2047 bits", "4098 bits",
        "kind of key", "kind of key", "kind of key"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct certificate c;
        if (strncmp(bad[i], "ED448", 5) == 0) {
            certificate_make_for(&c, bad[i], -60, 60, NULL);
        } else {
            certificate_make(&c, bad[i]);
        }
        check_refused(c.key_text, c.key_length, c.chain, c.chain_length, words[i]);
        certificate_free(&c);
    }
}

static void a_file_with_key_and_certificates_is_taken(void **state)
{
    struct certificate c;
    struct keys_problem problem = {""};
    enum keys_type type;
    static char both[CERTIFICATE_TEXT_MAX + CERTIFICATE_TEXT_MAX];
    size_t length;

    (void)state;
    certificate_make(&c, "P-256");
    length = c.chain_length + c.key_length;
    memcpy(both, c.chain, c.chain_length);
    memcpy(both + c.chain_length, c.key_text, c.key_length);
    assert_int_equal(load(both, length, c.chain, c.chain_length, &type, &problem), OK);
    assert_int_equal(load(both, length, both, length, &type, &problem), OK);
    certificate_free(&c);
}

static void other_forms_of_pem_keys_are_taken(void **state)
{
    static const char *const types[] = {"RSA2048", "P-256"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct certificate c;
        struct keys_problem problem = {""};
        enum keys_type type;
        certificate_make(&c, types[i]);
        BIO *bio = BIO_new(BIO_s_mem());
        assert_int_equal(
            PEM_write_bio_PrivateKey_traditional(bio, c.key, NULL, NULL, 0, NULL, NULL),
            1);
        c.key_length = certificate_take(bio, c.key_text, CERTIFICATE_TEXT_MAX);
        assert_non_null(memmem(c.key_text, c.key_length, i == 0 ? "RSA" : "EC", 2));
        assert_int_equal(
            load(c.key_text, c.key_length, c.chain, c.chain_length, &type, &problem), OK);
        certificate_free(&c);
    }
}

static void the_wrong_key_is_refused(void **state)
{
    struct certificate c;
    struct certificate other;
    static char both[2 * CERTIFICATE_TEXT_MAX];

    (void)state;
    certificate_make(&c, "P-256");
    certificate_make(&other, "P-256");
    check_refused(
        other.key_text, other.key_length, c.chain, c.chain_length, "does not belong");
    memcpy(both, other.chain, other.chain_length);
    memcpy(both + other.chain_length, c.chain, c.chain_length);
    check_refused(c.key_text, c.key_length, both, other.chain_length + c.chain_length,
        "server's own certificate first");
    certificate_free(&other);
    certificate_make(&other, "RSA2048");
    check_refused(
        other.key_text, other.key_length, c.chain, c.chain_length, "does not belong");
    certificate_free(&other);
    certificate_free(&c);
}

static void times_are_checked(void **state)
{
    struct certificate c;

    (void)state;
    certificate_make_for(&c, "P-256", -7200, -3600, NULL);
    check_refused(c.key_text, c.key_length, c.chain, c.chain_length, "expired on 20");
    certificate_free(&c);
    certificate_make_for(&c, "P-256", 3600, 7200, NULL);
    check_refused(
        c.key_text, c.key_length, c.chain, c.chain_length, "not valid before 20");
    certificate_free(&c);
}

static void issuers_that_use_a_weak_digest_are_refused(void **state)
{
    struct certificate c;
    struct keys_problem problem = {""};
    enum keys_type type;
    static const bool own[] = {true, false};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        certificate_make(&c, "RSA2048");
        X509_NAME *issuer = X509_NAME_dup(X509_get_issuer_name(c.x509));
        if (!own[i]) {
            assert_int_equal(X509_NAME_add_entry_by_txt(issuer, "O", MBSTRING_ASC,
                                 (const unsigned char *)"else", -1, -1, 0),
                1);
        }
        assert_int_equal(X509_set_issuer_name(c.x509, issuer), 1);
        X509_NAME_free(issuer);
        assert_true(X509_sign(c.x509, c.key, EVP_sha1()) > 0);
        BIO *bio = BIO_new(BIO_s_mem());
        assert_int_equal(PEM_write_bio_X509(bio, c.x509), 1);
        c.chain_length = certificate_take(bio, c.chain, CERTIFICATE_TEXT_MAX);
        if (own[i]) {
            assert_int_equal(
                load(c.key_text, c.key_length, c.chain, c.chain_length, &type, &problem),
                OK);
        } else {
            check_refused(
                c.key_text, c.key_length, c.chain, c.chain_length, "weak digest");
        }
        certificate_free(&c);
    }
}

static void an_encrypted_key_is_refused_without_asking(void **state)
{
    struct certificate c;

    (void)state;
    certificate_make(&c, "P-256");
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PrivateKey(bio, c.key, EVP_aes_256_cbc(),
                         (const unsigned char *)"pass", 4, NULL, NULL),
        1);
    c.key_length = certificate_take(bio, c.key_text, CERTIFICATE_TEXT_MAX);
    check_refused(c.key_text, c.key_length, c.chain, c.chain_length, "key is encrypted");
    certificate_free(&c);
}

static void damage_is_said(void **state)
{
    struct certificate c;
    static char text[CERTIFICATE_TEXT_MAX * 12];
    size_t length = 0;

    (void)state;
    certificate_make(&c, "P-256");
    check_refused("", 0, c.chain, c.chain_length, "no private key");
    check_refused(c.chain, c.chain_length, c.chain, c.chain_length, "no private key");
    check_refused(c.key_text, c.key_length, "", 0, "no certificate");
    check_refused(c.key_text, c.key_length, c.key_text, c.key_length, "no certificate");
    memcpy(text, c.chain, c.chain_length);
    memcpy(text + c.chain_length, c.chain, c.chain_length);
    text[c.chain_length + 60] = '!';
    check_refused(c.key_text, c.key_length, text, 2 * c.chain_length,
        "certificate 2 of the chain is damaged");
    memcpy(text, c.key_text, c.key_length);
    memset(text + 40, 'A', 20);
    check_refused(text, c.key_length, c.chain, c.chain_length, "key is damaged");
    for (int i = 0; i < KEYS_CHAIN_MAX + 1; i++) {
        memcpy(text + length, c.chain, c.chain_length);
        length += c.chain_length;
    }
    check_refused(c.key_text, c.key_length, text, length, "has 11 certificates");
    struct keys_problem problem;
    enum keys_type type;
    assert_int_equal(
        load(c.key_text, c.key_length, text, length - c.chain_length, &type, &problem),
        OK);
    certificate_free(&c);
}

static void every_truncation_of_the_key_file_is_refused(void **state)
{
    struct certificate c;
    struct keys_problem problem;
    enum keys_type type;

    (void)state;
    certificate_make(&c, "P-256");
    /* The last line end is the only byte that may be missing. */
    for (size_t length = 0; length < c.key_length - 1; length++) {
        assert_int_equal(
            load(c.key_text, length, c.chain, c.chain_length, &type, &problem),
            ERR_INVALID);
    }
    certificate_free(&c);
}

static void files_have_a_limit(void **state)
{
    struct certificate c;
    struct keys_problem problem;
    enum keys_type type;
    char *much = calloc(1, KEYS_FILE_MAX + 1);

    (void)state;
    certificate_make(&c, "P-256");
    memset(much, '\n', KEYS_FILE_MAX + 1);
    memcpy(much, c.key_text, c.key_length);
    assert_int_equal(
        load(much, KEYS_FILE_MAX, c.chain, c.chain_length, &type, &problem), OK);
    check_refused(much, KEYS_FILE_MAX + 1, c.chain, c.chain_length, "larger than 65536");
    memcpy(much, c.chain, c.chain_length);
    memset(much + c.chain_length, '\n', KEYS_FILE_MAX + 1 - c.chain_length);
    assert_int_equal(
        load(c.key_text, c.key_length, much, KEYS_FILE_MAX, &type, &problem), OK);
    check_refused(c.key_text, c.key_length, much, KEYS_FILE_MAX + 1, "larger than 65536");
    free(much);
    certificate_free(&c);
}

static void what_can_not_be_read_is_an_error(void **state)
{
    struct certificate c;
    struct keys_key k = {.private_key = NULL};
    struct keys_problem problem = {""};

    (void)state;
    certificate_make(&c, "P-256");
    const struct keys_source source = {
        .fd = -1, .chain = (const uint8_t *)c.chain, .chain_length = c.chain_length};
    assert_int_equal(keys_key_load(&k, &algo, &source, &problem), ERR_IO);
    assert_non_null(strstr(problem.text, "errno=9"));
    assert_null(k.private_key);
    certificate_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_pairs_load_with_their_type),
        cmocka_unit_test(other_keys_are_refused),
        cmocka_unit_test(a_file_with_key_and_certificates_is_taken),
        cmocka_unit_test(other_forms_of_pem_keys_are_taken),
        cmocka_unit_test(the_wrong_key_is_refused),
        cmocka_unit_test(times_are_checked),
        cmocka_unit_test(issuers_that_use_a_weak_digest_are_refused),
        cmocka_unit_test(an_encrypted_key_is_refused_without_asking),
        cmocka_unit_test(damage_is_said),
        cmocka_unit_test(every_truncation_of_the_key_file_is_refused),
        cmocka_unit_test(files_have_a_limit),
        cmocka_unit_test(what_can_not_be_read_is_an_error),
    };
    if (keys_key_prepare() != OK || algo_open(&algo, ALGO_DEFAULT) != OK) {
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    algo_close(&algo);
    return failed;
}
