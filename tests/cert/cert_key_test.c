#include "cert_key.h"

#include "test.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <string.h>

static EVP_PKEY *key_of(enum cert_kind kind)
{
    EVP_PKEY *key = NULL;

    assert_int_equal(cert_key_make(kind, &key), OK);
    return key;
}

static void each_kind_has_a_word_and_a_description(void **state)
{
    static const struct {
        const char *word;
        const char *text;
    } kinds[] = {
        {"ecdsa-p256", "ECDSA P-256"}, {"rsa-3072", "RSA 3072"}, {"ed25519", "Ed25519"}};
    char text[CERT_KEY_TEXT];
    enum cert_kind kind;

    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        assert_true(cert_kind_parse(kinds[i].word, &kind));
        EVP_PKEY *key = key_of(kind);
        cert_key_describe(key, text);
        assert_string_equal(text, kinds[i].text);
        assert_null(cert_key_weakness(key));
        EVP_PKEY_free(key);
    }
    assert_false(cert_kind_parse("rsa-1024", &kind));
    assert_false(cert_kind_parse("", &kind));
}

static void weak_and_unknown_kinds_are_named(void **state)
{
    EVP_PKEY *rsa = EVP_RSA_gen(1024);
    EVP_PKEY *curve = EVP_EC_gen("secp256k1");

    (void)state;
    assert_non_null(strstr(cert_key_weakness(rsa), "2048"));
    assert_non_null(cert_key_weakness(curve));
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(curve);
}

static void an_encrypted_key_is_read_with_its_passphrase_only(void **state)
{
    struct secret right = {.bytes = NULL};
    struct secret wrong = {.bytes = NULL};
    EVP_PKEY *key = key_of(CERT_P256);
    EVP_PKEY *again = NULL;
    struct buf text;

    (void)state;
    assert_int_equal(secret_set(&right, "correct horse", 13), OK);
    assert_int_equal(secret_set(&wrong, "correct hors", 12), OK);
    buf_init(&text, 10000);
    assert_int_equal(cert_key_write(key, &right, &text), OK);
    assert_true(cert_key_is_encrypted(text.bytes, text.length));
    assert_int_equal(cert_key_read(text.bytes, text.length, &wrong, &again), ERR_DENIED);
    assert_int_equal(cert_key_read(text.bytes, text.length, NULL, &again), ERR_DENIED);
    assert_int_equal(cert_key_read(text.bytes, text.length, &right, &again), OK);
    assert_int_equal(EVP_PKEY_eq(key, again), 1);
    EVP_PKEY_free(again);
    EVP_PKEY_free(key);
    buf_fini(&text);
    secret_free(&right);
    secret_free(&wrong);
}

static void a_key_in_the_clear_is_read_without_one(void **state)
{
    EVP_PKEY *key = key_of(CERT_ED25519);
    EVP_PKEY *again = NULL;
    struct buf text;

    (void)state;
    buf_init(&text, 10000);
    assert_int_equal(cert_key_write(key, NULL, &text), OK);
    assert_false(cert_key_is_encrypted(text.bytes, text.length));
    assert_int_equal(cert_key_read(text.bytes, text.length, NULL, &again), OK);
    assert_int_equal(EVP_PKEY_eq(key, again), 1);
    EVP_PKEY_free(again);
    text.bytes[40] ^= 1;
    assert_int_equal(cert_key_read(text.bytes, text.length, NULL, &again), ERR_NOT_FOUND);
    assert_int_equal(cert_key_read(text.bytes, 0, NULL, &again), ERR_NOT_FOUND);
    buf_fini(&text);
    buf_init(&text, 100);
    assert_int_equal(cert_key_write(key, NULL, &text), ERR_FULL);
    buf_fini(&text);
    EVP_PKEY_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_has_a_word_and_a_description),
        cmocka_unit_test(weak_and_unknown_kinds_are_named),
        cmocka_unit_test(an_encrypted_key_is_read_with_its_passphrase_only),
        cmocka_unit_test(a_key_in_the_clear_is_read_without_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
