#include "seal_credential.h"

#include "test.h"

#include <string.h>

static struct seal_credential credential(uint8_t mechanism)
{
    struct seal_credential c;

    memset(&c, 0, sizeof(c));
    c.mechanism = mechanism;
    c.iterations = 4096;
    c.serial = 0x0102030405060708;
    c.name_length = 5;
    memcpy(c.name, "alice", 5);
    c.salt_length = 10;
    memcpy(c.salt, "0123456789", 10);
    memset(c.stored_key, 0x11, seal_hash_size(mechanism));
    memset(c.server_key, 0x22, seal_hash_size(mechanism));
    return c;
}

static void a_text_is_what_it_was_when_the_first_was_stored(void **state)
{
    static const uint8_t head[] = {1, 1, 0, 0, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 5, 'a', 'l',
        'i', 'c', 'e', 10, '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 0x11};
    const struct seal_credential c = credential(SEAL_SCRAM_SHA_256);
    uint8_t text[SEAL_TEXT_MAX];

    (void)state;
    assert_int_equal(seal_credential_encode(&c, text), sizeof(head) - 1 + 64);
    assert_memory_equal(text, head, sizeof(head));
    assert_int_equal(text[sizeof(head) - 1 + 31], 0x11);
    assert_int_equal(text[sizeof(head) - 1 + 32], 0x22);
}

static void what_is_written_comes_back_and_no_other_length_does(void **state)
{
    (void)state;
    for (uint8_t m = SEAL_SCRAM_SHA_256; m <= SEAL_SCRAM_SHA_512; m++) {
        struct seal_credential c = credential(m);
        struct seal_credential got;
        uint8_t text[SEAL_TEXT_MAX + 1] = {0};
        const size_t length = seal_credential_encode(&c, text);
        for (size_t n = 0; n <= length + 1; n++) {
            const enum err e = seal_credential_decode(text, n, &got);
            assert_int_equal(e, n == length ? OK : ERR_INVALID);
        }
        assert_memory_equal(&got, &c, sizeof(c));
    }
}

static void the_largest_one_fits(void **state)
{
    struct seal_credential c = credential(SEAL_SCRAM_SHA_512);
    struct seal_credential got;
    uint8_t text[SEAL_TEXT_MAX];

    (void)state;
    c.name_length = SEAL_NAME_MAX;
    c.salt_length = SEAL_SALT_MAX;
    memset(c.name, 'n', c.name_length);
    assert_int_equal(seal_credential_encode(&c, text), SEAL_TEXT_MAX);
    assert_int_equal(seal_credential_decode(text, sizeof(text), &got), OK);
}

static void check_bad(size_t at, uint8_t value)
{
    const struct seal_credential c = credential(SEAL_SCRAM_SHA_256);
    struct seal_credential got = {.mechanism = 77};
    uint8_t text[SEAL_TEXT_MAX];
    const size_t length = seal_credential_encode(&c, text);

    assert_int_not_equal(text[at], value);
    text[at] = value;
    assert_int_equal(seal_credential_decode(text, length, &got), ERR_INVALID);
    assert_int_equal(got.mechanism, 77); /* not touched */
}

static void what_is_outside_the_limits_is_refused(void **state)
{
    (void)state;
    check_bad(0, 0); /* version */
    check_bad(0, 2);
    check_bad(1, 0); /* mechanism */
    check_bad(1, 2); /* whose keys are longer */
    check_bad(1, 3);
    check_bad(1, 255);
    check_bad(4, 15); /* iterations: 3840 */
    check_bad(4, 65); /* 16640 */
    check_bad(2, 1);
    check_bad(14, 0); /* length of the name */
    check_bad(14, 255);
    check_bad(20, 7); /* length of the salt */
    check_bad(20, 65);
    check_bad(20, 11);
}

/* RFC 7677's example: password "pencil". */
static void keys_are_derived_as_the_rfc_has_it(void **state)
{
    static const uint8_t salted[] = {0xc4, 0xa4, 0x95, 0x10, 0x32, 0x3a, 0xb4, 0xf9, 0x52,
        0xca, 0xc1, 0xfa, 0x99, 0x44, 0x19, 0x39, 0xe7, 0x8e, 0xa7, 0x4d, 0x6b, 0xe8,
        0x1d, 0xdf, 0x70, 0x96, 0xe8, 0x75, 0x13, 0xdc, 0x61, 0x5d};
    static const uint8_t stored[] = {0x58, 0x6e, 0x5d, 0xf2, 0x83, 0xe6, 0xdc, 0xeb, 0x5c,
        0x3e, 0x79, 0x1d, 0x8b, 0x85, 0x28, 0xec, 0x19, 0x1e, 0x66, 0x40, 0x45, 0xce,
        0x97, 0x17, 0x92, 0xe2, 0xe6, 0xb5, 0xbb, 0x13, 0xe2, 0xa6};
    static const uint8_t server[] = {0xc1, 0xf3, 0xcb, 0xc1, 0xc1, 0x3a, 0x9d, 0x35, 0xa1,
        0x4c, 0x09, 0x90, 0xee, 0xd9, 0x76, 0x29, 0xea, 0x22, 0x58, 0x63, 0xe5, 0x66,
        0xa4, 0x31, 0x4a, 0xb9, 0x9f, 0x3f, 0x00, 0xe5, 0xd9, 0xd5};
    static const uint8_t nothing[32];
    struct seal_credential c = credential(SEAL_SCRAM_SHA_256);

    (void)state;
    memset(c.stored_key, 0xff, sizeof(c.stored_key));
    memset(c.server_key, 0xff, sizeof(c.server_key));
    seal_credential_derive(&c, salted);
    assert_memory_equal(c.stored_key, stored, 32);
    assert_memory_equal(c.server_key, server, 32);
    assert_memory_equal(c.stored_key + 32, nothing, 32);
    assert_memory_equal(c.server_key + 32, nothing, 32);
}

static void keys_of_sha_512_are_derived_by_it(void **state)
{
    static const uint8_t stored[] = {0xab, 0xf1, 0x2b, 0x79, 0x12, 0x92, 0x19, 0x42};
    static const uint8_t server[] = {0xef, 0x30, 0xdc, 0x24, 0x86, 0x39, 0x54, 0x1d};
    struct seal_credential c = credential(SEAL_SCRAM_SHA_512);
    uint8_t salted[64];

    (void)state;
    for (size_t i = 0; i < sizeof(salted); i++) {
        salted[i] = (uint8_t)i;
    }
    seal_credential_derive(&c, salted);
    assert_memory_equal(c.stored_key, stored, sizeof(stored));
    assert_memory_equal(c.server_key, server, sizeof(server));
}

static void it_is_of_one_user_mechanism_and_number_alone(void **state)
{
    const struct seal_credential c = credential(SEAL_SCRAM_SHA_256);

    (void)state;
    assert_true(seal_credential_is_of(&c, "alice", 5, SEAL_SCRAM_SHA_256, 4096));
    assert_false(seal_credential_is_of(&c, "alicf", 5, SEAL_SCRAM_SHA_256, 4096));
    assert_false(seal_credential_is_of(&c, "alice", 4, SEAL_SCRAM_SHA_256, 4096));
    assert_false(seal_credential_is_of(&c, "alice\0", 6, SEAL_SCRAM_SHA_256, 4096));
    assert_false(seal_credential_is_of(&c, "alice", 5, SEAL_SCRAM_SHA_512, 4096));
    assert_false(seal_credential_is_of(&c, "alice", 5, SEAL_SCRAM_SHA_256, 4097));
}

static void mechanisms_are_those_of_the_protocol(void **state)
{
    (void)state;
    assert_string_equal(seal_mechanism_name(1), "SCRAM-SHA-256");
    assert_string_equal(seal_mechanism_name(2), "SCRAM-SHA-512");
    assert_null(seal_mechanism_name(0));
    assert_null(seal_mechanism_name(3));
    assert_int_equal(seal_hash_size(1), 32);
    assert_int_equal(seal_hash_size(2), 64);
    assert_int_equal(seal_hash_size(0), 0);
    assert_int_equal(seal_hash_size(255), 0);
}

static int setup(void **state)
{
    (void)state;
    return seal_prepare() == OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_what_it_was_when_the_first_was_stored),
        cmocka_unit_test(what_is_written_comes_back_and_no_other_length_does),
        cmocka_unit_test(the_largest_one_fits),
        cmocka_unit_test(what_is_outside_the_limits_is_refused),
        cmocka_unit_test(keys_are_derived_as_the_rfc_has_it),
        cmocka_unit_test(keys_of_sha_512_are_derived_by_it),
        cmocka_unit_test(it_is_of_one_user_mechanism_and_number_alone),
        cmocka_unit_test(mechanisms_are_those_of_the_protocol),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
