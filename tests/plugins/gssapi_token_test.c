#include "gssapi_token.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t good[] = {0x60, 0x11, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12,
    0x01, 0x02, 0x02, 0x01, 0x00, 0x6e, 0x82, 0x01, 0x02};

/* In a block of its very size. */
static bool is_krb5(const uint8_t *bytes, size_t length)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);

    assert_non_null(copy);
    memcpy(copy, bytes, length);
    bool answer = gssapi_token_is_krb5(copy, length);
    free(copy);
    return answer;
}

static void a_frame_of_kerberos_is_taken(void **state)
{
    uint8_t longer[2 + 4 + sizeof(good)] = {0x60, 0x84, 0, 0, 0, sizeof(good) - 2};

    (void)state;
    assert_true(is_krb5(good, sizeof(good)));
    memcpy(longer + 6, good + 2, sizeof(good) - 2);
    assert_true(is_krb5(longer, 6 + sizeof(good) - 2));
    longer[1] = 0x85; /* five bytes of length */
    assert_false(is_krb5(longer, 6 + sizeof(good) - 2));
    longer[1] = 0x80; /* no length at all */
    assert_false(is_krb5(longer, 6 + sizeof(good) - 2));
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    for (size_t length = 0; length < sizeof(good); length++) {
        assert_false(is_krb5(good, length));
    }
}

static void one_byte_more_is_refused(void **state)
{
    uint8_t more[sizeof(good) + 1] = {0};

    (void)state;
    memcpy(more, good, sizeof(good));
    assert_false(is_krb5(more, sizeof(more)));
}

static void every_wrong_bit_of_the_head_is_refused(void **state)
{
    uint8_t wrong[sizeof(good)];

    (void)state;
    for (size_t at = 0; at < 15; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(wrong, good, sizeof(good));
            wrong[at] ^= (uint8_t)(1u << bit);
            assert_false(is_krb5(wrong, sizeof(wrong)));
        }
    }
}

static void a_frame_without_its_content_is_refused(void **state)
{
    static const uint8_t empty[] = {0x60, 0x00};
    static const uint8_t only_oid[] = {
        0x60, 0x0b, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02};

    (void)state;
    assert_false(is_krb5(empty, sizeof(empty)));
    assert_false(is_krb5(only_oid, sizeof(only_oid)));
}

static void a_choice_has_four_bytes_and_a_name(void **state)
{
    struct gssapi_choice choice;

    (void)state;
    for (size_t length = 0; length < 4; length++) {
        assert_false(gssapi_choice_parse(&choice, "\1\0\0\0", length));
    }
    assert_true(gssapi_choice_parse(&choice, "\1\0\0\0", 4));
    assert_int_equal(choice.layer, GSSAPI_LAYER_NONE);
    assert_int_equal(choice.authzid_length, 0);
    assert_true(gssapi_choice_parse(&choice, "\4\1\0\0bob", 7));
    assert_int_equal(choice.layer, 4);
    assert_int_equal(choice.authzid_length, 3);
    assert_memory_equal(choice.authzid, "bob", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_of_kerberos_is_taken),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(one_byte_more_is_refused),
        cmocka_unit_test(every_wrong_bit_of_the_head_is_refused),
        cmocka_unit_test(a_frame_without_its_content_is_refused),
        cmocka_unit_test(a_choice_has_four_bytes_and_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
