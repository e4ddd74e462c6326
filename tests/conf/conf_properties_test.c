#include "test.h"

#include "conf_properties.h"
#include "mem.h"

#include <string.h>

struct reading {
    struct arena arena;
    struct buf errors;
    struct report report;
    struct conf_properties *p;
};

static struct reading read_bytes(const char *text, size_t length)
{
    struct reading r;
    const struct conf_source file = {"a.properties", (const uint8_t *)text, length};

    arena_init(&r.arena, 16 << 20);
    buf_init(&r.errors, 1 << 20);
    r.p = mem_alloc(1, sizeof(*r.p));
    assert_non_null(r.p);
    report_init(&r.report, &r.errors);
    assert_int_equal(conf_properties_read(r.p, &file, 3, &r.arena, &r.report), OK);
    return r;
}

static struct reading read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

static void done(struct reading *r)
{
    arena_fini(&r->arena);
    buf_fini(&r->errors);
    mem_free(r->p);
}

static void check(const char *text, const char *key, const char *value)
{
    struct reading r = read_text(text);

    if (r.report.errors != 0 || r.p->count != 1 || strcmp(r.p->items[0].key, key) != 0 ||
        strcmp(r.p->items[0].value, value) != 0) {
        fail_msg("%s -> %zu items, '%s' '%s'; %.*s", text, r.p->count,
            r.p->count > 0 ? r.p->items[0].key : "",
            r.p->count > 0 ? r.p->items[0].value : "", (int)r.errors.length,
            (const char *)r.errors.bytes);
    }
    done(&r);
}

static void separators_are_those_of_java(void **state)
{
    (void)state;
    check("a=b", "a", "b");
    check("a:b", "a", "b");
    check("a b", "a", "b");
    check("a\tb", "a", "b");
    check("a\fb\n", "a", "b");
    check("  a = b  \n", "a", "b");
    check("a = = b", "a", "= b");
    check("a=:b", "a", ":b");
    check("a : b:c=d", "a", "b:c=d");
    check("a", "a", "");
    check("a=", "a", "");
    check("a=\n", "a", "");
    check("=b", "", "b");
    check("a=b # not a comment", "a", "b # not a comment");
    check("a=b\r\n", "a", "b");
    check("a=b\t c\t \n", "a", "b\t c");
}

static void comments_and_blank_lines_say_nothing(void **state)
{
    (void)state;
    check("# c=d\n\n   \n\t! e=f\n \f\na=b\n#", "a", "b");
    check("#c \\\na=b", "a", "b"); /* a comment is not continued */
    struct reading r = read_text("\n#\n!x\n \t\n\\\n\n");
    assert_int_equal(r.p->count, 0);
    assert_int_equal(r.report.errors, 0);
    done(&r);
    r = read_text("");
    assert_int_equal(r.p->count, 0);
    done(&r);
}

static void lines_continue_behind_a_backslash(void **state)
{
    (void)state;
    check("a=b\\\n  c", "a", "bc");
    check("a=b\\\r\n\t c\n", "a", "bc");
    check("a\\\n  b = c", "ab", "c");
    check("a\\\n = c", "a", "c");
    check("a=\\\n  # c", "a", "# c");
    check("a=b\\\\", "a", "b\\");
    check("a=b\\\\\\\nc", "a", "b\\c");
    check("a=b\\", "a", "b");
    check("a=b\\\n", "a", "b");
    check("a=b\\\n\n", "a", "b");
    struct reading r = read_text("a=b\\\\\nc=d\n");
    assert_int_equal(r.p->count, 2);
    done(&r);
}

static void escapes_are_those_of_java(void **state)
{
    (void)state;
    check("a\\ b\\=c\\:d=e", "a b=c:d", "e");
    check("\\#a=\\!b", "#a", "!b");
    check("a=x\\ty", "a", "x\ty");
    check("a=\\q\\\"\\'", "a", "q\"'");
    check("a=\\u0041\\u00e4\\u20ac\\u20AC", "a", "A\xc3\xa4\xe2\x82\xac\xe2\x82\xac");
}

static void check_bad(const char *text, const char *expected)
{
    struct reading r = read_text(text);
    char *errors = mem_copy_text(r.errors.bytes, r.errors.length);

    if (r.report.errors != 1 || strstr(errors, expected) == NULL) {
        fail_msg("%s -> %zu errors: %s", text, r.report.errors, errors);
    }
    mem_free(errors);
    done(&r);
}

/* It may be a password, misplaced here or in the line of another key. */
static void what_can_not_be_read_does_not_show_the_value(void **state)
{
    static const char *const texts[] = {"some.password=hunter2\\u12", "a: hunter2\\u12",
        "a =  \\\n  hunter2\\u12", "a\\u12=hunter2", "a=hunter2\x7f", "a=\xffhunter2"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct reading r = read_text(texts[i]);
        char *errors = mem_copy_text(r.errors.bytes, r.errors.length);
        assert_int_equal(r.report.errors, 1);
        assert_null(strstr(errors, "hunter"));
        mem_free(errors);
        done(&r);
    }
}

static void what_java_takes_in_silence_is_an_error(void **state)
{
    (void)state;
    check_bad("a=\\u12", ":1:3: error: broken \\u escape [CONF002]");
    check_bad("a=\\u", "[CONF002]");
    check_bad("a=\\u123", "[CONF002]");
    check_bad("a=\\u123g", "[CONF002]");
    check_bad("a=\\u12/4", "[CONF002]");
    check_bad("a=\\u12:4", "[CONF002]");
    check_bad("a=\\u12@4", "[CONF002]");
    check_bad("a=\\u12G4", "[CONF002]");
    check_bad("a=\\u12`4", "[CONF002]");
    check_bad("a=\\ud83d", "[CONF002]");
    check_bad("a=\\ud83dx", "[CONF002]");
    check_bad("a=\\ud83d\\n", "[CONF002]");
    check_bad("a=\\ud83d\\u0041", "[CONF002]");
    check_bad("a=\\ud83d\\ue000", "[CONF002]");
    check_bad("a=\\ude00", "[CONF002]");
    check_bad("a=\\u0000", "[CONF003]");
    check_bad("a=\\u001f", "[CONF003]");
    check_bad("a=\\n", "a control character in a key or value [CONF003]");
    check_bad("a=\x7f", "[CONF003]");
    check_bad("a=b\rc", "[CONF003]");
    check_bad("\x01=b", "[CONF003]");
    check_bad("a=\xff", "the line is not UTF-8 [CONF001]");
    check_bad("a=\xc3", "[CONF001]");
    check_bad("a\xff=b\xff", "[CONF001]"); /* once a line */
    struct reading r = read_bytes("a=b\0c\nd=e", 9);
    assert_int_equal(r.report.errors, 1);
    assert_int_equal(r.p->count, 1);
    done(&r);
    check("a=\\ud7ff\\ue000\\ud800\\udc00\\udbff\\udfff", "a",
        "\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
    check("a=\\u07ff\\u0800\\uffff\\u0020x", "a", "\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf x");
}

static void places_point_into_the_file(void **state)
{
    (void)state;
    struct reading r = read_text("# c\n  key = value  \nk2 = \\\n   v2\nk3\n");

    assert_int_equal(r.p->count, 3);
    assert_int_equal(r.p->items[0].source, 3);
    assert_int_equal(r.p->items[0].key_place.line, 2);
    assert_int_equal(r.p->items[0].key_place.offset, 2);
    assert_int_equal(r.p->items[0].key_place.span, 3);
    assert_int_equal(r.p->items[0].value_place.offset, 8);
    assert_int_equal(r.p->items[0].value_place.span, 5);
    assert_int_equal(r.p->items[1].key_place.line, 3);
    assert_int_equal(r.p->items[1].value_place.line, 4);
    assert_int_equal(r.p->items[1].value_place.offset, 3);
    assert_int_equal(r.p->items[1].value_place.span, 2);
    assert_int_equal(r.p->items[2].value_place.line, 5);
    assert_int_equal(r.p->items[2].value_place.offset, 2);
    assert_int_equal(r.p->items[2].value_place.span, 1);
    done(&r);
}

static void keys_values_and_counts_have_limits(void **state)
{
    (void)state;
    static char text[CONF_FILE_MAX + 2];

    memset(text, 'k', CONF_KEY_MAX);
    text[CONF_KEY_MAX] = '=';
    memset(text + CONF_KEY_MAX + 1, 'v', CONF_VALUE_MAX + 1);
    struct reading r = read_bytes(text, CONF_KEY_MAX + 1 + CONF_VALUE_MAX);
    assert_int_equal(r.p->count, 1);
    assert_int_equal(strlen(r.p->items[0].key), CONF_KEY_MAX);
    assert_int_equal(strlen(r.p->items[0].value), CONF_VALUE_MAX);
    done(&r);
    r = read_bytes(text, CONF_KEY_MAX + 2 + CONF_VALUE_MAX);
    assert_int_equal(r.report.errors, 1);
    done(&r);
    text[CONF_KEY_MAX] = 'k';
    r = read_bytes(text, CONF_KEY_MAX + 1);
    assert_int_equal(r.report.errors, 1);
    done(&r);

    memset(text, '\n', sizeof(text));
    r = read_bytes(text, CONF_FILE_MAX);
    assert_int_equal(r.report.errors, 0);
    done(&r);
    r = read_bytes(text, CONF_FILE_MAX + 1);
    assert_int_equal(r.report.errors, 1);
    done(&r);
    for (size_t i = 0; i < 1025; i++) {
        text[2 * i] = 'a';
    }
    r = read_bytes(text, (size_t)1024 * 2);
    assert_int_equal(r.p->count, 1024);
    assert_int_equal(r.report.errors, 0);
    done(&r);
    r = read_bytes(text, (size_t)1025 * 2);
    assert_int_equal(r.p->count, 1024);
    assert_int_equal(r.report.errors, 1);
    done(&r);
}

static void every_truncation_ends(void **state)
{
    (void)state;
    static const char text[] =
        "a\\ b = \\u00e4\\ud83d\\ude00 \\\r\n  c\\t\\\\\nd : e\\\n";

    for (size_t length = 0; length < sizeof(text); length++) {
        char *exact = mem_copy_text(text, length);
        struct reading r = read_bytes(exact, length);
        assert_true(r.p->count <= 2);
        done(&r);
        mem_free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(separators_are_those_of_java),
        cmocka_unit_test(comments_and_blank_lines_say_nothing),
        cmocka_unit_test(lines_continue_behind_a_backslash),
        cmocka_unit_test(escapes_are_those_of_java),
        cmocka_unit_test(what_can_not_be_read_does_not_show_the_value),
        cmocka_unit_test(what_java_takes_in_silence_is_an_error),
        cmocka_unit_test(places_point_into_the_file),
        cmocka_unit_test(keys_values_and_counts_have_limits),
        cmocka_unit_test(every_truncation_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
