#include "token_der.h"

#include "test.h"

#include <openssl/ec.h>
#include <openssl/x509.h>
#include <string.h>

static void check(const uint8_t *raw, size_t length)
{
    uint8_t made[TOKEN_ECDSA_DER_MAX];
    unsigned char *expected = NULL;
    size_t made_length = 0;
    ECDSA_SIG *signature = ECDSA_SIG_new();

    assert_int_equal(ECDSA_SIG_set0(signature, BN_bin2bn(raw, (int)length / 2, NULL),
                         BN_bin2bn(raw + length / 2, (int)length / 2, NULL)),
        1);
    int n = i2d_ECDSA_SIG(signature, &expected);
    assert_int_equal(token_der_ecdsa(raw, length, made, &made_length), OK);
    assert_int_equal(made_length, n);
    assert_memory_equal(made, expected, made_length);
    OPENSSL_free(expected);
    ECDSA_SIG_free(signature);
}

static void numbers_are_written_as_openssl_writes_them(void **state)
{
    uint8_t raw[96];

    (void)state;
    for (unsigned first = 0; first < 256; first++) {
        for (size_t length = 64; length <= 96; length += 32) {
            memset(raw, 0x5a, sizeof(raw));
            raw[0] = (uint8_t)first;
            raw[length / 2] = (uint8_t)(255 - first);
            check(raw, length);
        }
    }
    memset(raw, 0, sizeof(raw));
    raw[31] = 1; /* the shortest there are */
    raw[63] = 0x80;
    check(raw, 64);
    memset(raw, 0xff, sizeof(raw)); /* the longest */
    check(raw, 96);
}

static void what_is_no_signature_is_refused(void **state)
{
    uint8_t raw[128] = {0};
    uint8_t made[TOKEN_ECDSA_DER_MAX];
    size_t length = 99;

    (void)state;
    memset(raw, 1, 32);
    assert_int_equal(token_der_ecdsa(raw, 64, made, &length), ERR_INVALID); /* s is 0 */
    assert_int_equal(token_der_ecdsa(raw + 32, 64, made, &length), ERR_INVALID);
    memset(raw, 1, sizeof(raw));
    assert_int_equal(token_der_ecdsa(raw, 0, made, &length), ERR_INVALID);
    assert_int_equal(token_der_ecdsa(raw, 63, made, &length), ERR_INVALID);
    assert_int_equal(token_der_ecdsa(raw, 98, made, &length), ERR_INVALID);
    assert_int_equal(length, 99);
}

static void check_info(const char *name, int nid, size_t size)
{
    uint8_t digest[64];
    uint8_t made[TOKEN_DIGEST_INFO_MAX];
    unsigned char *expected = NULL;
    size_t length = 0;
    X509_SIG *info = X509_SIG_new();
    X509_ALGOR *algorithm = NULL;
    ASN1_OCTET_STRING *bytes = NULL;

    memset(digest, 0x33, sizeof(digest));
    X509_SIG_getm(info, &algorithm, &bytes);
    X509_ALGOR_set0(algorithm, OBJ_nid2obj(nid), V_ASN1_NULL, NULL);
    assert_int_equal(ASN1_OCTET_STRING_set(bytes, digest, (int)size), 1);
    int n = i2d_X509_SIG(info, &expected);
    assert_int_equal(token_der_digest_info(name, digest, size, made, &length), OK);
    assert_int_equal(length, n);
    assert_memory_equal(made, expected, length);
    OPENSSL_free(expected);
    X509_SIG_free(info);
    assert_int_equal(
        token_der_digest_info(name, digest, size - 1, made, &length), ERR_INVALID);
}

static void digests_have_the_info_that_openssl_gives_them(void **state)
{
    uint8_t made[TOKEN_DIGEST_INFO_MAX];
    size_t length = 0;

    (void)state;
    check_info("SHA256", NID_sha256, 32);
    check_info("SHA384", NID_sha384, 48);
    check_info("SHA512", NID_sha512, 64);
    assert_int_equal(token_der_digest_info("SHA1", made, 20, made, &length), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_written_as_openssl_writes_them),
        cmocka_unit_test(what_is_no_signature_is_refused),
        cmocka_unit_test(digests_have_the_info_that_openssl_gives_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
