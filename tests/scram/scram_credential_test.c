#include "scram_credential.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SALT   "W22ZaJ0SNY7soEsUEjb6gQ=="
#define STORED "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="
#define SERVER "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
#define KEYS   STORED ":" SERVER
#define GOOD   "SCRAM-SHA-256$4096:" SALT "$" KEYS

static struct scram_credential credential;
static size_t at;

static const char *parse(const char *text)
{
    /* A block of its very size, so that the sanitizer sees a byte too far. */
    const size_t length = strlen(text);
    char *copy = malloc(length + 1);

    assert_non_null(copy);
    memcpy(copy, text, length);
    const char *problem = scram_credential_parse(&credential, copy, length, &at);
    free(copy);
    return problem;
}

static void assert_refused_at(const char *text, size_t column)
{
    credential.iterations = 77;
    assert_non_null(parse(text));
    assert_int_equal(at, column);
    assert_int_equal(credential.iterations, 77); /* untouched */
}

/* The columns of the parts of GOOD. */
#define AT_ITERATIONS 14
#define AT_SALT       19
#define AT_STORED     44
#define AT_SERVER     89

static void assert_same_text(const char *text)
{
    char out[SCRAM_CREDENTIAL_MAX];

    assert_null(parse(text));
    scram_credential_format(&credential, out);
    assert_string_equal(out, text);
}

static void good_ones_are_written_as_they_were_read(void **state)
{
    (void)state;
    assert_same_text(GOOD);
    assert_int_equal(credential.mechanism, SCRAM_SHA_256);
    assert_int_equal(credential.iterations, 4096);
    assert_int_equal(credential.salt_length, 16);
    assert_false(credential.disabled);
    assert_same_text(GOOD ":disabled");
    assert_true(credential.disabled);
    assert_same_text("SCRAM-SHA-256$1000000:AAAAAAAAAAA=$" KEYS);
}

static void the_longest_one_has_room(void **state)
{
    struct scram_credential c = {.mechanism = SCRAM_SHA_512,
        .iterations = SCRAM_ITERATIONS_MAX,
        .salt_length = SCRAM_SALT_MAX,
        .disabled = true};
    char out[SCRAM_CREDENTIAL_MAX];

    (void)state;
    memset(c.salt, 0xff, sizeof(c.salt));
    scram_credential_format(&c, out);
    assert_int_equal(strlen(out), SCRAM_CREDENTIAL_MAX - 1);
    assert_same_text(out);
}

static void iterations_have_bounds_and_one_spelling(void **state)
{
    static const char *const bad[] = {"4095", "1000001", "04096", "+4096", "-4096",
        "4096 ", "0x1000", "", "4e3", "99999999999999999999", "4096\t"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[256];
        (void)snprintf(text, sizeof(text), "SCRAM-SHA-256$%s:" SALT "$" KEYS, bad[i]);
        assert_refused_at(text, AT_ITERATIONS);
    }
}

static void salts_have_8_to_64_bytes(void **state)
{
    uint8_t bytes[SCRAM_SALT_MAX + 1] = {0};

    (void)state;
    for (size_t length = 0; length <= sizeof(bytes); length++) {
        char salt[SCRAM_BASE64_LENGTH(sizeof(bytes)) + 1];
        char text[512];
        scram_base64_encode(bytes, length, salt);
        (void)snprintf(text, sizeof(text), "SCRAM-SHA-256$4096:%s$" KEYS, salt);
        if (length >= SCRAM_SALT_MIN && length <= SCRAM_SALT_MAX) {
            assert_null(parse(text));
            assert_int_equal(credential.salt_length, length);
        } else {
            assert_refused_at(text, AT_SALT);
        }
    }
}

static void every_truncation_and_addition_is_refused(void **state)
{
    char text[sizeof(GOOD ":disabled")] = "";

    (void)state;
    for (size_t length = 0; length < sizeof(text) - 1; length++) {
        memcpy(text, GOOD ":disabled", length);
        text[length] = '\0';
        if (length != sizeof(GOOD) - 1) {
            assert_non_null(parse(text));
        }
    }
    assert_refused_at(GOOD ":disable", AT_SERVER);
    assert_refused_at(GOOD ":enabled", AT_SERVER);
    assert_refused_at(GOOD ":disabled:disabled", AT_SERVER);
    assert_refused_at(GOOD ":disabled ", AT_SERVER);
    assert_refused_at(GOOD " ", AT_SERVER);
    assert_refused_at(" " GOOD, 0);
}

static void keys_have_the_mechanisms_size(void **state)
{
    (void)state;
    assert_refused_at("SCRAM-SHA-512$4096:" SALT "$" KEYS, AT_STORED);
    assert_refused_at("SCRAM-SHA-256$4096:" SALT "$" STORED ":AAAA", AT_SERVER);
    assert_refused_at("SCRAM-SHA-256$4096:" SALT "$AAAA:" SERVER, AT_STORED);
    assert_refused_at("SCRAM-SHA-256$4096:" SALT "$:", AT_STORED);
    assert_refused_at("SCRAM-SHA-1$4096:" SALT "$" KEYS, 0);
    assert_refused_at("", 0);
}

static void base64_is_strict(void **state)
{
    static const char *const bad[] = {"AAAAAAAAAAA", "AAAAAAAAAAB=", "AAAAAAAAAAA==",
        "AAAAAAAAAAAA=", "AAAAAAAAAA-=", "AAAAAAAAAA_=", "AAAA\nAAAAAAA=", "=AAAAAAAAAAA",
        "AAAAAAAAA=A=", " AAAAAAAAAAA=", "AAAAAAAAAAA= ", "A"};
    uint8_t out[16];
    size_t length = 0;

    (void)state;
    assert_true(scram_base64_decode("AAAAAAAAAAA=", 12, out, sizeof(out), &length));
    assert_int_equal(length, 8);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(
            scram_base64_decode(bad[i], strlen(bad[i]), out, sizeof(out), &length));
    }
    assert_false(scram_base64_decode("AAAAAAAAAAA=", 12, out, 7, &length));
}

static void base64_has_its_64_letters_and_no_more(void **state)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char text[] = "AAAAAAAAAAAA";
    uint8_t out[16];
    size_t length = 0;

    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        text[5] = (char)byte;
        assert_int_equal(scram_base64_decode(text, 12, out, sizeof(out), &length),
            memchr(alphabet, (int)byte, sizeof(alphabet) - 1) != NULL);
    }
}

/* RFC 7677: "pencil" makes the keys above. */
static void keys_come_from_the_password(void **state)
{
    static const struct scram_part password = {"pencil", 6};
    struct scram_crypto crypto;
    char out[SCRAM_CREDENTIAL_MAX];

    (void)state;
    assert_int_equal(scram_crypto_init(&crypto), OK);
    assert_null(parse(GOOD));
    memset(credential.stored_key, 0, sizeof(credential.stored_key));
    memset(credential.server_key, 0, sizeof(credential.server_key));
    assert_int_equal(scram_credential_derive(&credential, &crypto, &password), OK);
    scram_credential_format(&credential, out);
    assert_string_equal(out, GOOD);
    scram_crypto_fini(&crypto);
}

static void a_new_one_has_a_salt_of_its_own_and_the_cost_of_its_kind(void **state)
{
    static const struct scram_part password = {"a password", 10};
    static const struct scram_part bad[] = {{"1234567", 7}, {"a pass\0word", 11}};
    static char long_password[USERS_PASSWORD_MAX + 1];
    const struct scram_part too_long = {long_password, sizeof(long_password)};
    struct scram_crypto crypto;
    struct scram_credential one;
    struct scram_credential two;
    char text[SCRAM_CREDENTIAL_MAX];

    (void)state;
    assert_int_equal(scram_crypto_init(&crypto), OK);
    assert_int_equal(
        scram_credential_make(&one, &crypto, SCRAM_SHA_512, &password, USERS_COST_CHOSEN),
        OK);
    assert_int_equal(scram_credential_make(
                         &two, &crypto, SCRAM_SHA_512, &password, USERS_COST_GENERATED),
        OK);
    assert_int_equal(one.iterations, SCRAM_ITERATIONS_DEFAULT);
    assert_int_equal(two.iterations, SCRAM_ITERATIONS_MIN);
    assert_int_equal(one.salt_length, SCRAM_SALT_SIZE);
    assert_memory_not_equal(one.salt, two.salt, SCRAM_SALT_SIZE);
    scram_credential_format(&one, text);
    assert_null(parse(text));
    memset(long_password, 'p', sizeof(long_password));
    assert_int_equal(
        scram_credential_make(&one, &crypto, SCRAM_SHA_512, &too_long, USERS_COST_CHOSEN),
        ERR_INVALID);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(scram_credential_make(
                             &one, &crypto, SCRAM_SHA_512, &bad[i], USERS_COST_CHOSEN),
            ERR_INVALID);
    }
    scram_crypto_fini(&crypto);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones_are_written_as_they_were_read),
        cmocka_unit_test(the_longest_one_has_room),
        cmocka_unit_test(iterations_have_bounds_and_one_spelling),
        cmocka_unit_test(salts_have_8_to_64_bytes),
        cmocka_unit_test(every_truncation_and_addition_is_refused),
        cmocka_unit_test(keys_have_the_mechanisms_size),
        cmocka_unit_test(base64_is_strict),
        cmocka_unit_test(base64_has_its_64_letters_and_no_more),
        cmocka_unit_test(keys_come_from_the_password),
        cmocka_unit_test(a_new_one_has_a_salt_of_its_own_and_the_cost_of_its_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
