#include "x509_deny.h"

#include "mem.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define PAIRS                                                                            \
    "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:"                                   \
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"

static const uint8_t issuer[X509_FINGERPRINT_SIZE] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55,
    0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x00, 0x11, 0x22, 0x33,
    0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
static const uint8_t other_issuer[X509_FINGERPRINT_SIZE] = {1};
static const uint8_t serial[] = {0x0a, 0x1b, 0x2c};

static bool denies(const char *text, const uint8_t *from, const uint8_t *number, size_t n)
{
    struct x509_deny d;
    struct x509_deny_problem problem;

    x509_deny_init(&d);
    assert_int_equal(x509_deny_parse(&d, text, strlen(text), &problem), OK);
    bool answer = x509_deny_has(&d, from, number, n);
    x509_deny_fini(&d);
    return answer;
}

static void a_line_denies_one_serial_of_one_issuer(void **state)
{
    static const uint8_t padded[] = {0x00, 0x0a, 0x1b, 0x2c};
    static const uint8_t longer[] = {0x0a, 0x1b, 0x2c, 0x00};
    static const char *const lines[] = {DIGITS " a1b2c\n", DIGITS " 0A1B2C\n",
        PAIRS " 00000A1b2C\n", "# lost\n\n" DIGITS " A1B2C\n# end\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_true(denies(lines[i], issuer, serial, sizeof(serial)));
        assert_true(denies(lines[i], issuer, padded, sizeof(padded)));
        assert_false(denies(lines[i], issuer, longer, sizeof(longer)));
        assert_false(denies(lines[i], issuer, serial, sizeof(serial) - 1));
        assert_false(denies(lines[i], other_issuer, serial, sizeof(serial)));
        assert_false(denies(lines[i], NULL, serial, sizeof(serial)));
    }
}

static void a_star_denies_the_serial_of_every_issuer(void **state)
{
    static const uint8_t zero[] = {0x00};

    (void)state;
    assert_true(denies("* a1b2c\n", issuer, serial, sizeof(serial)));
    assert_true(denies("* a1b2c\n", other_issuer, serial, sizeof(serial)));
    assert_true(denies("* a1b2c\n", NULL, serial, sizeof(serial)));
    assert_false(denies("* a1b2d\n", issuer, serial, sizeof(serial)));
    assert_true(denies("* 0\n", issuer, zero, sizeof(zero)));
    assert_true(denies("* 00\n", issuer, zero, 0));
    assert_false(denies("* 0\n", issuer, serial, sizeof(serial)));
    assert_false(denies("", issuer, serial, sizeof(serial)));
}

static void the_longest_serial_is_found_and_a_longer_one_is_not(void **state)
{
    uint8_t longest[X509_SERIAL_MAX + 1];
    char line[2 * X509_SERIAL_MAX + 8] = "* ";

    (void)state;
    memset(longest, 0xee, sizeof(longest));
    memset(line + 2, 'e', 2 * X509_SERIAL_MAX);
    line[2 + 2 * X509_SERIAL_MAX] = '\n';
    assert_true(denies(line, issuer, longest, X509_SERIAL_MAX));
    assert_false(denies(line, issuer, longest, X509_SERIAL_MAX + 1));
    assert_false(denies(line, issuer, longest, X509_SERIAL_MAX - 1));
}

static void check_refused(const char *text, size_t line)
{
    struct x509_deny d;
    struct x509_deny_problem problem = {.line = 0};

    x509_deny_init(&d);
    assert_int_equal(x509_deny_parse(&d, text, strlen(text), &problem), ERR_INVALID);
    assert_int_equal(problem.line, line);
    assert_non_null(problem.message);
    x509_deny_fini(&d);
}

static void a_bad_line_is_refused_with_its_number(void **state)
{
    char serial_too_long[2 * X509_SERIAL_MAX + 8] = "* ";

    (void)state;
    check_refused("* 1", 1);
    check_refused("# whole\n* 1\n* 2", 3);
    check_refused("*\n", 1);
    check_refused("\n* \n", 2);
    check_refused("* x\n", 1);
    check_refused("* 1 \n", 1);
    check_refused("*  1\n", 1);
    check_refused("* -1\n", 1);
    check_refused("* 1\r\n", 1);
    check_refused(" * 1\n", 1);
    check_refused("** 1\n", 1);
    check_refused("\n\n" DIGITS "0 1\n", 3);
    check_refused(DIGITS ": 1\n", 1);
    check_refused(PAIRS ": 1\n", 1);
    check_refused("g" DIGITS " 1\n", 1);
    check_refused("00-11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:"
                  "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF 1\n",
        1);
    memset(serial_too_long + 2, '1', 2 * X509_SERIAL_MAX + 1);
    serial_too_long[3 + 2 * X509_SERIAL_MAX] = '\n';
    check_refused(serial_too_long, 1);
}

static void a_list_that_is_too_long_is_refused(void **state)
{
    struct x509_deny d;
    struct x509_deny_problem problem = {.line = 0};
    char *text = malloc(16 * (X509_DENY_MAX + 1));
    size_t length = 0;

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < X509_DENY_MAX; i++) {
        length += (size_t)sprintf(text + length, "* %zx\n", i);
    }
    x509_deny_init(&d);
    assert_int_equal(x509_deny_parse(&d, text, length, &problem), OK);
    x509_deny_fini(&d);
    length += (size_t)sprintf(text + length, "* %zx\n", X509_DENY_MAX);
    x509_deny_init(&d);
    assert_int_equal(x509_deny_parse(&d, text, length, &problem), ERR_INVALID);
    assert_int_equal(problem.line, X509_DENY_MAX + 1);
    x509_deny_fini(&d);
    assert_int_equal(
        x509_deny_parse(&d, text, X509_DENY_FILE_MAX + 1, &problem), ERR_INVALID);
    free(text);
}

static void no_memory_is_an_error(void **state)
{
    struct x509_deny d;
    struct x509_deny_problem problem;

    (void)state;
    x509_deny_init(&d);
    mem_fail_after(0);
    assert_int_equal(x509_deny_parse(&d, "* 1\n", 4, &problem), ERR_NOMEM);
    mem_fail_after(-1);
    x509_deny_fini(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_denies_one_serial_of_one_issuer),
        cmocka_unit_test(a_star_denies_the_serial_of_every_issuer),
        cmocka_unit_test(the_longest_serial_is_found_and_a_longer_one_is_not),
        cmocka_unit_test(a_bad_line_is_refused_with_its_number),
        cmocka_unit_test(a_list_that_is_too_long_is_refused),
        cmocka_unit_test(no_memory_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
