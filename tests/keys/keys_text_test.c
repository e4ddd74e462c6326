#include "keys_text.h"

#include "test.h"

#include <stdbool.h>
#include <string.h>

#define TEXT_MAX 256

static const uint8_t context[] = "TLS 1.3, server CertificateVerify";

/* hash: 32 or 48. Returns the length. */
static size_t make_1_3(uint8_t text[TEXT_MAX], size_t hash)
{
    memset(text, ' ', 64);
    memcpy(text + 64, context, sizeof(context));
    memset(text + 64 + sizeof(context), 0xab, hash);
    return 64 + sizeof(context) + hash;
}

static size_t make_1_2(uint8_t text[TEXT_MAX], uint8_t curve, uint8_t point)
{
    memset(text, 0xcd, TEXT_MAX);
    text[64] = 3;
    text[65] = 0;
    text[66] = curve;
    text[67] = point;
    text[68] = 4;
    return 68u + point;
}

static void tls_1_3_texts_are_known(void **state)
{
    uint8_t text[TEXT_MAX];

    (void)state;
    assert_int_equal(make_1_3(text, 32), 130);
    assert_int_equal(keys_text_shape(text, 130), KEYS_SHAPE_TLS_1_3);
    assert_int_equal(make_1_3(text, 48), 146);
    assert_int_equal(keys_text_shape(text, 146), KEYS_SHAPE_TLS_1_3);
}

static void tls_1_2_texts_are_known_on_three_curves(void **state)
{
    static const uint8_t curves[][2] = {{23, 65}, {24, 97}, {29, 32}};
    uint8_t text[TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        size_t length = make_1_2(text, curves[i][0], curves[i][1]);
        assert_int_equal(keys_text_shape(text, length), KEYS_SHAPE_TLS_1_2);
    }
}

static void every_other_length_is_refused(void **state)
{
    uint8_t text[TEXT_MAX];

    (void)state;
    (void)make_1_3(text, 150);
    for (size_t length = 0; length < TEXT_MAX - 12; length++) {
        enum keys_shape expected =
            length == 130 || length == 146 ? KEYS_SHAPE_TLS_1_3 : KEYS_SHAPE_NONE;
        assert_int_equal(keys_text_shape(text, length), expected);
    }
    static const uint8_t curves[][2] = {{23, 65}, {24, 97}, {29, 32}};
    for (size_t i = 0; i < 3; i++) {
        size_t whole = make_1_2(text, curves[i][0], curves[i][1]);
        for (size_t length = 0; length < TEXT_MAX; length++) {
            enum keys_shape expected =
                length == whole ? KEYS_SHAPE_TLS_1_2 : KEYS_SHAPE_NONE;
            assert_int_equal(keys_text_shape(text, length), expected);
        }
    }
}

/* Each byte takes every other value; `free` bytes are the ones that may be anything. */
static void check_every_byte(
    uint8_t *text, size_t length, size_t free_from, size_t free_to, enum keys_shape shape)
{
    for (size_t i = 0; i < length; i++) {
        uint8_t right = text[i];
        for (unsigned value = 0; value < 256; value++) {
            text[i] = (uint8_t)value;
            bool allowed = value == right || (i >= free_from && i < free_to);
            assert_int_equal(
                keys_text_shape(text, length), allowed ? shape : KEYS_SHAPE_NONE);
        }
        text[i] = right;
    }
}

static void every_changed_byte_of_tls_1_3_is_refused_but_in_the_hash(void **state)
{
    uint8_t text[TEXT_MAX];
    size_t length = make_1_3(text, 32);

    (void)state;
    check_every_byte(text, length, 98, length, KEYS_SHAPE_TLS_1_3);
    length = make_1_3(text, 48);
    check_every_byte(text, length, 98, length, KEYS_SHAPE_TLS_1_3);
}

/* The free bytes of TLS 1.2 stand on both sides of the fixed ones. */
static void check_fixed_bytes(uint8_t *text, size_t length, size_t to)
{
    for (size_t i = 0; i < length; i++) {
        bool fixed = i >= 64 && i < to;
        for (unsigned step = 1; step < 256; step++) {
            text[i] = (uint8_t)(text[i] + 1);
            assert_int_equal(keys_text_shape(text, length),
                fixed ? KEYS_SHAPE_NONE : KEYS_SHAPE_TLS_1_2);
        }
        text[i] = (uint8_t)(text[i] + 1);
    }
}

static void every_changed_byte_of_tls_1_2_parameters_is_refused(void **state)
{
    uint8_t text[TEXT_MAX];
    size_t length = make_1_2(text, 23, 65);

    (void)state;
    check_fixed_bytes(text, length, 69);
    length = make_1_2(text, 24, 97);
    check_fixed_bytes(text, length, 69);
    length = make_1_2(text, 29, 32);
    check_fixed_bytes(text, length, 68);
}

static void the_clients_context_is_not_ours(void **state)
{
    uint8_t text[TEXT_MAX];
    size_t length = make_1_3(text, 32);

    (void)state;
    memcpy(text + 64, "TLS 1.3, client CertificateVerify", 33);
    assert_int_equal(keys_text_shape(text, length), KEYS_SHAPE_NONE);
}

static void randoms_can_not_turn_one_shape_into_the_other(void **state)
{
    uint8_t text[TEXT_MAX];
    size_t length = make_1_2(text, 23, 65);

    (void)state;
    memset(text, ' ', 64);
    assert_int_equal(keys_text_shape(text, length), KEYS_SHAPE_TLS_1_2);
    (void)make_1_2(text, 29, 32);
    memset(text, ' ', 64);
    assert_int_equal(keys_text_shape(text, 130), KEYS_SHAPE_NONE);
    assert_int_equal(keys_text_shape(text, 146), KEYS_SHAPE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tls_1_3_texts_are_known),
        cmocka_unit_test(tls_1_2_texts_are_known_on_three_curves),
        cmocka_unit_test(every_other_length_is_refused),
        cmocka_unit_test(every_changed_byte_of_tls_1_3_is_refused_but_in_the_hash),
        cmocka_unit_test(every_changed_byte_of_tls_1_2_parameters_is_refused),
        cmocka_unit_test(the_clients_context_is_not_ours),
        cmocka_unit_test(randoms_can_not_turn_one_shape_into_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
