#include "keys_sign.h"

#include "tls/certificate.h"

#include <sys/mman.h>
#include <unistd.h>

static const uint16_t numbers[] = {0x0201, 0x0203, 0x0401, 0x0403, 0x0501, 0x0503, 0x0601,
    0x0603, 0x0804, 0x0805, 0x0806, 0x0807, 0x0808, 0x0809, 0x080a, 0x080b, 0, 0xffff};

static bool among(uint16_t number, const uint16_t *list)
{
    for (; *list != 0; list++) {
        if (*list == number) {
            return true;
        }
    }
    return false;
}

static void each_key_has_its_schemes_and_no_other(void **state)
{
    static const struct {
        enum keys_type type;
        uint16_t in_1_2[7];
        uint16_t in_1_3[7];
    } rows[] = {
        {KEYS_RSA, {0x0401, 0x0501, 0x0601, 0x0804, 0x0805, 0x0806},
            {0x0804, 0x0805, 0x0806}},
        {KEYS_P256, {0x0403}, {0x0403}},
        {KEYS_P384, {0x0503}, {0x0503}},
        {KEYS_ED25519, {0x0807}, {0x0807}},
    };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < sizeof(numbers) / sizeof(numbers[0]); j++) {
            enum keys_type type = rows[i].type;
            uint16_t n = numbers[j];
            assert_int_equal(keys_scheme_find(type, n, KEYS_SHAPE_TLS_1_2) != NULL,
                among(n, rows[i].in_1_2));
            assert_int_equal(keys_scheme_find(type, n, KEYS_SHAPE_TLS_1_3) != NULL,
                among(n, rows[i].in_1_3));
            assert_null(keys_scheme_find(type, n, KEYS_SHAPE_NONE));
        }
    }
}

static struct algo algo; /* opened by main() */

static void load(struct keys_key *k, const char *type)
{
    struct certificate c;
    struct keys_problem problem;
    int fd = memfd_create("key", MFD_CLOEXEC);

    certificate_make(&c, type);
    assert_int_equal(write(fd, c.key_text, c.key_length), (ssize_t)c.key_length);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    const struct keys_source source = {
        .fd = fd, .chain = (const uint8_t *)c.chain, .chain_length = c.chain_length};
    assert_int_equal(keys_key_load(k, &algo, &source, &problem), OK);
    close(fd);
    certificate_free(&c);
}

/* Verified here with parameters of its own, not with those of the code under test. */
static void check_signature(
    const char *type, uint16_t number, const EVP_MD *md, bool pss, enum keys_shape shape)
{
    struct keys_key k = {.private_key = NULL};
    uint8_t signature[KEYS_SIGNATURE_MAX];
    size_t length = 0;
    const uint8_t text[] = "some text";
    EVP_PKEY_CTX *options = NULL;

    load(&k, type);
    assert_int_equal(keys_sign_try(&k), OK);
    const struct keys_scheme *scheme = keys_scheme_find(k.type, number, shape);
    assert_non_null(scheme);
    assert_int_equal(keys_sign(&k, scheme, text, sizeof(text), signature, &length), OK);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestVerifyInit(
                         context, &options, md, NULL, X509_get0_pubkey(k.certificate)),
        1);
    if (pss) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING), 1);
        assert_int_equal(
            EVP_PKEY_CTX_set_rsa_pss_saltlen(options, EVP_MD_get_size(md)), 1);
    }
    assert_int_equal(EVP_DigestVerify(context, signature, length, text, sizeof(text)), 1);
    EVP_MD_CTX_free(context);
    keys_key_fini(&k);
}

static void signatures_are_what_their_scheme_says(void **state)
{
    (void)state;
    check_signature("RSA2048", 0x0401, EVP_sha256(), false, KEYS_SHAPE_TLS_1_2);
    check_signature("RSA2048", 0x0501, EVP_sha384(), false, KEYS_SHAPE_TLS_1_2);
    check_signature("RSA2048", 0x0601, EVP_sha512(), false, KEYS_SHAPE_TLS_1_2);
    check_signature("RSA2048", 0x0804, EVP_sha256(), true, KEYS_SHAPE_TLS_1_3);
    check_signature("RSA2048", 0x0805, EVP_sha384(), true, KEYS_SHAPE_TLS_1_3);
    check_signature("RSA2048", 0x0806, EVP_sha512(), true, KEYS_SHAPE_TLS_1_3);
    check_signature("P-256", 0x0403, EVP_sha256(), false, KEYS_SHAPE_TLS_1_3);
    check_signature("P-384", 0x0503, EVP_sha384(), false, KEYS_SHAPE_TLS_1_2);
    check_signature("ED25519", 0x0807, NULL, false, KEYS_SHAPE_TLS_1_3);
}

static void a_key_that_is_not_the_certificates_fails_its_trial(void **state)
{
    struct keys_key k = {.private_key = NULL};

    (void)state;
    load(&k, "P-256");
    EVP_PKEY_free(k.private_key);
    k.private_key = certificate_key("P-256");
    assert_int_equal(keys_sign_try(&k), ERR_INVALID);
    keys_key_fini(&k);
}

static void a_policy_suits_a_key_that_it_has_a_signature_for(void **state)
{
    static const enum keys_type types[] = {KEYS_RSA, KEYS_P256, KEYS_P384, KEYS_ED25519};

    (void)state;
    for (unsigned i = 0; i < TLSPOLICY_COUNT; i++) {
        for (size_t k = 0; k < 4; k++) {
            assert_int_equal(keys_scheme_suits(types[k], tlspolicy_get(i)),
                i != TLSPOLICY_FIPS || types[k] != KEYS_ED25519);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_key_has_its_schemes_and_no_other),
        cmocka_unit_test(signatures_are_what_their_scheme_says),
        cmocka_unit_test(a_policy_suits_a_key_that_it_has_a_signature_for),
        cmocka_unit_test(a_key_that_is_not_the_certificates_fails_its_trial),
    };
    if (keys_key_prepare() != OK || algo_open(&algo, ALGO_DEFAULT) != OK) {
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    algo_close(&algo);
    return failed;
}
