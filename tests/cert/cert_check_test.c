#include "cert_check.h"

#include "test.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char root[] = "/tmp/cert-check-XXXXXX";
static char ca_file[64];
static char file[64];
static char key_file[64];
static char other_key_file[64];
static int64_t now_s;
static struct cert_report report;

static void put(const char *path, const struct buf *text, unsigned mode)
{
    const struct cert_file f = {.path = path,
        .bytes = text->bytes,
        .length = text->length,
        .mode = mode,
        .replace = true};

    assert_int_equal(cert_file_write(&f), OK);
}

static void put_key(const char *path, EVP_PKEY *key)
{
    struct buf text;

    buf_init(&text, 10000);
    assert_int_equal(cert_key_write(key, NULL, &text), OK);
    put(path, &text, 0600);
    buf_fini(&text);
}

static void put_certificate(const char *path, X509 *c)
{
    struct buf text;

    buf_init(&text, 10000);
    assert_int_equal(cert_write(c, &text), OK);
    put(path, &text, 0644);
    buf_fini(&text);
}

/* A CA, and a server's certificate for names ("" for none). */
static void make_files(EVP_PKEY *key, const char *names_text)
{
    struct cert_problem why;
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    X509_NAME *subject = NULL;
    struct cert_signer ca = {.certificate = NULL};
    X509 *certificate = NULL;
    X509 *leaf = NULL;

    if (names_text[0] != '\0') {
        assert_int_equal(
            cert_names_parse(names, names_text, strlen(names_text), &why), OK);
    }
    assert_int_equal(cert_subject_make("x", &subject), OK);
    assert_int_equal(cert_key_make(CERT_P256, &ca.key), OK);
    struct cert_wish wish = {.subject = subject, .ca = true, .now_s = now_s, .days = 100};
    assert_int_equal(cert_make(&wish, ca.key, &ca, &certificate), OK);
    ca.certificate = certificate;
    wish.ca = false;
    wish.server = true;
    wish.names = names;
    assert_int_equal(cert_make(&wish, key, &ca, &leaf), OK);
    put_certificate(ca_file, certificate);
    put_certificate(file, leaf);
    put_key(key_file, key);
    X509_free(leaf);
    X509_free(certificate);
    EVP_PKEY_free(ca.key);
    X509_NAME_free(subject);
    GENERAL_NAMES_free(names);
}

static int make_root(void **state)
{
    EVP_PKEY *key = NULL;

    (void)state;
    if (mkdtemp(root) == NULL || cert_key_make(CERT_P256, &key) != OK) {
        return -1;
    }
    now_s = (int64_t)time(NULL);
    (void)snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", root);
    (void)snprintf(file, sizeof(file), "%s/a.pem", root);
    (void)snprintf(key_file, sizeof(key_file), "%s/a.key", root);
    (void)snprintf(other_key_file, sizeof(other_key_file), "%s/b.key", root);
    make_files(key, "dns:a.example");
    EVP_PKEY_free(key);
    return 0;
}

static int remove_root(void **state)
{
    (void)state;
    (void)unlink(ca_file);
    (void)unlink(file);
    (void)unlink(key_file);
    (void)unlink(other_key_file);
    return rmdir(root);
}

static const struct cert_row *row(const char *check)
{
    for (size_t i = 0; i < report.count; i++) {
        if (strcmp(report.rows[i].check, check) == 0) {
            return &report.rows[i];
        }
    }
    fail_msg("there is no check %s", check);
    return NULL;
}

static void check(unsigned uses, int64_t when_s, const char *key)
{
    const struct cert_subjects s = {
        .file = file, .key_file = key, .ca_file = ca_file, .uses = uses, .now_s = when_s};

    assert_int_equal(cert_check(&s, &report), OK);
}

static void fails(const char *name)
{
    assert_true(report.failed);
    assert_int_equal(row(name)->result, CERT_FAILED);
    assert_true(row(name)->fix[0] != '\0');
}

static void a_good_pair_passes_each_check(void **state)
{
    (void)state;
    check(CERT_USE_SERVER, now_s, key_file);
    assert_false(report.failed);
    assert_int_equal(report.count, 7);
    for (size_t i = 0; i < report.count; i++) {
        assert_int_equal(report.rows[i].result, CERT_GOOD);
        assert_string_equal(report.rows[i].fix, "");
    }
}

static void dates_are_before_within_soon_over_or_behind(void **state)
{
    (void)state;
    check(0, now_s - 301, key_file);
    fails("dates");
    check(0, now_s + 70 * 86400 - 60, key_file);
    assert_int_equal(row("dates")->result, CERT_GOOD);
    check(0, now_s + 70 * 86400 + 60, key_file);
    assert_int_equal(row("dates")->result, CERT_WARNING);
    assert_false(report.failed);
    check(0, now_s + 100 * 86400, key_file);
    fails("dates");
}

static void the_use_must_be_what_is_wanted(void **state)
{
    (void)state;
    check(CERT_USE_CLIENT, now_s, key_file);
    fails("use");
    check(CERT_USE_CLIENT | CERT_USE_SERVER, now_s, key_file);
    fails("use");
    check(0, now_s, key_file);
    assert_int_equal(row("use")->result, CERT_GOOD);
}

static void another_key_and_one_that_others_may_read_are_noticed(void **state)
{
    EVP_PKEY *other = NULL;

    (void)state;
    assert_int_equal(cert_key_make(CERT_P256, &other), OK);
    put_key(other_key_file, other);
    EVP_PKEY_free(other);
    check(0, now_s, other_key_file);
    fails("key");
    assert_int_equal(row("permissions")->result, CERT_GOOD);
    check(0, now_s, ca_file); /* holds no key, and everybody may read it */
    fails("key");
    fails("permissions");
    check(0, now_s, "/nonexistent/key");
    fails("key");
    check(0, now_s, NULL);
    assert_int_equal(report.count, 5);
}

static void a_server_without_a_host_and_a_weak_key_are_noticed(void **state)
{
    EVP_PKEY *weak = EVP_RSA_gen(1024);
    EVP_PKEY *good = NULL;

    (void)state;
    make_files(weak, "");
    check(0, now_s, key_file);
    fails("strength");
    fails("names");
    fails("chain"); /* security level 2 */
    EVP_PKEY_free(weak);
    assert_int_equal(cert_key_make(CERT_P256, &good), OK);
    make_files(good, "dns:a.example");
    EVP_PKEY_free(good);
}

static void what_only_clients_may_have_is_noticed_in_a_server(void **state)
{
    EVP_PKEY *large = EVP_EC_gen("P-521");
    EVP_PKEY *edwards = NULL;
    EVP_PKEY *good = NULL;

    (void)state;
    make_files(large, "dns:a.example");
    check(0, now_s, key_file);
    fails("strength");
    EVP_PKEY_free(large);
    assert_int_equal(cert_key_make(CERT_ED25519, &edwards), OK);
    make_files(edwards, "dns:a.example");
    check(0, now_s, key_file);
    assert_int_equal(row("strength")->result, CERT_WARNING);
    assert_false(report.failed);
    EVP_PKEY_free(edwards);
    assert_int_equal(cert_key_make(CERT_P256, &good), OK);
    make_files(good, "dns:a.example");
    EVP_PKEY_free(good);
}

static void a_chain_to_another_ca_is_noticed(void **state)
{
    char kept[100];
    EVP_PKEY *key = NULL;

    (void)state;
    (void)snprintf(kept, sizeof(kept), "%s/kept", root);
    assert_int_equal(rename(file, kept), 0);
    assert_int_equal(cert_key_make(CERT_P256, &key), OK);
    make_files(key, "dns:a.example"); /* another CA of the same name */
    assert_int_equal(rename(kept, file), 0);
    check(0, now_s, NULL);
    fails("chain");
    make_files(key, "dns:a.example");
    EVP_PKEY_free(key);
}

static void what_is_no_certificate_fails_alone(void **state)
{
    const struct cert_subjects missing = {.file = "/nonexistent", .now_s = now_s};
    const struct cert_subjects none = {.file = key_file, .now_s = now_s};

    (void)state;
    assert_int_equal(cert_check(&missing, &report), OK);
    assert_int_equal(report.count, 1);
    fails("file");
    assert_int_equal(cert_check(&none, &report), OK);
    assert_int_equal(report.count, 1);
    fails("file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_pair_passes_each_check),
        cmocka_unit_test(dates_are_before_within_soon_over_or_behind),
        cmocka_unit_test(the_use_must_be_what_is_wanted),
        cmocka_unit_test(another_key_and_one_that_others_may_read_are_noticed),
        cmocka_unit_test(a_server_without_a_host_and_a_weak_key_are_noticed),
        cmocka_unit_test(what_only_clients_may_have_is_noticed_in_a_server),
        cmocka_unit_test(a_chain_to_another_ca_is_noticed),
        cmocka_unit_test(what_is_no_certificate_fails_alone),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
