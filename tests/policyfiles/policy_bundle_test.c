#include "test.h"

#include "mem.h"
#include "policy_bundle.h"

#include <stdio.h>
#include <string.h>

static struct policy_source file_of(const char *name, const char *text)
{
    return (struct policy_source){name, (const uint8_t *)text, strlen(text)};
}

static void write_two(struct buf *out)
{
    const struct policy_source files[] = {
        file_of("main.policy", "policy 1\n"), file_of("teams/a.policy", "")};

    buf_init(out, POLICY_BUNDLE_MAX);
    assert_int_equal(policy_bundle_encode(files, 2, out), OK);
}

static void what_was_written_is_read(void **state)
{
    struct buf bytes;
    struct policy_bundle b;

    (void)state;
    write_two(&bytes);
    assert_int_equal(bytes.length, 12 + 8 + 11 + 9 + 8 + 14);
    assert_memory_equal(bytes.bytes, "SCHLOSSB\2\0\0\0\13\0\0\0\11\0\0\0main", 24);
    assert_int_equal(policy_bundle_decode(bytes.bytes, bytes.length, &b), OK);
    assert_int_equal(b.count, 2);
    assert_string_equal(b.files[0].name, "main.policy");
    assert_int_equal(b.files[0].length, 9);
    assert_memory_equal(b.files[0].text, "policy 1\n", 9);
    assert_string_equal(b.files[1].name, "teams/a.policy");
    assert_int_equal(b.files[1].length, 0);
    policy_bundle_fini(&b);
    buf_fini(&bytes);
}

static void every_truncation_and_a_byte_too_many_are_refused(void **state)
{
    struct buf bytes;
    struct policy_bundle b;

    (void)state;
    write_two(&bytes);
    for (size_t length = 0; length < bytes.length; length++) {
        assert_int_equal(policy_bundle_decode(bytes.bytes, length, &b), ERR_INVALID);
    }
    buf_add(&bytes, "", 1);
    assert_int_equal(policy_bundle_decode(bytes.bytes, bytes.length, &b), ERR_INVALID);
    buf_fini(&bytes);
}

static void names_that_leave_the_directory_or_fool_a_reader_are_none(void **state)
{
    static const char *const bad[] = {"", ".", "..", "/", "/a", "a/", "a//b", "../a",
        "a/../b", "a/..", "./a", "a/.", "a/./b", "a\nb", "a\tb", "a\x7f", "\xc3\xa4",
        "a\"b"};
    static const char *const good[] = {
        "a", "...", "..a", "a..", "a/b", "a b", ".a", "main.policy", "a/b/c/d.policy"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(policy_bundle_is_name(bad[i], strlen(bad[i])));
    }
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(policy_bundle_is_name(good[i], strlen(good[i])));
    }
    assert_false(policy_bundle_is_name("a\0b", 3));
}

static void a_name_is_255_bytes_long_and_no_more(void **state)
{
    char name[POLICY_SOURCE_NAME_MAX + 1];

    (void)state;
    memset(name, 'a', sizeof(name));
    assert_true(policy_bundle_is_name(name, POLICY_SOURCE_NAME_MAX));
    assert_false(policy_bundle_is_name(name, POLICY_SOURCE_NAME_MAX + 1));
}

static void no_name_comes_twice(void **state)
{
    struct policy_source files[] = {
        file_of("b", "1"), file_of("a", "2"), file_of("c", "3")};
    struct policy_bundle b;
    struct buf bytes;

    (void)state;
    buf_init(&bytes, POLICY_BUNDLE_MAX);
    assert_int_equal(policy_bundle_encode(files, 3, &bytes), OK);
    assert_int_equal(policy_bundle_decode(bytes.bytes, bytes.length, &b), OK);
    policy_bundle_fini(&b);
    bytes.bytes[12 + 10 + 10 + 8] = 'b'; /* the third name */
    assert_int_equal(policy_bundle_decode(bytes.bytes, bytes.length, &b), ERR_INVALID);
    files[2].name = "b";
    buf_reset(&bytes);
    assert_int_equal(policy_bundle_encode(files, 3, &bytes), ERR_INVALID);
    buf_fini(&bytes);
}

static void a_bundle_holds_one_file_at_least_and_256_at_most(void **state)
{
    static char names[POLICY_SOURCES_MAX + 1][8];
    static struct policy_source files[POLICY_SOURCES_MAX + 1];
    struct policy_bundle b;
    struct buf bytes;

    (void)state;
    for (size_t i = 0; i <= POLICY_SOURCES_MAX; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "%zu", i);
        files[i] = file_of(names[i], "x");
    }
    buf_init(&bytes, POLICY_BUNDLE_MAX);
    assert_int_equal(policy_bundle_encode(files, 0, &bytes), ERR_INVALID);
    assert_int_equal(
        policy_bundle_encode(files, POLICY_SOURCES_MAX + 1, &bytes), ERR_FULL);
    assert_int_equal(policy_bundle_encode(files, POLICY_SOURCES_MAX, &bytes), OK);
    assert_int_equal(policy_bundle_decode(bytes.bytes, bytes.length, &b), OK);
    assert_int_equal(b.count, POLICY_SOURCES_MAX);
    policy_bundle_fini(&b);
    static const char entry[] = "\3\0\0\0\1\0\0\000256x";
    buf_add(&bytes, entry, sizeof(entry) - 1);
    bytes.bytes[8] = 1; /* 257 */
    assert_int_equal(policy_bundle_decode(bytes.bytes, bytes.length, &b), ERR_INVALID);
    assert_int_equal(
        policy_bundle_decode((const uint8_t *)"SCHLOSSB\0\0\0\0", 12, &b), ERR_INVALID);
    buf_fini(&bytes);
}

static void all_texts_together_are_4_mib_and_no_more(void **state)
{
    uint8_t *text = mem_alloc(POLICY_TEXT_MAX, 1);
    struct policy_source files[] = {
        {"a", text, POLICY_TEXT_MAX - 1}, {"b", text, 1}, {"c", text, 1}};
    struct policy_bundle b;
    struct buf bytes;

    (void)state;
    assert_non_null(text);
    buf_init(&bytes, POLICY_BUNDLE_MAX);
    assert_int_equal(policy_bundle_encode(files, 3, &bytes), ERR_FULL);
    assert_int_equal(policy_bundle_encode(files, 2, &bytes), OK);
    assert_int_equal(policy_bundle_decode(bytes.bytes, bytes.length, &b), OK);
    policy_bundle_fini(&b);
    bytes.bytes[8] = 3;
    buf_add(&bytes, "\1\0\0\0\1\0\0\0cx", 10);
    assert_int_equal(policy_bundle_decode(bytes.bytes, bytes.length, &b), ERR_INVALID);
    buf_fini(&bytes);
    mem_free(text);
}

static void a_room_that_is_too_small_is_an_error(void **state)
{
    const struct policy_source file = file_of("a", "text");
    struct buf bytes;

    (void)state;
    buf_init(&bytes, 24);
    assert_int_equal(policy_bundle_encode(&file, 1, &bytes), ERR_FULL);
    buf_fini(&bytes);
}

static void running_out_of_memory_is_an_error_and_leaks_nothing(void **state)
{
    struct policy_bundle b;
    struct buf bytes;

    (void)state;
    write_two(&bytes);
    for (long n = 0; n < 2; n++) {
        mem_fail_after(n);
        enum err e = policy_bundle_decode(bytes.bytes, bytes.length, &b);
        mem_fail_after(-1);
        assert_int_equal(e, ERR_NOMEM);
    }
    buf_fini(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(every_truncation_and_a_byte_too_many_are_refused),
        cmocka_unit_test(names_that_leave_the_directory_or_fool_a_reader_are_none),
        cmocka_unit_test(a_name_is_255_bytes_long_and_no_more),
        cmocka_unit_test(no_name_comes_twice),
        cmocka_unit_test(a_bundle_holds_one_file_at_least_and_256_at_most),
        cmocka_unit_test(all_texts_together_are_4_mib_and_no_more),
        cmocka_unit_test(a_room_that_is_too_small_is_an_error),
        cmocka_unit_test(running_out_of_memory_is_an_error_and_leaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
