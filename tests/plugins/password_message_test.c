#include "password_message.h"

#include "test.h"

#include <string.h>

#define PARSE(out, text) password_message_parse(out, text, sizeof(text) - 1)

static void assert_reason(
    const void *bytes, size_t length, enum schloss_auth_reason expected)
{
    struct password_message m = {.name_length = 77};

    assert_int_equal(password_message_parse(&m, bytes, length), expected);
    if (expected != SCHLOSS_AUTH_REASON_NONE) {
        assert_int_equal(m.name_length, 77); /* written on success only */
    }
}

#define REFUSED(text) assert_reason(text, sizeof(text) - 1, SCHLOSS_AUTH_REASON_MALFORMED)

static void a_message_has_three_parts(void **state)
{
    struct password_message m;

    (void)state;
    assert_int_equal(PARSE(&m, "\0alice\0secret"), SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(m.name_length, 5);
    assert_memory_equal(m.name, "alice", 5);
    assert_int_equal(m.password_length, 6);
    assert_memory_equal(m.password, "secret", 6);
}

static void who_asks_for_himself_is_himself(void **state)
{
    struct password_message m;

    (void)state;
    assert_int_equal(PARSE(&m, "alice\0alice\0secret"), SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(m.name_length, 5);
}

static void nobody_acts_for_another(void **state)
{
    struct password_message m;

    (void)state;
    assert_int_equal(
        PARSE(&m, "bobby\0alice\0secret"), SCHLOSS_AUTH_REASON_OTHER_IDENTITY);
    assert_int_equal(PARSE(&m, "bob\0alice\0x"), SCHLOSS_AUTH_REASON_OTHER_IDENTITY);
    assert_int_equal(PARSE(&m, "alic\0alice\0x"), SCHLOSS_AUTH_REASON_OTHER_IDENTITY);
    assert_int_equal(PARSE(&m, "alicee\0alice\0x"), SCHLOSS_AUTH_REASON_OTHER_IDENTITY);
    assert_int_equal(PARSE(&m, "admin\0alice\0x"), SCHLOSS_AUTH_REASON_OTHER_IDENTITY);
}

static void what_is_not_three_parts_is_refused(void **state)
{
    (void)state;
    REFUSED("");
    REFUSED("\0");
    REFUSED("alice");
    REFUSED("alice\0secret");
    REFUSED("\0alice");
    REFUSED("\0alice\0");            /* no password */
    REFUSED("\0\0secret");           /* no user */
    REFUSED("\0alice\0secret\0");    /* a fourth part, empty */
    REFUSED("\0alice\0secret\0bob"); /* a fourth part */
    REFUSED("\0\0\0");
    REFUSED("\0al:ice\0secret");
    REFUSED("\0 alice\0secret"); /* Cyrus would strip the blank */
    REFUSED("\0alice \0secret");
    REFUSED("\0al\nice\0secret");
    REFUSED("\0al\xff"
            "ice\0secret");
}

static void every_truncation_before_the_password_is_an_error(void **state)
{
    static const char message[] = "\0alice\0secret";

    (void)state;
    for (size_t length = 0; length <= 7; length++) {
        assert_reason(message, length, SCHLOSS_AUTH_REASON_MALFORMED);
    }
    assert_reason(message, 8, SCHLOSS_AUTH_REASON_NONE); /* a password of one byte */
}

static size_t compose(char *out, size_t asked, size_t name, size_t password)
{
    memset(out, 'a', asked);
    out[asked] = '\0';
    memset(out + asked + 1, 'a', name);
    out[asked + 1 + name] = '\0';
    memset(out + asked + name + 2, 'p', password);
    return asked + name + 2 + password;
}

static void lengths_are_bounded(void **state)
{
    static char bytes[1 << 20];

    (void)state;
    size_t length = compose(bytes, 0, 255, 8);
    assert_reason(bytes, length, SCHLOSS_AUTH_REASON_NONE);
    length = compose(bytes, 0, 256, 8);
    assert_reason(bytes, length, SCHLOSS_AUTH_REASON_MALFORMED);
    length = compose(bytes, 255, 255, 1024);
    assert_int_equal(length, PASSWORD_MESSAGE_MAX);
    assert_reason(bytes, length, SCHLOSS_AUTH_REASON_NONE);
    length = compose(bytes, 0, 255, 1024);
    assert_reason(bytes, length, SCHLOSS_AUTH_REASON_NONE);
    length = compose(bytes, 0, 255, 1025);
    assert_reason(bytes, length, SCHLOSS_AUTH_REASON_MALFORMED);
    length = compose(bytes, 255, 255, 1025);
    assert_reason(bytes, length, SCHLOSS_AUTH_REASON_TOO_LONG);
    length = compose(bytes, 0, 5, sizeof(bytes) - 7);
    assert_int_equal(length, sizeof(bytes));
    assert_reason(bytes, length, SCHLOSS_AUTH_REASON_TOO_LONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_has_three_parts),
        cmocka_unit_test(who_asks_for_himself_is_himself),
        cmocka_unit_test(nobody_acts_for_another),
        cmocka_unit_test(what_is_not_three_parts_is_refused),
        cmocka_unit_test(every_truncation_before_the_password_is_an_error),
        cmocka_unit_test(lengths_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
