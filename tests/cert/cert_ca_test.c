#include "cert_ca.h"

#include "test.h"

#include <dirent.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char root[] = "/tmp/cert-ca-XXXXXX";
static char folder[64];
static struct cert_problem why;

static enum err create(const struct secret *passphrase, bool replace)
{
    const struct cert_ca_wish wish = {.folder = folder,
        .name = "test CA",
        .kind = CERT_P256,
        .passphrase = passphrase,
        .now_s = (int64_t)time(NULL),
        .days = 10,
        .replace = replace};

    return cert_ca_create(&wish, &why);
}

static char *path_of(const char *name)
{
    static char path[CERT_PATH_MAX];

    assert_int_equal(cert_file_path(path, folder, name), OK);
    return path;
}

static unsigned mode_of(const char *name)
{
    struct stat status;

    assert_int_equal(stat(path_of(name), &status), 0);
    return status.st_mode & 07777;
}

static void clear_folder(const char *path)
{
    char name[CERT_PATH_MAX];
    struct dirent *entry;
    DIR *d = opendir(path);

    while (d != NULL && (entry = readdir(d)) != NULL) {
        if (entry->d_name[0] != '.') {
            assert_int_equal(cert_file_path(name, path, entry->d_name), OK);
            (void)unlink(name);
        }
    }
    if (d != NULL) {
        (void)closedir(d);
        (void)rmdir(path);
    }
}

static int fresh(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "%s/ca", root);
    return 0;
}

static int gone(void **state)
{
    (void)state;
    clear_folder(path_of("issued"));
    clear_folder(folder);
    return 0;
}

static X509 *issue(struct cert_ca *ca)
{
    X509_NAME *subject = NULL;
    EVP_PKEY *key = NULL;
    X509 *out = NULL;

    assert_int_equal(cert_subject_make("ann", &subject), OK);
    assert_int_equal(cert_key_make(CERT_P256, &key), OK);
    const struct cert_wish wish = {
        .subject = subject, .client = true, .now_s = (int64_t)time(NULL), .days = 5};
    assert_int_equal(cert_ca_issue(ca, &wish, key, &out, &why), OK);
    EVP_PKEY_free(key);
    X509_NAME_free(subject);
    return out;
}

static void a_new_ca_has_a_key_that_nobody_else_reads_and_a_list(void **state)
{
    (void)state;
    assert_int_equal(create(NULL, false), OK);
    assert_int_equal(mode_of("ca.key"), 0600);
    assert_int_equal(mode_of("issued"), 0700);
    assert_int_equal(mode_of("ca.pem"), 0644);
    assert_int_equal(mode_of("crl.pem"), 0644);
    assert_false(cert_ca_is_encrypted(folder));
}

static void a_ca_that_is_there_is_replaced_only_where_that_is_asked_for(void **state)
{
    static const char *const names[] = {"ca.key", "ca.pem", "crl.pem"};

    (void)state;
    assert_int_equal(create(NULL, false), OK);
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < 3; k++) {
            if (k != i) {
                (void)unlink(path_of(names[k]));
            }
        }
        assert_int_equal(create(NULL, false), ERR_EXISTS);
        assert_non_null(strstr(why.text, names[i]));
        assert_int_equal(create(NULL, true), OK);
    }
}

static void a_ca_in_a_folder_that_others_may_write_to_is_not_opened(void **state)
{
    struct cert_ca ca;

    (void)state;
    assert_int_equal(create(NULL, false), OK);
    assert_int_equal(chmod(folder, 0777), 0);
    assert_int_equal(cert_ca_open(&ca, folder, NULL, &why), ERR_INVALID);
    assert_non_null(strstr(why.text, "others may write to the folder"));
    assert_int_equal(chmod(folder, 0700), 0);
    assert_int_equal(cert_ca_open(&ca, folder, NULL, &why), OK);
    cert_ca_close(&ca);
    assert_int_equal(cert_ca_open(&ca, path_of("ca.pem"), NULL, &why), ERR_NOT_FOUND);
}

/* In a child without a terminal, where who asks for a passphrase reads it from stdin. */
static bool is_read_by_passphrase(const void *pem, size_t length)
{
    int ends[2];
    int status = 0;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "secret\nsecret\n", 14), 14);
    assert_int_equal(close(ends[1]), 0);
    pid_t pid = fork();
    if (pid == 0) {
        (void)setsid();
        (void)dup2(ends[0], STDIN_FILENO);
        STACK_OF(X509) *all = cert_read_all(pem, length, 4);
        _exit(cert_read(pem, length) != NULL || sk_X509_num(all) > 0 ? 1 : 0);
    }
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status) == 1;
}

static void nobody_is_asked_for_the_passphrase_of_a_certificate(void **state)
{
    struct cert_ca ca;
    char *pem = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    unsigned char key[] = "secret";

    (void)state;
    assert_int_equal(create(NULL, false), OK);
    assert_int_equal(cert_ca_open(&ca, folder, NULL, &why), OK);
    assert_int_equal(PEM_write_bio_X509(bio, ca.signer.certificate), 1);
    long length = BIO_get_mem_data(bio, &pem);
    assert_true(
        is_read_by_passphrase(pem, (size_t)length)); /* in the clear: it needs none */
    (void)BIO_reset(bio);
    assert_int_equal(PEM_ASN1_write_bio((i2d_of_void *)i2d_X509, PEM_STRING_X509, bio,
                         ca.signer.certificate, EVP_aes_128_cbc(), key, 6, NULL, NULL),
        1);
    length = BIO_get_mem_data(bio, &pem);
    assert_false(is_read_by_passphrase(pem, (size_t)length));
    cert_ca_close(&ca);
    BIO_free(bio);
}

static void an_encrypted_ca_wants_its_passphrase(void **state)
{
    struct secret right = {.bytes = NULL};
    struct secret wrong = {.bytes = NULL};
    struct cert_ca ca;

    (void)state;
    assert_int_equal(secret_set(&right, "twelve chars", 12), OK);
    assert_int_equal(secret_set(&wrong, "other chars", 11), OK);
    assert_int_equal(create(&right, false), OK);
    assert_true(cert_ca_is_encrypted(folder));
    assert_int_equal(cert_ca_open(&ca, folder, NULL, &why), ERR_DENIED);
    assert_int_equal(cert_ca_open(&ca, folder, &wrong, &why), ERR_DENIED);
    assert_int_equal(cert_ca_open(&ca, folder, &right, &why), OK);
    cert_ca_close(&ca);
    secret_free(&right);
    secret_free(&wrong);
}

static void what_is_no_pair_is_refused(void **state)
{
    struct cert_ca ca;
    char kept[CERT_PATH_MAX];

    (void)state;
    assert_int_equal(create(NULL, false), OK);
    assert_int_equal(cert_file_path(kept, root, "kept"), OK);
    assert_int_equal(rename(path_of("ca.key"), kept), 0);
    assert_int_equal(cert_ca_open(&ca, folder, NULL, &why), ERR_NOT_FOUND);
    assert_int_equal(create(NULL, true), OK);
    assert_int_equal(rename(kept, path_of("ca.key")), 0);
    assert_int_equal(cert_ca_open(&ca, folder, NULL, &why), ERR_INVALID);
    assert_non_null(strstr(why.text, "not that of ca.pem"));
}

static void what_it_signed_is_known_and_can_be_revoked_once(void **state)
{
    const struct cert_crl_wish wish = {.now_s = (int64_t)time(NULL), .days = 30};
    struct cert_ca ca;
    X509_CRL *crl = NULL;

    (void)state;
    assert_int_equal(create(NULL, false), OK);
    assert_int_equal(cert_ca_open(&ca, folder, NULL, &why), OK);
    X509 *c = issue(&ca);
    const ASN1_INTEGER *serial = X509_get0_serialNumber(c);
    assert_true(cert_ca_knows(&ca, serial));
    assert_true(cert_ca_has_signed(&ca, c));
    assert_int_equal(cert_ca_list(&ca, serial, &wish, false, &crl, &why), OK);
    assert_int_equal(cert_crl_number(crl), 2);
    assert_true(cert_crl_has(crl, serial));
    X509_CRL_free(crl);
    assert_int_equal(cert_ca_list(&ca, serial, &wish, false, &crl, &why), ERR_EXISTS);
    assert_int_equal(cert_ca_list(&ca, NULL, &wish, false, &crl, &why), OK);
    assert_int_equal(cert_crl_number(crl), 3);
    assert_true(cert_crl_has(crl, serial));
    X509_CRL_free(crl);
    X509_free(c);
    cert_ca_close(&ca);
}

static void a_list_that_is_lost_is_not_begun_anew_unasked(void **state)
{
    const struct cert_crl_wish wish = {
        .first_number = 1800000000, .now_s = (int64_t)time(NULL), .days = 30};
    struct cert_ca ca;
    X509_CRL *crl = NULL;

    (void)state;
    assert_int_equal(create(NULL, false), OK);
    assert_int_equal(cert_ca_open(&ca, folder, NULL, &why), OK);
    assert_int_equal(unlink(path_of("crl.pem")), 0);
    assert_int_equal(cert_ca_list(&ca, NULL, &wish, false, &crl, &why), ERR_NOT_FOUND);
    assert_int_equal(cert_ca_list(&ca, NULL, &wish, true, &crl, &why), OK);
    assert_int_equal(cert_crl_number(crl), 1800000000);
    X509_CRL_free(crl);
    cert_ca_close(&ca);
}

static void a_list_of_another_ca_is_not_gone_on_with(void **state)
{
    const struct cert_crl_wish wish = {.now_s = (int64_t)time(NULL), .days = 30};
    struct cert_ca ca;
    X509_CRL *crl = NULL;
    char kept[CERT_PATH_MAX];

    (void)state;
    assert_int_equal(create(NULL, false), OK);
    assert_int_equal(cert_file_path(kept, root, "kept"), OK);
    assert_int_equal(rename(path_of("crl.pem"), kept), 0);
    assert_int_equal(create(NULL, true), OK);
    assert_int_equal(rename(kept, path_of("crl.pem")), 0);
    assert_int_equal(cert_ca_open(&ca, folder, NULL, &why), OK);
    assert_int_equal(cert_ca_list(&ca, NULL, &wish, true, &crl, &why), ERR_INVALID);
    cert_ca_close(&ca);
}

static void serial_numbers_are_read_with_colons_and_without(void **state)
{
    static const char *const bad[] = {"", ":", "0a:", ":0a", "0a::0b", "0g", "0a 0b",
        "-1", "../issued/1",
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff0"};
    char text[CERT_SERIAL_TEXT];

    (void)state;
    ASN1_INTEGER *a = cert_serial_read("0A:1b:ff");
    ASN1_INTEGER *b = cert_serial_read("a1bff");
    assert_non_null(a);
    assert_int_equal(ASN1_INTEGER_cmp(a, b), 0);
    assert_true(cert_serial_write(a, text));
    assert_string_equal(text, "0a1bff");
    ASN1_INTEGER_free(a);
    ASN1_INTEGER_free(b);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_null(cert_serial_read(bad[i]));
    }
}

static int make_root(void **state)
{
    (void)state;
    return mkdtemp(root) == NULL ? -1 : 0;
}

static int remove_root(void **state)
{
    (void)state;
    clear_folder(root);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_new_ca_has_a_key_that_nobody_else_reads_and_a_list, fresh, gone),
        cmocka_unit_test_setup_teardown(
            a_ca_that_is_there_is_replaced_only_where_that_is_asked_for, fresh, gone),
        cmocka_unit_test_setup_teardown(
            a_ca_in_a_folder_that_others_may_write_to_is_not_opened, fresh, gone),
        cmocka_unit_test_setup_teardown(
            nobody_is_asked_for_the_passphrase_of_a_certificate, fresh, gone),
        cmocka_unit_test_setup_teardown(
            an_encrypted_ca_wants_its_passphrase, fresh, gone),
        cmocka_unit_test_setup_teardown(what_is_no_pair_is_refused, fresh, gone),
        cmocka_unit_test_setup_teardown(
            what_it_signed_is_known_and_can_be_revoked_once, fresh, gone),
        cmocka_unit_test_setup_teardown(
            a_list_that_is_lost_is_not_begun_anew_unasked, fresh, gone),
        cmocka_unit_test_setup_teardown(
            a_list_of_another_ca_is_not_gone_on_with, fresh, gone),
        cmocka_unit_test(serial_numbers_are_read_with_colons_and_without),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
