#include "cert_make.h"

#include "cert_crl.h"
#include "cert_facts.h"
#include "cert_key.h"
#include "mem.h"
#include "test.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#define NOW 1800000000 /* 2027-01-15T08:00:00Z */

static struct cert_signer ca;
static EVP_PKEY *leaf_key;

static X509_NAME *name_of(const char *text)
{
    X509_NAME *name = NULL;

    assert_int_equal(cert_subject_make(text, &name), OK);
    return name;
}

static X509 *make(struct cert_wish wish, EVP_PKEY *key, const struct cert_signer *signer)
{
    X509 *out = NULL;
    X509_NAME *subject = name_of("ann");

    wish.subject = subject;
    wish.now_s = NOW;
    assert_int_equal(cert_make(&wish, key, signer, &out), OK);
    X509_NAME_free(subject);
    return out;
}

static int make_ca(void **state)
{
    (void)state;
    if (cert_key_make(CERT_P256, &ca.key) != OK ||
        cert_key_make(CERT_P256, &leaf_key) != OK) {
        return -1;
    }
    const struct cert_signer itself = {.key = ca.key};
    ca.certificate = make((struct cert_wish){.ca = true, .days = 1000}, ca.key, &itself);
    return 0;
}

static int free_ca(void **state)
{
    (void)state;
    X509_free(ca.certificate);
    EVP_PKEY_free(ca.key);
    EVP_PKEY_free(leaf_key);
    return 0;
}

static void a_ca_signs_certificates_and_lists_and_nothing_else(void **state)
{
    (void)state;
    assert_int_equal(X509_check_ca(ca.certificate), 1);
    assert_int_equal(X509_get_pathlen(ca.certificate), 0);
    assert_int_equal(X509_get_key_usage(ca.certificate), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
    assert_int_equal(X509_verify(ca.certificate, ca.key), 1);
}

static void a_leaf_is_never_a_ca_and_is_for_what_it_says(void **state)
{
    static const struct {
        bool server;
        bool client;
        unsigned uses;
    } cases[] = {{true, false, CERT_USE_SERVER}, {false, true, CERT_USE_CLIENT},
        {true, true, CERT_USE_SERVER | CERT_USE_CLIENT}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        X509 *c = make(
            (struct cert_wish){
                .server = cases[i].server, .client = cases[i].client, .days = 10},
            leaf_key, &ca);
        assert_int_equal(X509_check_ca(c), 0);
        assert_int_equal(cert_uses(c), cases[i].uses);
        assert_int_equal(X509_get_key_usage(c), KU_DIGITAL_SIGNATURE);
        assert_int_equal(X509_check_issued(ca.certificate, c), X509_V_OK);
        assert_int_equal(X509_verify(c, ca.key), 1);
        X509_free(c);
    }
}

static void nothing_is_good_for_longer_than_its_ca(void **state)
{
    X509 *c = make((struct cert_wish){.client = true, .days = 1001}, leaf_key, &ca);
    X509 *shorter = make((struct cert_wish){.client = true, .days = 10}, leaf_key, &ca);
    char text[CERT_TIME_TEXT];

    (void)state;
    assert_int_equal(
        ASN1_TIME_compare(X509_get0_notAfter(c), X509_get0_notAfter(ca.certificate)), 0);
    cert_time_write(X509_get0_notBefore(shorter), text);
    assert_string_equal(text, "2027-01-15T07:55:00Z");
    cert_time_write(X509_get0_notAfter(shorter), text);
    assert_string_equal(text, "2027-01-25T08:00:00Z");
    X509_free(c);
    X509_free(shorter);
}

static void serial_numbers_are_long_and_never_the_same(void **state)
{
    X509 *a = make((struct cert_wish){.client = true, .days = 1}, leaf_key, &ca);
    X509 *b = make((struct cert_wish){.client = true, .days = 1}, leaf_key, &ca);

    (void)state;
    assert_int_not_equal(
        ASN1_INTEGER_cmp(X509_get0_serialNumber(a), X509_get0_serialNumber(b)), 0);
    /* 2^-32 of all are shorter */
    assert_true(ASN1_STRING_length(X509_get0_serialNumber(a)) >= 12);
    assert_true(ASN1_STRING_length(X509_get0_serialNumber(a)) <= 16);
    X509_free(a);
    X509_free(b);
}

static void common_names_that_are_no_file_or_no_name_are_refused(void **state)
{
    static const char *const bad[] = {"", "a/b", "..", ".a", "-a", " a", "a ", "a\nb",
        "\xff", "a\xe2\x80\x8b", "\xc5\xbf",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_non_null(cert_common_name_problem(bad[i]));
    }
    assert_null(cert_common_name_problem("broker-1.example"));
    assert_null(cert_common_name_problem("J\xc3\xb6rg \xe4\xb8\xad"));
}

/* --- requests --- */

static struct buf request_of(EVP_PKEY *key, EVP_PKEY *signer)
{
    X509_REQ *request = X509_REQ_new();
    X509_NAME *name = name_of("mallory");
    BIO *bio = BIO_new(BIO_s_mem());
    const char *text = NULL;
    struct buf out;

    assert_int_equal(X509_REQ_set_subject_name(request, name), 1);
    assert_int_equal(X509_REQ_set_pubkey(request, key), 1);
    assert_true(X509_REQ_sign(request, signer, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_bio_X509_REQ(bio, request), 1);
    long length = BIO_get_mem_data(bio, &text);
    buf_init(&out, 100000);
    buf_add(&out, text, (size_t)length);
    BIO_free(bio);
    X509_REQ_free(request);
    X509_NAME_free(name);
    return out;
}

static void a_request_must_be_signed_by_the_key_that_it_names(void **state)
{
    struct cert_problem why;
    X509_REQ *request = NULL;
    struct buf own = request_of(leaf_key, leaf_key);
    struct buf other = request_of(leaf_key, ca.key);

    (void)state;
    assert_int_equal(cert_request_read(own.bytes, own.length, &request, &why), OK);
    X509_REQ_free(request);
    assert_int_equal(
        cert_request_read(other.bytes, other.length, &request, &why), ERR_INVALID);
    assert_string_equal(why.text, "the request is not signed by its own key");
    assert_int_equal(cert_request_read("x", 1, &request, &why), ERR_INVALID);
    assert_int_equal(cert_request_read("", 0, &request, &why), ERR_INVALID);
    buf_fini(&own);
    buf_fini(&other);
}

static void a_request_with_a_weak_key_is_refused(void **state)
{
    struct cert_problem why;
    X509_REQ *request = NULL;
    EVP_PKEY *weak = EVP_RSA_gen(1024);
    struct buf text = request_of(weak, weak);

    (void)state;
    assert_int_equal(
        cert_request_read(text.bytes, text.length, &request, &why), ERR_INVALID);
    assert_non_null(strstr(why.text, "2048"));
    buf_fini(&text);
    EVP_PKEY_free(weak);
}

/* --- facts --- */

static void facts_are_what_was_asked_for(void **state)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    struct cert_problem why;
    struct cert_facts f;

    (void)state;
    assert_int_equal(cert_names_parse(names, "dns:a.example,ip:::1", 20, &why), OK);
    X509 *c = make(
        (struct cert_wish){.server = true, .names = names, .days = 10}, leaf_key, &ca);
    assert_int_equal(cert_facts_init(&f, c, NOW + 1), OK);
    assert_string_equal(f.subject, "CN=ann");
    assert_string_equal(f.issuer, "CN=ann");
    assert_string_equal(f.names, "dns:a.example,ip:::1");
    assert_string_equal(f.key, "ECDSA P-256");
    assert_string_equal(f.use, "server");
    assert_int_equal(f.days_left, 9);
    cert_facts_fini(&f);
    assert_int_equal(cert_facts_init(&f, c, NOW + 10 * 86400 + 1), OK);
    assert_int_equal(f.days_left, -1);
    cert_facts_fini(&f);
    for (long n = 0;; n++) {
        mem_fail_after(n);
        enum err e = cert_facts_init(&f, c, NOW);
        mem_fail_after(-1);
        if (e == OK) {
            assert_true(n > 2);
            cert_facts_fini(&f);
            break;
        }
        assert_int_equal(e, ERR_NOMEM);
    }
    X509_free(c);
    GENERAL_NAMES_free(names);
}

/* --- lists --- */

static void each_list_has_all_of_the_last_and_a_higher_number(void **state)
{
    X509 *c = make((struct cert_wish){.client = true, .days = 1}, leaf_key, &ca);
    const ASN1_INTEGER *serial = X509_get0_serialNumber(c);
    struct cert_crl_wish wish = {.first_number = 7, .now_s = NOW, .days = 30};
    X509_CRL *lists[3] = {NULL};

    (void)state;
    assert_int_equal(cert_crl_make(&wish, &ca, &lists[0]), OK);
    wish.last = lists[0];
    wish.revoked = serial;
    assert_int_equal(cert_crl_make(&wish, &ca, &lists[1]), OK);
    wish.last = lists[1];
    wish.revoked = NULL;
    wish.now_s = NOW + 86400;
    assert_int_equal(cert_crl_make(&wish, &ca, &lists[2]), OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(cert_crl_number(lists[i]), 7 + i);
        assert_int_equal(X509_CRL_verify(lists[i], ca.key), 1);
        assert_int_equal(cert_crl_has(lists[i], serial), i > 0);
        assert_int_equal(cert_crl_count(lists[i]), i > 0);
        assert_non_null(X509_CRL_get0_nextUpdate(lists[i]));
    }
    char text[CERT_TIME_TEXT];
    cert_time_write(X509_CRL_get0_nextUpdate(lists[2]), text);
    assert_string_equal(text, "2027-02-15T08:00:00Z");
    for (int i = 0; i < 3; i++) {
        X509_CRL_free(lists[i]);
    }
    X509_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ca_signs_certificates_and_lists_and_nothing_else),
        cmocka_unit_test(a_leaf_is_never_a_ca_and_is_for_what_it_says),
        cmocka_unit_test(nothing_is_good_for_longer_than_its_ca),
        cmocka_unit_test(serial_numbers_are_long_and_never_the_same),
        cmocka_unit_test(common_names_that_are_no_file_or_no_name_are_refused),
        cmocka_unit_test(a_request_must_be_signed_by_the_key_that_it_names),
        cmocka_unit_test(a_request_with_a_weak_key_is_refused),
        cmocka_unit_test(facts_are_what_was_asked_for),
        cmocka_unit_test(each_list_has_all_of_the_last_and_a_higher_number),
    };
    return cmocka_run_group_tests(tests, make_ca, free_ca);
}
