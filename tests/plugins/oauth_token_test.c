#include "oauth_token.h"

#include "mem.h"
#include "oauth_forge.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static struct oauth_settings settings;
static struct oauth_jwks keys;
static struct buf token;

static const char *const names[] = {"RS256", "PS256", "ES256", "EdDSA"};

static enum schloss_auth_reason check(const void *bytes, size_t length)
{
    struct oauth_identity who = {.name_length = 999};

    enum schloss_auth_reason reason = oauth_token_check(
        &settings, &keys, (struct schloss_auth_bytes){bytes, length}, FORGE_NOW_MS, &who);
    assert_true((reason == SCHLOSS_AUTH_REASON_NONE) == (who.name_length != 999));
    return reason;
}

static void assert_token(enum schloss_auth_reason expected)
{
    assert_int_equal(check(token.bytes, token.length), expected);
}

/* Under an ed25519 key; the claims are good. */
static void assert_header(const char *header, enum schloss_auth_reason expected)
{
    forge_token(&token, header, FORGE_CLAIMS, "EdDSA", forge_key(FORGE_ED25519));
    assert_token(expected);
}

static void assert_claims(const char *claims, enum schloss_auth_reason expected)
{
    forge_token(&token, "{\"alg\":\"EdDSA\",\"kid\":\"ed25519\"}", claims, "EdDSA",
        forge_key(FORGE_ED25519));
    assert_token(expected);
}

static void assert_signed(const char *alg, const char *kid, const char *how,
    enum forge_kind kind, enum schloss_auth_reason expected)
{
    char header[128];

    (void)snprintf(header, sizeof(header), "{\"alg\":\"%s\",\"kid\":\"%s\"}", alg, kid);
    forge_token(&token, header, FORGE_CLAIMS, how, forge_key(kind));
    assert_token(expected);
}

static void each_algorithm_is_accepted(void **state)
{
    struct oauth_identity who;

    (void)state;
    for (size_t i = 0; i < OAUTH_ALGORITHM_COUNT; i++) {
        forge_good(&token, names[i]);
        assert_int_equal(oauth_token_check(&settings, &keys,
                             (struct schloss_auth_bytes){token.bytes, token.length},
                             FORGE_NOW_MS, &who),
            SCHLOSS_AUTH_REASON_NONE);
        assert_int_equal(who.name_length, 5);
        assert_memory_equal(who.name, "alice", 5);
        assert_int_equal(who.expires_ms, 2000000);
    }
}

static void an_algorithm_outside_the_list_is_refused(void **state)
{
    const unsigned all = settings.algorithms;

    (void)state;
    for (size_t i = 0; i < OAUTH_ALGORITHM_COUNT; i++) {
        forge_good(&token, names[i]);
        settings.algorithms = all & ~OAUTH_BIT(i);
        assert_token(SCHLOSS_AUTH_REASON_TOKEN_ALGORITHM);
        settings.algorithms = OAUTH_BIT(i);
        assert_token(SCHLOSS_AUTH_REASON_NONE);
        settings.algorithms = all;
    }
}

static void none_and_hmac_are_no_algorithms(void **state)
{
    static const char *const algorithms[] = {"none", "None", "NONE", "", "HS256", "HS384",
        "HS512", "RS384", "RS512", "ES384", "ES512", "PS512", "rs256", "RS256 ", "eddsa",
        "Ed448", "RSA-OAEP", "dir"};

    (void)state;
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
        assert_signed(algorithms[i], "rsa", "RS256", FORGE_RSA,
            SCHLOSS_AUTH_REASON_TOKEN_ALGORITHM);
    }
    /* The public key as the secret. */
    assert_signed(
        "HS256", "rsa", "HS256", FORGE_RSA, SCHLOSS_AUTH_REASON_TOKEN_ALGORITHM);
    assert_signed(
        "RS256", "rsa", "HS256", FORGE_RSA, SCHLOSS_AUTH_REASON_TOKEN_SIGNATURE);
    forge_token(&token, "{\"alg\":\"none\",\"kid\":\"rsa\"}", FORGE_CLAIMS, "none", NULL);
    assert_token(SCHLOSS_AUTH_REASON_TOKEN_FORM); /* its third part is empty */
    assert_header("{\"kid\":\"ed25519\"}", SCHLOSS_AUTH_REASON_TOKEN_ALGORITHM);
    assert_header(
        "{\"alg\":null,\"kid\":\"ed25519\"}", SCHLOSS_AUTH_REASON_TOKEN_ALGORITHM);
    assert_header(
        "{\"alg\":[\"EdDSA\"],\"kid\":\"ed25519\"}", SCHLOSS_AUTH_REASON_TOKEN_ALGORITHM);
}

static void an_algorithm_fits_its_key_or_is_refused(void **state)
{
    static const char *const kids[] = {"rsa", "p256", "ed25519"};
    static const unsigned fits[] = {0, 0, 1, 2}; /* of each algorithm: its kid */

    (void)state;
    for (size_t a = 0; a < OAUTH_ALGORITHM_COUNT; a++) {
        for (unsigned k = 0; k < FORGE_KINDS; k++) {
            if (fits[a] != k) {
                assert_signed(names[a], kids[k], names[a], (enum forge_kind)fits[a],
                    SCHLOSS_AUTH_REASON_TOKEN_ALGORITHM);
            }
        }
    }
    assert_signed(
        "RS256", "rsa", "PS256", FORGE_RSA, SCHLOSS_AUTH_REASON_TOKEN_SIGNATURE);
    assert_signed(
        "PS256", "rsa", "RS256", FORGE_RSA, SCHLOSS_AUTH_REASON_TOKEN_SIGNATURE);
    assert_signed(
        "ES256", "p256", "DER", FORGE_P256, SCHLOSS_AUTH_REASON_TOKEN_SIGNATURE);
    assert_signed(
        "PS256", "rsa", "PSS20", FORGE_RSA, SCHLOSS_AUTH_REASON_TOKEN_SIGNATURE);
}

static void a_kid_is_a_name_and_must_be_known(void **state)
{
    static const char *const kids[] = {"", "unknown", "ed2551", "ed255199", "ED25519",
        "../ed25519", "/etc/passwd", "../../../../dev/null", "ed25519/../ed25519",
        "file:///etc/passwd", "https://evil.example/jwks", "ed25519'--", "%s%n", "*",
        "\\u0065d25519x"};

    (void)state;
    for (size_t i = 0; i < sizeof(kids) / sizeof(kids[0]); i++) {
        assert_signed(
            "EdDSA", kids[i], "EdDSA", FORGE_ED25519, SCHLOSS_AUTH_REASON_TOKEN_KEY);
    }
    assert_header("{\"alg\":\"EdDSA\"}", SCHLOSS_AUTH_REASON_TOKEN_KEY);
    assert_header("{\"alg\":\"EdDSA\",\"kid\":1}", SCHLOSS_AUTH_REASON_TOKEN_KEY);
    assert_header("{\"alg\":\"EdDSA\",\"kid\":null}", SCHLOSS_AUTH_REASON_TOKEN_KEY);
    /* Written with an escape it is the same name. */
    assert_header(
        "{\"alg\":\"EdDSA\",\"kid\":\"\\u0065d25519\"}", SCHLOSS_AUTH_REASON_NONE);
}

static void keys_that_the_token_offers_are_not_read(void **state)
{
    EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    struct buf header;

    (void)state;
    assert_header("{\"alg\":\"EdDSA\",\"kid\":\"ed25519\",\"jku\":\"https://evil\","
                  "\"x5u\":\"file:///etc/passwd\",\"x5c\":[1],\"jwk\":7}",
        SCHLOSS_AUTH_REASON_NONE);
    buf_init(&header, 4096);
    buf_add_text(&header, "{\"alg\":\"EdDSA\",\"kid\":\"ed25519\",\"jwk\":");
    forge_jwk(&header, other, "ed25519", "");
    buf_add(&header, "}", 2);
    forge_token(&token, (const char *)header.bytes, FORGE_CLAIMS, "EdDSA", other);
    assert_token(SCHLOSS_AUTH_REASON_TOKEN_SIGNATURE);
    buf_fini(&header);
    EVP_PKEY_free(other);
}

#define GOOD "\"alg\":\"EdDSA\",\"kid\":\"ed25519\""

static void the_header_is_what_it_must_be(void **state)
{
    (void)state;
    assert_header("{" GOOD ",\"typ\":\"JWT\"}", SCHLOSS_AUTH_REASON_NONE);
    assert_header("{" GOOD ",\"typ\":\"jwt\"}", SCHLOSS_AUTH_REASON_NONE);
    assert_header("{" GOOD ",\"typ\":\"at+jwt\"}", SCHLOSS_AUTH_REASON_NONE);
    assert_header("{" GOOD ",\"typ\":\"application/at+JWT\"}", SCHLOSS_AUTH_REASON_NONE);
    assert_header("{" GOOD ",\"typ\":\"logout+jwt\"}", SCHLOSS_AUTH_REASON_TOKEN_FORM);
    assert_header("{" GOOD ",\"typ\":\"dpop+jwt\"}", SCHLOSS_AUTH_REASON_TOKEN_FORM);
    assert_header("{" GOOD ",\"typ\":1}", SCHLOSS_AUTH_REASON_TOKEN_FORM);
    assert_header("{" GOOD ",\"crit\":[]}", SCHLOSS_AUTH_REASON_TOKEN_FORM);
    assert_header("{" GOOD ",\"crit\":null}", SCHLOSS_AUTH_REASON_TOKEN_FORM);
    assert_header(
        "{" GOOD ",\"crit\":[\"b64\"],\"b64\":false}", SCHLOSS_AUTH_REASON_TOKEN_FORM);
    assert_header("{" GOOD ",\"alg\":\"EdDSA\"}", SCHLOSS_AUTH_REASON_TOKEN_FORM);
    assert_header("{" GOOD ",\"\\u0061lg\":\"none\"}", SCHLOSS_AUTH_REASON_TOKEN_FORM);
    assert_header("{" GOOD "} ", SCHLOSS_AUTH_REASON_NONE);
    assert_header("{" GOOD "}x", SCHLOSS_AUTH_REASON_TOKEN_FORM);
    assert_header("[]", SCHLOSS_AUTH_REASON_TOKEN_FORM);
    assert_header("x", SCHLOSS_AUTH_REASON_TOKEN_FORM);
    assert_header("{" GOOD ",\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]}",
        SCHLOSS_AUTH_REASON_TOKEN_FORM);
}

static void the_payload_is_strict_json_too(void **state)
{
    (void)state;
    assert_claims(FORGE_CLAIMS, SCHLOSS_AUTH_REASON_NONE);
    assert_claims("", SCHLOSS_AUTH_REASON_TOKEN_FORM);
    assert_claims("x", SCHLOSS_AUTH_REASON_TOKEN_CLAIMS);
    assert_claims("[]", SCHLOSS_AUTH_REASON_TOKEN_CLAIMS);
    assert_claims(
        "{\"sub\":\"alice\",\"sub\":\"bob\"}", SCHLOSS_AUTH_REASON_TOKEN_CLAIMS);
    assert_claims("{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]}",
        SCHLOSS_AUTH_REASON_TOKEN_CLAIMS);
    assert_claims("{}", SCHLOSS_AUTH_REASON_TOKEN_ISSUER);
}

static void a_compact_token_has_three_parts_and_nothing_else(void **state)
{
    static const char *const bad[] = {"", ".", "..", "...", "a", "a.b", ".b.c", "a..c",
        "a.b.", "a.b.c.d", "a.b.c.d.e", "e30.e30", "{}.{}.x"};
    static const char *const before[] = {" ", "\n", "=", "."};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(check(bad[i], strlen(bad[i])), SCHLOSS_AUTH_REASON_TOKEN_FORM);
    }
    for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
        char text[1024];
        forge_good(&token, "EdDSA");
        int length = snprintf(text, sizeof(text), "%s%.*s", before[i], (int)token.length,
            (const char *)token.bytes);
        assert_int_equal(check(text, (size_t)length), SCHLOSS_AUTH_REASON_TOKEN_FORM);
        length = snprintf(text, sizeof(text), "%.*s%s", (int)token.length,
            (const char *)token.bytes, before[i]);
        assert_int_equal(check(text, (size_t)length), SCHLOSS_AUTH_REASON_TOKEN_FORM);
    }
}

static void padding_is_refused_wherever_it_stands(void **state)
{
    (void)state;
    forge_good(&token, "EdDSA"); /* 64 bytes: two digits short of a group of four */
    buf_add_text(&token, "==");
    assert_token(SCHLOSS_AUTH_REASON_TOKEN_FORM);
}

static bool is_about_a_token(enum schloss_auth_reason reason)
{
    return reason == SCHLOSS_AUTH_REASON_TOKEN_FORM ||
           reason == SCHLOSS_AUTH_REASON_TOKEN_SIGNATURE ||
           reason == SCHLOSS_AUTH_REASON_TOKEN_KEY ||
           reason == SCHLOSS_AUTH_REASON_TOKEN_ALGORITHM;
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    for (size_t a = 0; a < OAUTH_ALGORITHM_COUNT; a++) {
        forge_good(&token, names[a]);
        for (size_t length = 0; length < token.length; length++) {
            assert_true(is_about_a_token(check(token.bytes, length)));
        }
    }
}

/* Each byte in three other ways: a bit, a digit of base64url, a byte that is none. */
static void every_altered_byte_is_refused(void **state)
{
    (void)state;
    for (size_t a = 0; a < OAUTH_ALGORITHM_COUNT; a++) {
        forge_good(&token, names[a]);
        const uint8_t *dot = memchr(token.bytes, '.', token.length);
        for (size_t i = 0; i < token.length; i++) {
            const uint8_t kept = token.bytes[i];
            const uint8_t others[] = {kept ^ 1, kept == 'A' ? 'B' : 'A', '='};
            for (size_t k = 0; k < sizeof(others); k++) {
                token.bytes[i] = others[k];
                enum schloss_auth_reason reason = check(token.bytes, token.length);
                assert_true(is_about_a_token(reason));
                /* Nothing of the payload is read before the signature is known. */
                assert_true(token.bytes + i < dot ||
                            reason == SCHLOSS_AUTH_REASON_TOKEN_SIGNATURE ||
                            reason == SCHLOSS_AUTH_REASON_TOKEN_FORM);
            }
            token.bytes[i] = kept;
        }
        assert_token(SCHLOSS_AUTH_REASON_NONE);
    }
}

static void signatures_of_other_keys_are_refused(void **state)
{
    EVP_PKEY *others[] = {forge_rsa(2048), EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"),
        EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")};
    static const char *const headers[] = {"{\"alg\":\"RS256\",\"kid\":\"rsa\"}",
        "{\"alg\":\"ES256\",\"kid\":\"p256\"}",
        "{\"alg\":\"EdDSA\",\"kid\":\"ed25519\"}"};
    static const char *const algorithms[] = {"RS256", "ES256", "EdDSA"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        forge_token(&token, headers[i], FORGE_CLAIMS, algorithms[i], others[i]);
        assert_token(SCHLOSS_AUTH_REASON_TOKEN_SIGNATURE);
        EVP_PKEY_free(others[i]);
    }
}

/* Zeros, which broke an ECDSA once (CVE-2022-21449), the order itself, ones. */
static void numbers_that_are_no_signature_are_refused(void **state)
{
    uint8_t signature[256];
    static const uint8_t fill[] = {0, 1, 0xff};

    (void)state;
    for (size_t a = 0; a < OAUTH_ALGORITHM_COUNT; a++) {
        for (size_t f = 0; f < sizeof(fill); f++) {
            for (size_t size = 62; size <= 256; size++) {
                forge_good(&token, names[a]);
                while (token.bytes[token.length - 1] != '.') {
                    token.length--;
                }
                memset(signature, fill[f], sizeof(signature));
                forge_base64(&token, signature, size);
                assert_token(SCHLOSS_AUTH_REASON_TOKEN_SIGNATURE);
            }
        }
    }
}

static void a_good_signature_with_more_behind_it_is_refused(void **state)
{
    (void)state;
    for (size_t a = 0; a < OAUTH_ALGORITHM_COUNT; a++) {
        forge_good(&token, names[a]);
        buf_add_text(&token, "AAAA"); /* three bytes, or the rest of one and two */
        assert_token(SCHLOSS_AUTH_REASON_TOKEN_SIGNATURE);
    }
}

static void lengths_are_bounded(void **state)
{
    static char bytes[1 << 20];
    char *claims = bytes;

    (void)state;
    /* A good one that is as long as it may be, and one that is longer. */
    for (unsigned more = 0; more < 2; more++) {
        size_t size = 12150 + more * 200;
        memset(claims, ' ', size);
        memcpy(claims, FORGE_CLAIMS, sizeof(FORGE_CLAIMS) - 1);
        claims[size] = '\0';
        forge_token(&token, "{" GOOD "}", claims, "EdDSA", forge_key(FORGE_ED25519));
        assert_true((token.length <= OAUTH_TOKEN_MAX) == (more == 0));
        assert_token(
            more == 0 ? SCHLOSS_AUTH_REASON_NONE : SCHLOSS_AUTH_REASON_TOKEN_FORM);
    }
    memset(bytes, 'A', sizeof(bytes));
    bytes[10] = '.';
    bytes[1000] = '.';
    assert_int_equal(check(bytes, sizeof(bytes)), SCHLOSS_AUTH_REASON_TOKEN_FORM);
    memset(bytes, '.', sizeof(bytes));
    assert_int_equal(check(bytes, sizeof(bytes)), SCHLOSS_AUTH_REASON_TOKEN_FORM);
}

static void without_memory_there_is_no_decision(void **state)
{
    enum schloss_auth_reason reason = SCHLOSS_AUTH_REASON_INTERNAL;
    long n = 0;

    (void)state;
    forge_good(&token, "ES256");
    for (; reason != SCHLOSS_AUTH_REASON_NONE && n < 1000; n++) {
        mem_fail_after(n);
        reason = check(token.bytes, token.length);
        mem_fail_after(-1);
        assert_true(
            reason == SCHLOSS_AUTH_REASON_NONE || reason == SCHLOSS_AUTH_REASON_INTERNAL);
    }
    assert_true(n > 10);
}

static int setup(void **state)
{
    static const struct schloss_auth_setting given[] = {
        {OAUTH_SET_AUDIENCE, FORGE_AUDIENCE}, {OAUTH_SET_ISSUER, FORGE_ISSUER}};
    struct oauth_jwks_problem problem;
    const char *key;
    const char *why;
    struct buf jwks;

    (void)state;
    oauth_json_start();
    buf_init(&token, 65536);
    buf_init(&jwks, 65536);
    forge_jwks(&jwks);
    enum err e = oauth_jwks_load(&keys, jwks.bytes, jwks.length, &problem);
    buf_fini(&jwks);
    return e == OK && oauth_settings_read(&settings, given, 2, &key, &why) == OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    oauth_jwks_fini(&keys);
    buf_fini(&token);
    forge_end();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_algorithm_is_accepted),
        cmocka_unit_test(an_algorithm_outside_the_list_is_refused),
        cmocka_unit_test(none_and_hmac_are_no_algorithms),
        cmocka_unit_test(an_algorithm_fits_its_key_or_is_refused),
        cmocka_unit_test(a_kid_is_a_name_and_must_be_known),
        cmocka_unit_test(keys_that_the_token_offers_are_not_read),
        cmocka_unit_test(the_header_is_what_it_must_be),
        cmocka_unit_test(the_payload_is_strict_json_too),
        cmocka_unit_test(a_compact_token_has_three_parts_and_nothing_else),
        cmocka_unit_test(padding_is_refused_wherever_it_stands),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_altered_byte_is_refused),
        cmocka_unit_test(signatures_of_other_keys_are_refused),
        cmocka_unit_test(numbers_that_are_no_signature_are_refused),
        cmocka_unit_test(a_good_signature_with_more_behind_it_is_refused),
        cmocka_unit_test(lengths_are_bounded),
        cmocka_unit_test(without_memory_there_is_no_decision),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
