#include "scram_crypto.h"

#include "test.h"

#include <string.h>

static struct scram_crypto crypto;

static int setup(void **state)
{
    (void)state;
    return scram_crypto_init(&crypto) == OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    scram_crypto_fini(&crypto);
    scram_crypto_fini(&crypto); /* twice does no harm */
    return 0;
}

static void assert_hex(const uint8_t *bytes, const char *hex)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < strlen(hex) / 2; i++) {
        assert_int_equal(digits[bytes[i] >> 4], hex[2 * i]);
        assert_int_equal(digits[bytes[i] & 15], hex[2 * i + 1]);
    }
}

/* FIPS 180-4's "abc". */
static void digests_are_sha_2(void **state)
{
    static const struct scram_part abc = {"abc", 3};
    uint8_t out[SCRAM_HASH_MAX];

    (void)state;
    assert_int_equal(scram_crypto_digest(&crypto, SCRAM_SHA_256, &abc, out), OK);
    assert_hex(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(scram_crypto_digest(&crypto, SCRAM_SHA_512, &abc, out), OK);
    assert_hex(out, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

/* RFC 4231, test case 2, in one part and in three. */
static void hmacs_are_of_all_parts_as_one(void **state)
{
    static const struct scram_part key = {"Jefe", 4};
    static const struct scram_part whole = {"what do ya want for nothing?", 28};
    static const struct scram_part parts[] = {
        {"what do ya ", 11}, {"", 0}, {"want for nothing?", 17}};
    uint8_t out[SCRAM_HASH_MAX];

    (void)state;
    for (unsigned n = 0; n < 2; n++) {
        const struct scram_part *p = n == 0 ? &whole : parts;
        assert_int_equal(
            scram_crypto_hmac(&crypto, SCRAM_SHA_256, &key, p, n == 0 ? 1 : 3, out), OK);
        assert_hex(
            out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert_int_equal(
            scram_crypto_hmac(&crypto, SCRAM_SHA_512, &key, p, n == 0 ? 1 : 3, out), OK);
        assert_hex(out,
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
            "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
    }
}

/* A context that is used again forgets the key before. */
static void each_hmac_has_its_own_key(void **state)
{
    static const struct scram_part one = {"one", 3};
    static const struct scram_part two = {"two", 3};
    uint8_t first[SCRAM_HASH_MAX];
    uint8_t other[SCRAM_HASH_MAX];
    uint8_t again[SCRAM_HASH_MAX];

    (void)state;
    assert_int_equal(scram_crypto_hmac(&crypto, SCRAM_SHA_256, &one, &one, 1, first), OK);
    assert_int_equal(scram_crypto_hmac(&crypto, SCRAM_SHA_256, &two, &one, 1, other), OK);
    assert_int_equal(scram_crypto_hmac(&crypto, SCRAM_SHA_256, &one, &one, 1, again), OK);
    assert_memory_equal(first, again, 32);
    assert_memory_not_equal(first, other, 32);
}

/* RFC 7914, section 11: its first half is what one block gives. */
static void salted_passwords_are_pbkdf2(void **state)
{
    static const struct scram_part password = {"passwd", 6};
    static const struct scram_part salt = {"salt", 4};
    uint8_t out[SCRAM_HASH_MAX];

    (void)state;
    assert_int_equal(
        scram_crypto_salted_password(&crypto, SCRAM_SHA_256, &password, &salt, 1, out),
        OK);
    assert_hex(out, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
    assert_int_equal(scram_crypto_salted_password(
                         &crypto, SCRAM_SHA_256, &password, &salt, UINT32_MAX, out),
        ERR_INVALID);
}

static void mechanisms_are_found_by_their_whole_name(void **state)
{
    enum scram_mechanism m = SCRAM_SHA_256;

    (void)state;
    assert_true(scram_mechanism_find("SCRAM-SHA-512", 13, &m));
    assert_int_equal(m, SCRAM_SHA_512);
    assert_true(scram_mechanism_find("SCRAM-SHA-256", 13, &m));
    assert_int_equal(m, SCRAM_SHA_256);
    assert_false(scram_mechanism_find("SCRAM-SHA-25", 12, &m));
    assert_false(scram_mechanism_find("SCRAM-SHA-256-PLUS", 18, &m));
    assert_false(scram_mechanism_find("scram-sha-256", 13, &m));
    assert_false(scram_mechanism_find("SCRAM-SHA-1", 11, &m));
    assert_false(scram_mechanism_find("", 0, &m));
    assert_string_equal(scram_mechanism_name(SCRAM_SHA_512), "SCRAM-SHA-512");
    assert_int_equal(scram_hash_size(SCRAM_SHA_256), 32);
    assert_int_equal(scram_hash_size(SCRAM_SHA_512), 64);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(digests_are_sha_2),
        TEST(hmacs_are_of_all_parts_as_one),
        TEST(each_hmac_has_its_own_key),
        TEST(salted_passwords_are_pbkdf2),
        TEST(mechanisms_are_found_by_their_whole_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
