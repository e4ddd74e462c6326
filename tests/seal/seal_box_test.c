#include "seal_box.h"

#include "test.h"

#include <string.h>

static struct seal_keys keys;
static struct seal_keys other;

static struct seal_credential credential(void)
{
    struct seal_credential c;

    memset(&c, 0, sizeof(c));
    c.mechanism = SEAL_SCRAM_SHA_512;
    c.iterations = 8192;
    c.serial = 42;
    c.name_length = 5;
    memcpy(c.name, "alice", 5);
    c.salt_length = 8;
    memcpy(c.salt, "saltsalt", 8);
    memset(c.stored_key, 0x11, 64);
    memset(c.server_key, 0x22, 64);
    return c;
}

static int setup(void **state)
{
    uint8_t secret[32];

    (void)state;
    for (size_t i = 0; i < sizeof(secret); i++) {
        secret[i] = (uint8_t)i;
    }
    if (seal_prepare() != OK) {
        return -1;
    }
    seal_keys_derive(&keys, secret, sizeof(secret));
    secret[31] ^= 1;
    seal_keys_derive(&other, secret, sizeof(secret));
    return 0;
}

/* What was stored under a secret must open under it for ever. */
static void keys_are_those_that_the_secret_always_gave(void **state)
{
    static const uint8_t public_key[] = {0x24, 0x21, 0x28, 0x6c, 0xcb, 0xf0, 0xde, 0x68,
        0x16, 0xd5, 0x01, 0xd6, 0xf6, 0x57, 0x05, 0x68, 0xa0, 0xe2, 0xe7, 0xe7, 0x5c,
        0x66, 0x70, 0xf9, 0xdc, 0xa2, 0xff, 0x22, 0x68, 0xa4, 0x27, 0x50};
    static const uint8_t store_key[] = {0x35, 0x06, 0x48, 0x52, 0xd3, 0x1d, 0xcc, 0xa1,
        0xd7, 0xc6, 0xdc, 0xd4, 0xf3, 0xcb, 0x9b, 0x20, 0x4a, 0x39, 0x93, 0x68, 0x86,
        0x7a, 0xbb, 0xb6, 0xff, 0xec, 0x98, 0x27, 0xa4, 0x83, 0x61, 0x31};

    (void)state;
    assert_memory_equal(keys.public_key, public_key, SEAL_KEY_SIZE);
    assert_memory_equal(keys.store_key, store_key, SEAL_KEY_SIZE);
}

static void another_secret_gives_other_keys(void **state)
{
    (void)state;
    assert_memory_not_equal(keys.public_key, other.public_key, SEAL_KEY_SIZE);
    assert_memory_not_equal(keys.secret_key, other.secret_key, SEAL_KEY_SIZE);
    assert_memory_not_equal(keys.store_key, other.store_key, SEAL_KEY_SIZE);
    assert_memory_not_equal(keys.store_key, keys.secret_key, SEAL_KEY_SIZE);
}

static void keys_are_wiped(void **state)
{
    static const struct seal_keys nothing;
    struct seal_keys mine = keys;

    (void)state;
    seal_keys_wipe(&mine);
    assert_memory_equal(&mine, &nothing, sizeof(mine));
}

static size_t offer(uint8_t out[SEAL_OFFER_MAX])
{
    const struct seal_credential c = credential();
    size_t length = 0;

    assert_int_equal(seal_offer(keys.public_key, &c, out, &length), OK);
    return length;
}

static void an_offer_opens_without_a_serial(void **state)
{
    struct seal_credential expected = credential();
    struct seal_credential got;
    uint8_t sealed[SEAL_OFFER_MAX];

    (void)state;
    const size_t length = offer(sealed);
    assert_int_equal(seal_offer_open(&keys, sealed, length, &got), OK);
    expected.serial = 0;
    assert_memory_equal(&got, &expected, sizeof(got));
}

static void an_offer_for_another_key_does_not_open(void **state)
{
    struct seal_credential got;
    uint8_t sealed[SEAL_OFFER_MAX];

    (void)state;
    const size_t length = offer(sealed);
    assert_int_equal(seal_offer_open(&other, sealed, length, &got), ERR_INVALID);
}

static void nobody_can_be_offered_anything_by_a_key_of_no_order(void **state)
{
    static const uint8_t zero[SEAL_KEY_SIZE];
    const struct seal_credential c = credential();
    uint8_t sealed[SEAL_OFFER_MAX];
    size_t length = 0;

    (void)state;
    assert_int_equal(seal_offer(zero, &c, sealed, &length), ERR_INVALID);
}

typedef enum err opener(const struct seal_keys *keys, const uint8_t *bytes, size_t length,
    struct seal_credential *out);

/* Cut, longer by a byte, and with a bit changed at every byte. */
static void check_damage(opener *open, uint8_t *bytes, size_t length)
{
    struct seal_credential got = {.mechanism = 77};

    for (size_t n = 0; n < length; n++) {
        assert_int_equal(open(&keys, bytes, n, &got), ERR_INVALID);
    }
    bytes[length] = 0;
    assert_int_equal(open(&keys, bytes, length + 1, &got), ERR_INVALID);
    for (size_t i = 0; i < length; i++) {
        bytes[i] ^= 1;
        assert_int_equal(open(&keys, bytes, length, &got), ERR_INVALID);
        bytes[i] ^= 1;
    }
    assert_int_equal(got.mechanism, 77); /* not touched */
    assert_int_equal(open(&keys, bytes, length, &got), OK);
}

static void an_offer_that_was_cut_or_altered_does_not_open(void **state)
{
    uint8_t sealed[SEAL_OFFER_MAX + 1];

    (void)state;
    check_damage(seal_offer_open, sealed, offer(sealed));
}

static size_t store(uint8_t out[SEAL_STORED_MAX])
{
    const struct seal_credential c = credential();

    return seal_store(&keys, &c, out);
}

static void what_is_stored_opens_with_its_serial(void **state)
{
    const struct seal_credential expected = credential();
    struct seal_credential got;
    uint8_t stored[SEAL_STORED_MAX];

    (void)state;
    const size_t length = store(stored);
    assert_int_equal(seal_store_open(&keys, stored, length, &got), OK);
    assert_memory_equal(&got, &expected, sizeof(got));
    assert_int_equal(seal_store_open(&other, stored, length, &got), ERR_INVALID);
}

static void what_is_stored_and_was_cut_or_altered_does_not_open(void **state)
{
    uint8_t stored[SEAL_STORED_MAX + 1];

    (void)state;
    check_damage(seal_store_open, stored, store(stored));
}

/* Who has the public key can offer, but not store. */
static void an_offer_is_nothing_stored_nor_the_other_way_round(void **state)
{
    struct seal_credential got;
    uint8_t sealed[SEAL_OFFER_MAX];
    uint8_t stored[SEAL_STORED_MAX];

    (void)state;
    size_t length = offer(sealed);
    assert_int_equal(seal_store_open(&keys, sealed, length, &got), ERR_INVALID);
    length = store(stored);
    assert_int_equal(seal_offer_open(&keys, stored, length, &got), ERR_INVALID);
}

static void no_two_are_the_same_bytes(void **state)
{
    uint8_t one[SEAL_OFFER_MAX];
    uint8_t two[SEAL_OFFER_MAX];

    (void)state;
    size_t length = offer(one);
    (void)offer(two);
    assert_memory_not_equal(one, two, length);
    length = store(one);
    (void)store(two);
    assert_memory_not_equal(one, two, length);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_those_that_the_secret_always_gave),
        cmocka_unit_test(another_secret_gives_other_keys),
        cmocka_unit_test(keys_are_wiped),
        cmocka_unit_test(an_offer_opens_without_a_serial),
        cmocka_unit_test(an_offer_for_another_key_does_not_open),
        cmocka_unit_test(nobody_can_be_offered_anything_by_a_key_of_no_order),
        cmocka_unit_test(an_offer_that_was_cut_or_altered_does_not_open),
        cmocka_unit_test(what_is_stored_opens_with_its_serial),
        cmocka_unit_test(what_is_stored_and_was_cut_or_altered_does_not_open),
        cmocka_unit_test(an_offer_is_nothing_stored_nor_the_other_way_round),
        cmocka_unit_test(no_two_are_the_same_bytes),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
