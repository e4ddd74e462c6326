#include "oauth_jwks.h"

#include "oauth_base64.h"
#include "oauth_forge.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static const char not_rsa[] =
    "is not an RSA key of 2048 to 8192 bits with an exponent above 65536";

static struct oauth_jwks keys;
static struct oauth_jwks_problem problem;

static enum err load(const char *text, size_t length)
{
    problem = (struct oauth_jwks_problem){99, "unchanged"};
    return oauth_jwks_load(&keys, text, length, &problem);
}

static void assert_refused(const char *text, size_t key, const char *message)
{
    assert_int_equal(load(text, strlen(text)), ERR_INVALID);
    assert_int_equal(problem.key, key);
    assert_string_equal(problem.message, message);
    assert_int_equal(keys.count, 0);
    assert_null(keys.algo.library);
    oauth_jwks_fini(&keys);
}

/* A document of one key of that kind, with these members more. */
static void compose(struct buf *out, EVP_PKEY *key, const char *kid, const char *extra)
{
    buf_init(out, 65536);
    buf_add_text(out, "{\"keys\":[");
    forge_jwk(out, key, kid, extra);
    buf_add_text(out, "]}");
    buf_add(out, "", 1);
    assert_int_equal(buf_error(out), OK);
}

static void assert_key_refused(EVP_PKEY *key, const char *extra, const char *message)
{
    struct buf text;

    compose(&text, key, "k", extra);
    assert_refused((const char *)text.bytes, 1, message);
    buf_fini(&text);
}

/* The algorithms of the one key; 0: it is left out, and so none is there. */
static unsigned algorithms_of(enum forge_kind kind, const char *extra)
{
    struct buf text;
    unsigned algorithms = 0;

    compose(&text, forge_key(kind), "k", extra);
    enum err e = load((const char *)text.bytes, text.length - 1);
    if (e == OK) {
        algorithms = keys.keys[0].algorithms;
    } else {
        assert_string_equal(problem.message, "has no key that checks a signature");
    }
    oauth_jwks_fini(&keys);
    buf_fini(&text);
    return algorithms;
}

static bool has(const char *kid)
{
    return oauth_jwks_find(&keys, (struct schloss_auth_bytes){kid, strlen(kid)}) != NULL;
}

static void keys_are_found_by_their_whole_kid(void **state)
{
    struct buf text;

    (void)state;
    buf_init(&text, 65536);
    forge_jwks(&text);
    assert_int_equal(load((const char *)text.bytes, text.length), OK);
    assert_int_equal(keys.count, 3);
    assert_int_equal(keys.left_out, 0);
    assert_true(has("rsa"));
    assert_true(has("p256"));
    assert_true(has("ed25519"));
    assert_false(has(""));
    assert_false(has("rs"));
    assert_false(has("rsaa"));
    assert_false(has("RSA"));
    assert_false(has("./rsa"));
    oauth_jwks_fini(&keys);
    oauth_jwks_fini(&keys);
    buf_fini(&text);
}

static void a_type_has_its_algorithms_and_alg_narrows_them(void **state)
{
    const unsigned rsa = OAUTH_BIT(OAUTH_RS256) | OAUTH_BIT(OAUTH_PS256);

    (void)state;
    assert_int_equal(algorithms_of(FORGE_RSA, ""), rsa);
    assert_int_equal(algorithms_of(FORGE_P256, ""), OAUTH_BIT(OAUTH_ES256));
    assert_int_equal(algorithms_of(FORGE_ED25519, ""), OAUTH_BIT(OAUTH_EdDSA));
    assert_int_equal(
        algorithms_of(FORGE_RSA, ",\"alg\":\"RS256\""), OAUTH_BIT(OAUTH_RS256));
    assert_int_equal(
        algorithms_of(FORGE_RSA, ",\"alg\":\"PS256\""), OAUTH_BIT(OAUTH_PS256));
    assert_int_equal(algorithms_of(FORGE_RSA, ",\"alg\":\"RS512\""), 0);
    assert_int_equal(algorithms_of(FORGE_RSA, ",\"alg\":\"HS256\""), 0);
    assert_int_equal(algorithms_of(FORGE_RSA, ",\"alg\":\"ES256\""), 0);
    assert_int_equal(algorithms_of(FORGE_RSA, ",\"alg\":\"RSA-OAEP\""), 0);
    assert_int_equal(algorithms_of(FORGE_RSA, ",\"alg\":1"), 0);
    assert_int_equal(algorithms_of(FORGE_RSA, ",\"alg\":null"), 0);
}

/* A good signature of RS256; what may not be checked is no signature. */
static void a_key_checks_its_algorithms_only(void **state)
{
    static const char *const extras[] = {"", ",\"alg\":\"PS256\""};
    struct buf signed_text;
    struct buf text;
    uint8_t signature[256];
    size_t length;

    (void)state;
    buf_init(&signed_text, 4096);
    buf_add_text(&signed_text, "text");
    forge_sign(&signed_text, "RS256", forge_key(FORGE_RSA));
    assert_int_equal(
        oauth_base64_decode(signature, sizeof(signature),
            (struct schloss_auth_bytes){signed_text.bytes + 5, signed_text.length - 5},
            &length),
        OK);
    for (unsigned i = 0; i < 2; i++) {
        compose(&text, forge_key(FORGE_RSA), "k", extras[i]);
        assert_int_equal(load((const char *)text.bytes, text.length - 1), OK);
        assert_int_equal(oauth_key_verify(&keys.keys[0], OAUTH_RS256,
                             (struct schloss_auth_bytes){"text", 4},
                             (struct schloss_auth_bytes){signature, length}),
            i == 0 ? OK : ERR_DENIED);
        oauth_jwks_fini(&keys);
        buf_fini(&text);
    }
    buf_fini(&signed_text);
}

static void keys_for_something_else_are_left_out(void **state)
{
    const unsigned es256 = OAUTH_BIT(OAUTH_ES256);

    (void)state;
    assert_int_equal(algorithms_of(FORGE_P256, ",\"use\":\"sig\""), es256);
    assert_int_equal(algorithms_of(FORGE_P256, ",\"use\":\"enc\""), 0);
    assert_int_equal(algorithms_of(FORGE_P256, ",\"use\":null"), 0);
    assert_int_equal(algorithms_of(FORGE_P256, ",\"key_ops\":[\"verify\"]"), es256);
    assert_int_equal(algorithms_of(FORGE_P256, ",\"key_ops\":[\"x\",\"verify\"]"), es256);
    assert_int_equal(algorithms_of(FORGE_P256, ",\"key_ops\":[\"encrypt\"]"), 0);
    assert_int_equal(algorithms_of(FORGE_P256, ",\"key_ops\":[]"), 0);
    assert_int_equal(algorithms_of(FORGE_P256, ",\"key_ops\":\"verify\""), 0);
    assert_int_equal(
        algorithms_of(FORGE_P256, ",\"x5c\":[\"MII\"],\"x5t\":\"a\",\"x5u\":\"file:\""),
        es256);
    assert_refused("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-384\",\"kid\":\"a\"},"
                   "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"kid\":\"b\"},"
                   "{\"kty\":\"OKP\",\"crv\":\"Ed448\"},{\"kty\":\"OKP\"},"
                   "{\"kty\":\"AKP\",\"alg\":\"ML-DSA-44\"}]}",
        0, "has no key that checks a signature");
}

static void secrets_do_not_belong_here(void **state)
{
    static const char why[] =
        "holds a secret: symmetric keys and private parts do not belong here";
    static const char *const parts[] = {",\"d\":\"AQ\"", ",\"p\":\"AQ\"", ",\"q\":\"AQ\"",
        ",\"dp\":\"AQ\"", ",\"dq\":\"AQ\"", ",\"qi\":\"AQ\"", ",\"oth\":[]",
        ",\"k\":null", ",\"priv\":\"\""};

    (void)state;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        assert_key_refused(forge_key(FORGE_RSA), parts[i], why);
    }
    assert_key_refused(forge_key(FORGE_P256), ",\"use\":\"enc\",\"d\":\"AQ\"", why);
    assert_refused("{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"AA\"}]}", 1, why);
    assert_refused("{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\"}]}", 1, why);
}

static void weak_and_broken_keys_are_refused(void **state)
{
    static const char p256[] = "is not a point of P-256";
    static const char ed25519[] = "is not a point of Ed25519";
    EVP_PKEY *small = forge_rsa(1024);
    EVP_PKEY *shorter = forge_rsa(2040);

    (void)state;
    assert_key_refused(small, "", not_rsa);
    assert_key_refused(shorter, "", not_rsa);
    EVP_PKEY_free(small);
    EVP_PKEY_free(shorter);
    assert_refused("{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\"}]}", 1, not_rsa);
    assert_refused(
        "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"AQ\",\"e\":\"AQAB\"}]}", 1,
        not_rsa);
    assert_refused("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\",\"x\":"
                   "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"y\":"
                   "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}]}",
        1, p256);
    assert_refused("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\",\"x\":"
                   "\"AA\",\"y\":\"AA\"}]}",
        1, p256);
    /* Of small order: all zeros, and the neutral element. */
    assert_refused("{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"a\",\"x\":"
                   "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}]}",
        1, ed25519);
    assert_refused("{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"a\",\"x\":"
                   "\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}]}",
        1, ed25519);
    assert_refused(
        "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"a\",\"x\":\"\"}]}", 1,
        ed25519);
}

/* The modulus of a good key with another exponent, or with its bits turned. */
static void rsa_numbers_are_looked_at(void **state)
{
    static const char *const exponents[] = {
        "AQ", "Aw", "AQAA", "AA", "", "AQAB=", "AQABAQABAQABAQAB"};
    struct buf text;
    struct buf other;

    (void)state;
    compose(&text, forge_key(FORGE_RSA), "k", "");
    char *e = strstr((char *)text.bytes, "\"e\":\"AQAB\"");
    assert_non_null(e);
    for (size_t i = 0; i < sizeof(exponents) / sizeof(exponents[0]); i++) {
        buf_init(&other, 65536);
        buf_add(&other, text.bytes, (size_t)(e - (char *)text.bytes));
        buf_add_format(
            &other, "\"e\":\"%s\"%s", exponents[i], e + strlen("\"e\":\"AQAB\""));
        buf_add(&other, "", 1);
        assert_refused((const char *)other.bytes, 1, not_rsa);
        buf_fini(&other);
    }
    /* The last digit of n has four bits left over, and an even n is none. */
    e[-3] = 'A';
    assert_refused((const char *)text.bytes, 1, not_rsa);
    buf_fini(&text);
}

static void a_kid_is_a_name_of_one_key(void **state)
{
    static const char no_kid[] = "has no kid of 1 to 255 bytes";
    struct buf text;
    char kid[257];

    (void)state;
    assert_refused(
        "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQ\",\"e\":\"AQAB\"}]}", 1, no_kid);
    assert_refused("{\"keys\":[{\"kty\":\"RSA\",\"kid\":7}]}", 1, no_kid);
    assert_refused("{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"\"}]}", 1, no_kid);
    for (size_t length = 255; length <= 256; length++) {
        memset(kid, 'k', length);
        kid[length] = '\0';
        compose(&text, forge_key(FORGE_ED25519), kid, "");
        if (length == 255) {
            assert_int_equal(load((const char *)text.bytes, text.length - 1), OK);
            assert_true(has(kid));
            oauth_jwks_fini(&keys);
        } else {
            assert_refused((const char *)text.bytes, 1, no_kid);
        }
        buf_fini(&text);
    }
    buf_init(&text, 65536);
    buf_add_text(&text, "{\"keys\":[");
    forge_jwk(&text, forge_key(FORGE_ED25519), "same", "");
    buf_add_text(&text, ",");
    forge_jwk(&text, forge_key(FORGE_P256), "same", "");
    buf_add(&text, "]}", 3);
    assert_refused((const char *)text.bytes, 2, "has the kid of another key");
    buf_fini(&text);
}

static void what_is_no_jwks_is_refused(void **state)
{
    static const char not_json[] = "is not a JSON object whose members are all different";
    static const char no_list[] = "has no list of keys";

    (void)state;
    assert_refused("", 0, not_json);
    assert_refused("[]", 0, not_json);
    assert_refused("{\"keys\":[],\"keys\":[]}", 0, not_json);
    assert_refused("{\"keys\":[{\"kty\":\"RSA\",\"kty\":\"RSA\"}]}", 0, not_json);
    assert_refused("{}", 0, no_list);
    assert_refused("{\"keys\":{}}", 0, no_list);
    assert_refused("{\"keys\":null}", 0, no_list);
    assert_refused("{\"keys\":[]}", 0, "has no key that checks a signature");
    assert_refused("{\"keys\":[1]}", 1, "has no kty");
    assert_refused("{\"keys\":[{}]}", 1, "has no kty");
    assert_refused("{\"keys\":[{\"kty\":1}]}", 1, "has no kty");
}

static void keys_and_bytes_are_bounded(void **state)
{
    static char long_text[OAUTH_JWKS_SIZE_MAX + 1];
    struct buf text;
    char kid[8];

    (void)state;
    for (unsigned count = OAUTH_KEYS_MAX; count <= OAUTH_KEYS_MAX + 1; count++) {
        buf_init(&text, 65536);
        buf_add_text(&text, "{\"keys\":[");
        for (unsigned i = 0; i < count; i++) {
            (void)snprintf(kid, sizeof(kid), "k%u", i);
            buf_add_text(&text, i == 0 ? "" : ",");
            forge_jwk(&text, forge_key(FORGE_P256), kid, "");
        }
        buf_add(&text, "]}", 3);
        if (count == OAUTH_KEYS_MAX) {
            assert_int_equal(load((const char *)text.bytes, text.length - 1), OK);
            assert_int_equal(keys.count, OAUTH_KEYS_MAX);
            assert_true(has("k63"));
            oauth_jwks_fini(&keys);
        } else {
            assert_refused((const char *)text.bytes, 0, "has more than 64 keys");
        }
        buf_fini(&text);
    }
    memset(long_text, ' ', sizeof(long_text));
    assert_int_equal(load(long_text, sizeof(long_text)), ERR_INVALID);
    assert_string_equal(problem.message, "is longer than 1 MiB");
    assert_int_equal(load(long_text, sizeof(long_text) - 1), ERR_INVALID);
    assert_string_equal(
        problem.message, "is not a JSON object whose members are all different");
}

static void every_truncation_of_a_document_is_refused(void **state)
{
    struct buf text;

    (void)state;
    buf_init(&text, 65536);
    forge_jwks(&text);
    for (size_t length = 0; length < text.length; length++) {
        assert_int_equal(load((const char *)text.bytes, length), ERR_INVALID);
    }
    buf_fini(&text);
}

static int setup(void **state)
{
    (void)state;
    oauth_json_start();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    forge_end();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_found_by_their_whole_kid),
        cmocka_unit_test(a_type_has_its_algorithms_and_alg_narrows_them),
        cmocka_unit_test(a_key_checks_its_algorithms_only),
        cmocka_unit_test(keys_for_something_else_are_left_out),
        cmocka_unit_test(secrets_do_not_belong_here),
        cmocka_unit_test(weak_and_broken_keys_are_refused),
        cmocka_unit_test(rsa_numbers_are_looked_at),
        cmocka_unit_test(a_kid_is_a_name_of_one_key),
        cmocka_unit_test(what_is_no_jwks_is_refused),
        cmocka_unit_test(keys_and_bytes_are_bounded),
        cmocka_unit_test(every_truncation_of_a_document_is_refused),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
