#include "text.h"

#include "test.h"

#include <string.h>

static void escaped_bytes_are_printable_ascii(void **state)
{
    char out[64];

    (void)state;
    assert_string_equal(text_escape(out, sizeof(out), "a b~", 4), "a b~");
    assert_string_equal(text_escape(out, sizeof(out), "\"\\\n\x1b\x7f\x80\xff\0", 8),
        "\\x22\\x5c\\x0a\\x1b\\x7f\\x80\\xff\\x00");
    assert_string_equal(text_escape(out, sizeof(out), "\x1f\x20\x7e", 3), "\\x1f ~");
    assert_string_equal(text_escape(out, sizeof(out), NULL, 0), "");
}

/* Every text of every length against every size: whole when it fits, else cut with dots.
 */
static void what_fits_is_whole_and_what_does_not_is_cut(void **state)
{
    static const char *const texts[] = {"abcdefghijklmnopqrstuvwxyz",
        "\n\n\n\n\n\n\n\n\n\n\n\n", "ab\ncd\nefg\nhij\nk\nl", "abcdefghijk\n"};

    (void)state;
    for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
        for (size_t length = 0; length <= strlen(texts[k]); length++) {
            char whole[256];
            (void)text_escape(whole, sizeof(whole), texts[k], length);
            for (size_t size = 8; size < 64; size++) {
                char out[64];
                memset(out, '#', sizeof(out));
                assert_ptr_equal(text_escape(out, size, texts[k], length), out);
                size_t n = strnlen(out, sizeof(out));
                assert_true(n < size);
                if (strlen(whole) < size) {
                    assert_string_equal(out, whole);
                } else {
                    assert_string_equal(out + n - 3, "...");
                    assert_memory_equal(out, whole, n - 3);
                    assert_true(n - 3 + 4 + 3 + 1 > size); /* no room was wasted */
                }
                if (size < sizeof(out)) {
                    assert_int_equal(out[size], '#');
                }
            }
        }
    }
}

static void check_number(
    const char *text, int64_t min, int64_t max, bool good, int64_t want)
{
    int64_t value = 77;
    enum err e = text_to_i64(text, strlen(text), min, max, &value);

    assert_int_equal(e, good ? OK : ERR_INVALID);
    assert_true(value == (good ? want : 77));
}

static void numbers_at_their_borders(void **state)
{
    (void)state;
    check_number("0", 0, 0, true, 0);
    check_number("-0", 0, 0, true, 0);
    check_number("007", 0, 9, true, 7);
    check_number("1", 0, 0, false, 0);
    check_number("-1", 0, 0, false, 0);
    check_number("10", -10, 10, true, 10);
    check_number("11", -10, 10, false, 0);
    check_number("-10", -10, 10, true, -10);
    check_number("-11", -10, 10, false, 0);
    check_number("9223372036854775807", INT64_MIN, INT64_MAX, true, INT64_MAX);
    check_number("9223372036854775808", INT64_MIN, INT64_MAX, false, 0);
    check_number("-9223372036854775808", INT64_MIN, INT64_MAX, true, INT64_MIN);
    check_number("-9223372036854775809", INT64_MIN, INT64_MAX, false, 0);
    check_number("92233720368547758070", INT64_MIN, INT64_MAX, false, 0);
}

static void what_is_not_all_digits_is_no_number(void **state)
{
    static const char *const bad[] = {
        "", "-", "+1", " 1", "1 ", "1.0", "0x1", "1e3", "--1", "1-", "/", ":", "1\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        check_number(bad[i], INT64_MIN, INT64_MAX, false, 0);
    }
    int64_t value = 0;
    assert_int_equal(text_to_i64("1234", 2, 0, 99, &value), OK);
    assert_int_equal(value, 12);
    assert_int_equal(text_to_i64("1\0", 2, 0, 99, &value), ERR_INVALID);
}

static const char *const good_utf8[] = {"a", "\x7f", "\xc2\x80", "\xdf\xbf",
    "\xe0\xa0\x80", "\xe0\xbf\xbf", "\xe1\x80\x80", "\xec\xbf\xbf", "\xed\x80\x80",
    "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
    "\xf0\xbf\xbf\xbf", "\xf1\x80\x80\x80", "\xf3\xbf\xbf\xbf", "\xf4\x80\x80\x80",
    "\xf4\x8f\xbf\xbf"};

static const char *const bad_utf8[] = {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2\x7f",
    "\xc2\xc0", "\xdf\xff", "\xe0\x9f\xbf", "\xe0\xc0\x80", "\xe1\x7f\x80",
    "\xe1\x80\x7f", "\xe1\x80\xc0", "\xed\xa0\x80", "\xed\xbf\xbf", "\xef\xbf\x7f",
    "\xf0\x8f\xbf\xbf", "\xf0\x90\x80\x7f", "\xf0\x90\x7f\x80", "\xf0\x90\x80\xc0",
    "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xff"};

static void well_formed_utf8_is_accepted_and_each_cut_of_it_refused(void **state)
{
    (void)state;
    assert_true(text_is_utf8(NULL, 0));
    for (size_t i = 0; i < sizeof(good_utf8) / sizeof(good_utf8[0]); i++) {
        size_t length = strlen(good_utf8[i]);
        char doubled[16];
        assert_true(text_is_utf8(good_utf8[i], length));
        memcpy(doubled, good_utf8[i], length);
        memcpy(doubled + length, good_utf8[i], length);
        for (size_t n = 0; n <= 2 * length; n++) {
            assert_int_equal(text_is_utf8(doubled, n), n % length == 0);
        }
    }
    assert_true(text_is_utf8("\0", 1));
}

static void malformed_utf8_is_refused_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad_utf8) / sizeof(bad_utf8[0]); i++) {
        size_t length = strlen(bad_utf8[i]);
        char text[16] = "ab";
        assert_false(text_is_utf8(bad_utf8[i], length));
        memcpy(text + 2, bad_utf8[i], length);
        text[2 + length] = 'c';
        assert_false(text_is_utf8(text, length + 3));
    }
}

static void the_distance_counts_edits(void **state)
{
    (void)state;
    assert_int_equal(text_distance("", ""), 0);
    assert_int_equal(text_distance("abc", "abc"), 0);
    assert_int_equal(text_distance("", "abc"), 3);
    assert_int_equal(text_distance("abc", ""), 3);
    assert_int_equal(text_distance("abc", "abd"), 1);
    assert_int_equal(text_distance("abc", "ac"), 1);
    assert_int_equal(text_distance("ac", "abc"), 1);
    assert_int_equal(text_distance("kitten", "sitting"), 3);
    assert_int_equal(text_distance("sitting", "kitten"), 3);
    assert_int_equal(text_distance("listeners", "listener"), 1);
}

static void the_distance_looks_at_32_bytes(void **state)
{
    const char *a = "0123456789abcdef0123456789abcdef";
    const char *b = "0123456789abcdef0123456789abcdefXYZ";

    (void)state;
    assert_int_equal(text_distance(a, b), 0);
    assert_int_equal(text_distance(b, "0123456789abcdef0123456789abcdeY"), 1);
}

static void check_json(const char *bytes, size_t length, const char *want)
{
    struct buf b;

    buf_init(&b, 4096);
    text_add_json(&b, bytes, length);
    buf_add(&b, "", 1);
    assert_int_equal(buf_error(&b), OK);
    assert_string_equal((const char *)b.bytes, want);
    buf_fini(&b);
}

static void a_json_string_escapes_what_it_must(void **state)
{
    (void)state;
    check_json(NULL, 0, "\"\"");
    check_json("a b", 3, "\"a b\"");
    check_json("\"\\/", 3, "\"\\\"\\\\/\"");
    check_json("\0\x01\n\x1f \x7f", 6, "\"\\u0000\\u0001\\u000a\\u001f \\u007f\"");
    check_json("\xc3\xa4\xf0\x9f\x98\x80", 6, "\"\xc3\xa4\xf0\x9f\x98\x80\"");
}

static void a_json_string_holds_no_control_of_a_terminal(void **state)
{
    (void)state;
    check_json(
        "\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", 8, "\"\\u0080\\u009b\\u009f\xc2\xa0\"");
}

static void bytes_that_are_not_utf8_become_the_replacement_character(void **state)
{
    (void)state;
    check_json("a\xff"
               "b",
        3,
        "\"a\xef\xbf\xbd"
        "b\"");
    check_json("\xe1\x80", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"");
    check_json("\xed\xa0\x80\"", 4, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\\\"\"");
}

static void check_control(const char *text, size_t expected)
{
    if (text_control(text, strlen(text)) != expected) {
        fail_msg("%s", text);
    }
}

static void controls_are_known_by_their_bytes(void **state)
{
    (void)state;
    assert_int_equal(text_control("", 0), 0);
    assert_int_equal(text_control("\0", 1), 1);
    check_control("\n", 1);
    check_control("\x1f", 1);
    check_control(" ", 0);
    check_control("\x7f", 1);
    check_control("\xc2\x80", 2);
    check_control("\xc2\x9f", 2);
    check_control("\xc2\xa0", 0);
    check_control("\xd8\x9c", 2);
    check_control("\xd8\x9b", 0);
    check_control("\xe2\x80\x8d", 0); /* joins what some scripts need joined */
    check_control("\xe2\x80\x8e", 3);
    check_control("\xe2\x80\x8f", 3);
    check_control("\xe2\x80\x90", 0);
    check_control("\xe2\x80\xa7", 0);
    check_control("\xe2\x80\xa8", 3);
    check_control("\xe2\x80\xae", 3);
    check_control("\xe2\x80\xaf", 0);
    check_control("\xe2\x81\xa5", 0);
    check_control("\xe2\x81\xa6", 3);
    check_control("\xe2\x81\xa9", 3);
    check_control("\xef\xbb\xbf", 3);
    check_control("\xf0\x9f\x98\x80", 0);
    check_control("\xe2\x80", 0); /* no character at all */
    check_control("\xff", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(controls_are_known_by_their_bytes),
        cmocka_unit_test(escaped_bytes_are_printable_ascii),
        cmocka_unit_test(what_fits_is_whole_and_what_does_not_is_cut),
        cmocka_unit_test(numbers_at_their_borders),
        cmocka_unit_test(what_is_not_all_digits_is_no_number),
        cmocka_unit_test(well_formed_utf8_is_accepted_and_each_cut_of_it_refused),
        cmocka_unit_test(malformed_utf8_is_refused_anywhere),
        cmocka_unit_test(the_distance_counts_edits),
        cmocka_unit_test(the_distance_looks_at_32_bytes),
        cmocka_unit_test(a_json_string_escapes_what_it_must),
        cmocka_unit_test(a_json_string_holds_no_control_of_a_terminal),
        cmocka_unit_test(bytes_that_are_not_utf8_become_the_replacement_character),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
