#include "token_uri.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

static void check_field(const struct token_field *f, const char *expected, size_t length)
{
    assert_int_equal(f->length, length);
    assert_memory_equal(f->bytes, expected, length);
}

static void check_bad(const char *text, const char *expected)
{
    struct token_uri u = {.token.length = 99};
    const char *why = token_uri_parse(text, &u);

    assert_non_null(why);
    if (strstr(why, expected) == NULL) {
        fail_msg("%s: %s", text, why);
    }
    assert_int_equal(u.token.length, 99); /* written on success only */
}

static void a_uri_names_a_token_and_a_key(void **state)
{
    struct token_uri u;

    (void)state;
    assert_null(token_uri_parse("pkcs11:token=schloss;object=broker", &u));
    check_field(&u.token, "schloss", 7);
    check_field(&u.object, "broker", 6);
    assert_int_equal(u.serial.length, 0);
    assert_int_equal(u.id.length, 0);
    assert_null(
        token_uri_parse("pkcs11:type=private;id=%00%Ff;serial=0123456789abcdef", &u));
    check_field(&u.id, "\0\xff", 2);
    check_field(&u.serial, "0123456789abcdef", 16);
    assert_int_equal(u.token.length, 0);
}

static void values_are_decoded(void **state)
{
    struct token_uri u;

    (void)state;
    assert_null(token_uri_parse("pkcs11:token=My%20token%c3%A9;object=a%3bb=c&d", &u));
    check_field(&u.token, "My token\xc3\xa9", 10);
    check_field(&u.object, "a;b=c&d", 7);
}

static void what_is_not_named_is_refused(void **state)
{
    (void)state;
    check_bad("", "does not begin with pkcs11:");
    check_bad("PKCS11:token=a;object=b", "does not begin with pkcs11:");
    check_bad("pkcs11:", "without a value");
    check_bad("pkcs11:object=b", "names no token");
    check_bad("pkcs11:token=a", "names no key");
    check_bad("pkcs11:token=a;object=b;", "without a value");
    check_bad("pkcs11:token=;object=b", "without a value");
    check_bad("pkcs11:token;object=b", "without a value");
}

static void what_is_not_known_is_refused(void **state)
{
    (void)state;
    check_bad("pkcs11:token=a;object=b;slot-id=1", "none of token, serial");
    check_bad("pkcs11:token=a;object=b;Token=c", "none of token, serial");
    check_bad("pkcs11:token=a;object=b;type=public", "leave type out");
    check_bad("pkcs11:token=a;object=b;token=a", "twice");
    check_bad("pkcs11:token=a;object=b?pin-value=1234", "has a query");
    check_bad("pkcs11:token=a;object=b?module-path=/x.so", "has a query");
}

static void what_is_written_wrong_is_refused(void **state)
{
    (void)state;
    check_bad("pkcs11:token=a b;object=b", "%XX");
    check_bad("pkcs11:token=a/b;object=b", "%XX");
    check_bad("pkcs11:token=\xc3\xa9;object=b", "%XX");
    check_bad("pkcs11:token=a;object=b%", "two hexadecimal digits");
    check_bad("pkcs11:token=a;object=b%4", "two hexadecimal digits");
    check_bad("pkcs11:token=a;object=b%4g", "two hexadecimal digits");
    check_bad("pkcs11:token=a;object=b%00", "not UTF-8 text");
    check_bad("pkcs11:token=a;object=b%0a", "not UTF-8 text");
    check_bad("pkcs11:token=%ff;object=b", "not UTF-8 text");
}

/* "pkcs11:token=t;NAME=x..." with that many x. */
static const char *with_value(char *out, size_t size, const char *name, size_t length)
{
    int n = snprintf(out, size, "pkcs11:object=o;%s=", name);

    assert_true(n > 0 && (size_t)n + length < size);
    memset(out + n, 'x', length);
    out[(size_t)n + length] = '\0';
    return out;
}

static void values_are_no_longer_than_their_fields(void **state)
{
    char text[TOKEN_URI_MAX + 100];
    struct token_uri u;

    (void)state;
    assert_null(token_uri_parse(with_value(text, sizeof(text), "token", 32), &u));
    check_bad(with_value(text, sizeof(text), "token", 33), "too long");
    assert_null(token_uri_parse(with_value(text, sizeof(text), "serial", 16), &u));
    check_bad(with_value(text, sizeof(text), "serial", 17), "too long");
    check_bad(with_value(text, sizeof(text), "id", 65), "too long");
    check_bad(with_value(text, sizeof(text), "token", TOKEN_URI_MAX), "is too long");
    text[0] = '\0';
    (void)strcat(text, "pkcs11:token=t;object=");
    memset(text + strlen(text), 'x', 255);
    text[22 + 255] = '\0';
    assert_null(token_uri_parse(text, &u));
    assert_int_equal(u.object.length, 255);
    (void)strcat(text, "x");
    check_bad(text, "too long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_uri_names_a_token_and_a_key),
        cmocka_unit_test(values_are_decoded),
        cmocka_unit_test(what_is_not_named_is_refused),
        cmocka_unit_test(what_is_not_known_is_refused),
        cmocka_unit_test(what_is_written_wrong_is_refused),
        cmocka_unit_test(values_are_no_longer_than_their_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
