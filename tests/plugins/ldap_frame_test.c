#include "ldap_frame.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

/* In a block of its own, so that a sanitizer sees what is read beyond. */
static bool accepts_at_once(const void *bytes, size_t length)
{
    struct ldap_frame f = {.left = 0};
    uint8_t *copy = malloc(length);

    memcpy(copy, bytes, length);
    bool good = ldap_frame_accept(&f, copy, length);
    free(copy);
    return good;
}

static bool accepts(const void *bytes, size_t length)
{
    struct ldap_frame f = {.left = 0};
    bool good = true;

    for (size_t i = 0; i < length; i++) {
        good = ldap_frame_accept(&f, (const uint8_t *)bytes + i, 1);
    }
    assert_int_equal(good, accepts_at_once(bytes, length));
    return good;
}

#define ACCEPTS(text) accepts(text, sizeof(text) - 1)

static void messages_of_any_length_form_go_through(void **state)
{
    (void)state;
    assert_true(ACCEPTS("\x30\x05\x02\x01\x01\x42\x00\x30\x05\x02\x01\x02\x42\x00"));
    assert_true(ACCEPTS("\x30\x81\x05\x02\x01\x01\x42\x00\x30\x05\x02\x01\x02\x42\x00"));
    assert_true(ACCEPTS("\x30\x84\x00\x00\x00\x05\x02\x01\x7f\x42\x00\x30"));
    assert_true(ACCEPTS("\x30\x08\x02\x04\x7f\xff\xff\xff\x42\x00\x30\x05\x02\x01\x01"));
    assert_true(ACCEPTS("\x30\x06\x02\x02\x00\x80\x42\x00"));
    assert_true(ACCEPTS("\x30\x84\x00\x01\x00\x00\x02\x01\x01"));
    /* What looks like another message within one is not looked at. */
    assert_true(ACCEPTS("\x30\x0a\x02\x01\x01\x04\x05\x30\x03\x02\x01\x00"));
}

static void a_message_of_nobody_does_not(void **state)
{
    (void)state;
    assert_false(
        ACCEPTS("\x30\x0e\x02\x01\x00\x78\x09\x0a\x01\x00\x04\x00\x04\x00\x8a\0"));
    assert_false(ACCEPTS("\x30\x05\x02\x01\x00"));
    assert_false(ACCEPTS("\x30\x81\x05\x02\x01\x00"));
    assert_false(ACCEPTS("\x30\x82\x00\x05\x02\x01\x00"));
    assert_false(ACCEPTS("\x30\x83\x00\x00\x05\x02\x01\x00"));
    assert_false(ACCEPTS("\x30\x84\x00\x00\x00\x05\x02\x01\x00"));
    assert_false(ACCEPTS("\x30\x06\x02\x02\x00\x00"));
    assert_false(ACCEPTS("\x30\x08\x02\x04\x00\x00\x00\x00"));
    assert_false(ACCEPTS("\x30\x05\x02\x01\x01\x42\x00\x30\x05\x02\x01\x00"));
}

static void what_is_no_message_does_not(void **state)
{
    (void)state;
    assert_false(ACCEPTS("H"));
    assert_false(ACCEPTS("\x31"));
    assert_false(ACCEPTS("\x30\x80"));
    assert_false(ACCEPTS("\x30\x85"));
    assert_false(ACCEPTS("\x30\xff"));
    assert_false(ACCEPTS("\x30\x00"));
    assert_false(ACCEPTS("\x30\x02"));
    assert_false(ACCEPTS("\x30\x84\x00\x01\x00\x01"));
    assert_false(ACCEPTS("\x30\x84\xff\xff\xff\xff"));
    assert_false(ACCEPTS("\x30\x05\x04"));
    assert_false(ACCEPTS("\x30\x05\x02\x00"));
    assert_false(ACCEPTS("\x30\x05\x02\x05"));
    assert_false(ACCEPTS("\x30\x05\x02\x81"));
    assert_false(ACCEPTS("\x30\x03\x02\x02"));
    assert_false(ACCEPTS("\x30\x05\x02\x01\xff"));
}

static void behind_a_bad_one_nothing_is_good_again(void **state)
{
    struct ldap_frame f = {.left = 0};

    (void)state;
    assert_false(ldap_frame_accept(&f, "\x30\x05\x02\x01\x00", 5));
    assert_false(ldap_frame_accept(&f, "\x42\x00\x30\x05\x02\x01\x01", 7));
    assert_false(ldap_frame_accept(&f, "", 0));
}

/* --- StartTLS --------------------------------------------------------------------------- */

static enum ldap_tls_answer answer(const void *bytes, size_t length)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);

    memcpy(copy, bytes, length);
    enum ldap_tls_answer a = ldap_frame_tls_answer(copy, length);
    free(copy);
    return a;
}

#define ANSWER(text) answer(text, sizeof(text) - 1)
#define YES          "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"

static void the_request_is_that_of_the_standard(void **state)
{
    (void)state;
    assert_memory_equal(ldap_frame_starttls,
        "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
        "1.3.6.1.4.1.1466.20037",
        sizeof(ldap_frame_starttls));
}

static void success_is_success_as_soon_as_it_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(YES) - 1; i++) {
        assert_int_equal(answer(YES, i), LDAP_TLS_ANSWER_PARTIAL);
    }
    assert_int_equal(ANSWER(YES), LDAP_TLS_ANSWER_YES);
    assert_int_equal(
        ANSWER("\x30\x0e\x02\x01\x01\x78\x09\x0a\x01\x00\x04\x00\x04\x00\x8a\0"),
        LDAP_TLS_ANSWER_YES);
    assert_int_equal(
        ANSWER(
            "\x30\x84\0\0\0\x12\x02\x01\x01\x78\x84\0\0\0\x09\x0a\x01\x00\x04\x00\x04\x00"
            "\x8a\x00"),
        LDAP_TLS_ANSWER_YES);
}

static void another_code_is_no(void **state)
{
    (void)state;
    assert_int_equal(ANSWER("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00"),
        LDAP_TLS_ANSWER_NO);
    assert_int_equal(ANSWER("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x80\x04\x00\x04\x00"),
        LDAP_TLS_ANSWER_NO);
}

static void what_is_no_answer_to_it_is_bad(void **state)
{
    (void)state;
    /* Of nobody; of another; a bind; no code; a wide code; something behind it, outside and
     * inside; a part that goes beyond. */
    assert_int_equal(
        ANSWER("\x30\x0e\x02\x01\x00\x78\x09\x0a\x01\x00\x04\x00\x04\x00\x8a\0"),
        LDAP_TLS_ANSWER_BAD);
    assert_int_equal(ANSWER("\x30\x0c\x02\x01\x02\x78\x07\x0a\x01\x00\x04\x00\x04\x00"),
        LDAP_TLS_ANSWER_BAD);
    assert_int_equal(ANSWER("\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00"),
        LDAP_TLS_ANSWER_BAD);
    assert_int_equal(ANSWER("\x30\x05\x02\x01\x01\x78\x00"), LDAP_TLS_ANSWER_BAD);
    assert_int_equal(ANSWER("\x30\x0d\x02\x01\x01\x78\x08\x0a\x02\0\0\x04\x00\x04\x00"),
        LDAP_TLS_ANSWER_BAD);
    assert_int_equal(ANSWER("\x30\x0b\x02\x01\x01\x78\x06\x0a\x00\x04\x00\x04\x00"),
        LDAP_TLS_ANSWER_BAD);
    assert_int_equal(ANSWER(YES "\x30"), LDAP_TLS_ANSWER_BAD);
    assert_int_equal(
        ANSWER("\x30\x0e\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00\x05\0"),
        LDAP_TLS_ANSWER_BAD);
    assert_int_equal(
        ANSWER("\x30\x0e\x02\x01\x01\x78\x09\x0a\x01\x00\x04\x00\x04\x00\x05\0"),
        LDAP_TLS_ANSWER_BAD);
    assert_int_equal(ANSWER("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x01"),
        LDAP_TLS_ANSWER_BAD);
    assert_int_equal(ANSWER("\x30\x0c\x02\x01\x01\x78\x08\x0a\x01\x00\x04\x00\x04\x00"),
        LDAP_TLS_ANSWER_BAD);
}

static void more_than_its_limit_is_bad_before_it_came(void **state)
{
    uint8_t most[LDAP_TLS_ANSWER_MAX + 1] = "\x30\x82\x01\xfc\x02\x01\x01";

    (void)state;
    assert_int_equal(answer(most, 7), LDAP_TLS_ANSWER_PARTIAL);
    assert_int_equal(answer(most, LDAP_TLS_ANSWER_MAX - 1), LDAP_TLS_ANSWER_PARTIAL);
    assert_int_equal(answer(most, LDAP_TLS_ANSWER_MAX), LDAP_TLS_ANSWER_BAD);
    assert_int_equal(answer(most, sizeof(most)), LDAP_TLS_ANSWER_BAD);
    most[3]++;
    assert_int_equal(answer(most, 7), LDAP_TLS_ANSWER_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_of_any_length_form_go_through),
        cmocka_unit_test(a_message_of_nobody_does_not),
        cmocka_unit_test(what_is_no_message_does_not),
        cmocka_unit_test(behind_a_bad_one_nothing_is_good_again),
        cmocka_unit_test(the_request_is_that_of_the_standard),
        cmocka_unit_test(success_is_success_as_soon_as_it_is_whole),
        cmocka_unit_test(another_code_is_no),
        cmocka_unit_test(what_is_no_answer_to_it_is_bad),
        cmocka_unit_test(more_than_its_limit_is_bad_before_it_came),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
