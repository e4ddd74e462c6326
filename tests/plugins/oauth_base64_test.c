#include "oauth_base64.h"

#include "oauth_forge.h"
#include "test.h"

#include <string.h>

static enum err decode(const char *text, uint8_t *out, size_t size, size_t *length_out)
{
    return oauth_base64_decode(
        out, size, (struct schloss_auth_bytes){text, strlen(text)}, length_out);
}

static void assert_decodes(const char *text, const void *expected, size_t length)
{
    uint8_t out[64];
    size_t got = 99;

    assert_int_equal(decode(text, out, sizeof(out), &got), OK);
    assert_int_equal(got, length);
    assert_memory_equal(out, expected, length);
}

static void assert_refused(const char *text)
{
    uint8_t out[64];
    size_t length = 77;

    assert_int_equal(decode(text, out, sizeof(out), &length), ERR_INVALID);
    assert_int_equal(length, 77);
}

static void texts_become_the_bytes_of_the_standard(void **state)
{
    (void)state;
    assert_decodes("", "", 0);
    assert_decodes("Zg", "f", 1);
    assert_decodes("Zm8", "fo", 2);
    assert_decodes("Zm9v", "foo", 3);
    assert_decodes("Zm9vYg", "foob", 4);
    assert_decodes("Zm9vYmFy", "foobar", 6);
    assert_decodes("-_-_", "\xfb\xff\xbf", 3);
    assert_decodes("AAAA", "\0\0\0", 3);
}

static void padding_blanks_and_other_alphabets_are_refused(void **state)
{
    (void)state;
    assert_refused("Zg==");
    assert_refused("Zm8=");
    assert_refused(" Zm9v");
    assert_refused("Zm9v ");
    assert_refused("Zm9v\n");
    assert_refused("Zm\n9v");
    assert_refused("+/+/");
    assert_refused("Zm9.");
    assert_refused("\xc3\xa9zz");
}

static void what_is_left_over_must_be_zero(void **state)
{
    (void)state;
    assert_refused("Zh"); /* as "Zg", with a bit more */
    assert_refused("Zv");
    assert_refused("Zm9");
    assert_refused("Z");
    assert_refused("Zm9vY");
    assert_refused("A");
}

static void each_byte_string_comes_back_from_its_only_text(void **state)
{
    uint8_t bytes[40];
    uint8_t out[40];
    struct buf text;
    size_t length;

    (void)state;
    for (size_t n = 0; n <= sizeof(bytes); n++) {
        for (size_t i = 0; i < n; i++) {
            bytes[i] = (uint8_t)(i * 67 + n * 31);
        }
        buf_init(&text, 100);
        forge_base64(&text, bytes, n);
        const struct schloss_auth_bytes view = {text.bytes, text.length};
        assert_int_equal(oauth_base64_decode(out, n, view, &length), OK);
        assert_int_equal(length, n);
        assert_memory_equal(out, bytes, n);
        assert_true(OAUTH_BASE64_SIZE(text.length) >= n);
        if (n > 0) {
            assert_int_equal(oauth_base64_decode(out, n - 1, view, &length), ERR_FULL);
        }
        buf_fini(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_become_the_bytes_of_the_standard),
        cmocka_unit_test(padding_blanks_and_other_alphabets_are_refused),
        cmocka_unit_test(what_is_left_over_must_be_zero),
        cmocka_unit_test(each_byte_string_comes_back_from_its_only_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
