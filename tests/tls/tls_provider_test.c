#include "tls_provider.h"

#include "certificate.h"

#include <openssl/err.h>

/* What the signer was asked, and what it answers. */
struct asked {
    unsigned times;
    uint16_t scheme;
    char text[32];
    enum err answer;
    size_t answer_length;
};

struct fixture {
    OSSL_LIB_CTX *library;
    OSSL_PROVIDER *standard;
    OSSL_PROVIDER *remote;
    struct certificate certificate;
    struct asked asked;
    struct tls_signer signer;
    EVP_PKEY *key;
};

static enum err sign(void *context, uint16_t scheme, const uint8_t *text,
    size_t text_length, uint8_t *signature, size_t *length)
{
    struct asked *a = context;

    assert_int_equal(*length, TLS_SIGNATURE_MAX);
    assert_true(text_length < sizeof(a->text));
    memcpy(a->text, text, text_length);
    a->times++;
    a->scheme = scheme;
    if (a->answer == OK) {
        memset(signature, 0x5a, *length);
        *length = a->answer_length;
    }
    return a->answer;
}

static void open_fixture(struct fixture *f, const char *type)
{
    memset(f, 0, sizeof(*f));
    f->library = OSSL_LIB_CTX_new();
    f->standard = OSSL_PROVIDER_load(f->library, "default");
    assert_non_null(f->standard);
    const struct algo algo = {.library = f->library};
    assert_int_equal(tls_provider_add(&algo, &f->remote), OK);
    certificate_make(&f->certificate, type);
    f->signer = (struct tls_signer){.sign = sign, .context = &f->asked};
    f->asked.answer_length = 8;
    assert_int_equal(tls_provider_key(f->library, X509_get0_pubkey(f->certificate.x509),
                         &f->signer, &f->key),
        OK);
}

static void close_fixture(struct fixture *f)
{
    EVP_PKEY_free(f->key);
    certificate_free(&f->certificate);
    OSSL_PROVIDER_unload(f->remote);
    OSSL_PROVIDER_unload(f->standard);
    OSSL_LIB_CTX_free(f->library);
    ERR_clear_error();
}

/* Returns the length of the signature; 0: failed. padding 0: none to set. */
static size_t make(struct fixture *f, const char *digest, int padding, int salt)
{
    uint8_t signature[TLS_SIGNATURE_MAX];
    size_t length = sizeof(signature);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *options = NULL;

    bool done = EVP_DigestSignInit_ex(
                    context, &options, digest, f->library, NULL, f->key, NULL) == 1;
    if (done && padding != 0) {
        done = EVP_PKEY_CTX_set_rsa_padding(options, padding) > 0;
    }
    if (done && padding == RSA_PKCS1_PSS_PADDING) {
        done = EVP_PKEY_CTX_set_rsa_pss_saltlen(options, salt) > 0;
    }
    done = done && EVP_DigestSign(
                       context, signature, &length, (const uint8_t *)"the text", 8) == 1;
    EVP_MD_CTX_free(context);
    return done ? length : 0;
}

static void check_scheme(
    const char *type, const char *digest, int padding, int salt, uint16_t scheme)
{
    struct fixture f;

    open_fixture(&f, type);
    assert_int_equal(make(&f, digest, padding, salt), scheme != 0 ? 8 : 0);
    assert_int_equal(f.asked.times, scheme != 0 ? 1 : 0);
    assert_int_equal(f.asked.scheme, scheme);
    assert_string_equal(f.asked.text, scheme != 0 ? "the text" : "");
    close_fixture(&f);
}

static void the_whole_text_goes_out_with_its_scheme(void **state)
{
    const int pss = RSA_PKCS1_PSS_PADDING;
    const int by_digest = RSA_PSS_SALTLEN_DIGEST;

    (void)state;
    check_scheme("RSA2048", "SHA256", pss, by_digest, 0x0804);
    check_scheme("RSA2048", "SHA384", pss, by_digest, 0x0805);
    check_scheme("RSA2048", "SHA512", pss, by_digest, 0x0806);
    check_scheme("RSA2048", "SHA256", RSA_PKCS1_PADDING, 0, 0x0401);
    check_scheme("RSA2048", "SHA2-384", RSA_PKCS1_PADDING, 0, 0x0501);
    check_scheme("RSA2048", "SHA2-512", 0, 0, 0x0601);
    check_scheme("P-256", "SHA2-256", 0, 0, 0x0403);
    check_scheme("P-384", "SHA384", 0, 0, 0x0503);
    check_scheme("ED25519", NULL, 0, 0, 0x0807);
}

static void what_tls_does_not_use_is_not_asked_for(void **state)
{
    (void)state;
    check_scheme("RSA2048", "SHA1", RSA_PKCS1_PADDING, 0, 0);
    check_scheme("RSA2048", "SHA224", RSA_PKCS1_PADDING, 0, 0);
    check_scheme("RSA2048", "SHA256", RSA_PKCS1_PSS_PADDING, 20, 0);
    check_scheme("RSA2048", "SHA256", RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_MAX, 0);
    check_scheme("RSA2048", "SHA256", RSA_NO_PADDING, 0, 0);
    check_scheme("P-256", "SHA384", 0, 0, 0);
    check_scheme("P-384", "SHA256", 0, 0, 0);
    check_scheme("P-384", "SHA512", 0, 0, 0);
    check_scheme("ED25519", "SHA512", 0, 0, 0);
}

static void signatures_of_impossible_length_are_refused(void **state)
{
    struct fixture f;

    (void)state;
    open_fixture(&f, "ED25519");
    f.asked.answer_length = 64;
    assert_int_equal(make(&f, NULL, 0, 0), 64);
    f.asked.answer_length = 65;
    assert_int_equal(make(&f, NULL, 0, 0), 0);
    f.asked.answer_length = 0;
    assert_int_equal(make(&f, NULL, 0, 0), 0);
    f.asked.answer = ERR_DENIED;
    f.asked.answer_length = 64;
    assert_int_equal(make(&f, NULL, 0, 0), 0);
    close_fixture(&f);
}

static void check_is_only_public(const char *type)
{
    struct fixture f;
    OSSL_PARAM *params = NULL;
    unsigned char *der = NULL;

    open_fixture(&f, type);
    assert_int_equal(EVP_PKEY_eq(f.key, f.certificate.key), 1);
    assert_int_equal(X509_check_private_key(f.certificate.x509, f.key), 1);
    assert_int_equal(EVP_PKEY_todata(f.key, EVP_PKEY_PUBLIC_KEY, &params), 1);
    OSSL_PARAM_free(params);
    assert_int_not_equal(EVP_PKEY_todata(f.key, EVP_PKEY_KEYPAIR, &params), 1);
    assert_true(i2d_PrivateKey(f.key, &der) <= 0);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(f.library, f.key, NULL);
    assert_true(EVP_PKEY_decrypt_init(context) <= 0);
    assert_true(EVP_PKEY_sign_init(context) <= 0);
    assert_true(EVP_PKEY_derive_init(context) <= 0);
    EVP_PKEY_CTX_free(context);
    close_fixture(&f);
}

static void a_key_here_is_only_the_public_half(void **state)
{
    (void)state;
    check_is_only_public("RSA2048");
    check_is_only_public("P-256");
    check_is_only_public("P-384");
    check_is_only_public("ED25519");
}

static void another_key_does_not_match(void **state)
{
    struct fixture f;
    struct certificate other;

    (void)state;
    open_fixture(&f, "P-256");
    certificate_make(&other, "P-256");
    assert_int_equal(EVP_PKEY_eq(f.key, other.key), 0);
    assert_int_equal(X509_check_private_key(other.x509, f.key), 0);
    certificate_free(&other);
    close_fixture(&f);
}

static void what_is_fetched_without_a_wish_is_not_ours(void **state)
{
    struct fixture f;

    (void)state;
    open_fixture(&f, "P-256");
    EVP_SIGNATURE *signature = EVP_SIGNATURE_fetch(f.library, "ECDSA", NULL);
    EVP_KEYMGMT *keys = EVP_KEYMGMT_fetch(f.library, "RSA", NULL);
    assert_string_equal(
        OSSL_PROVIDER_get0_name(EVP_SIGNATURE_get0_provider(signature)), "default");
    assert_string_equal(
        OSSL_PROVIDER_get0_name(EVP_KEYMGMT_get0_provider(keys)), "default");
    EVP_SIGNATURE_free(signature);
    EVP_KEYMGMT_free(keys);
    close_fixture(&f);
}

static void other_kinds_of_key_are_refused(void **state)
{
    struct fixture f;
    EVP_PKEY *other = certificate_key("X25519");
    EVP_PKEY *out = NULL;

    (void)state;
    open_fixture(&f, "P-256");
    assert_int_equal(
        tls_provider_key(f.library, other, &f.signer, &out), ERR_UNSUPPORTED);
    assert_null(out);
    EVP_PKEY_free(other);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_text_goes_out_with_its_scheme),
        cmocka_unit_test(what_tls_does_not_use_is_not_asked_for),
        cmocka_unit_test(signatures_of_impossible_length_are_refused),
        cmocka_unit_test(a_key_here_is_only_the_public_half),
        cmocka_unit_test(another_key_does_not_match),
        cmocka_unit_test(what_is_fetched_without_a_wish_is_not_ours),
        cmocka_unit_test(other_kinds_of_key_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
