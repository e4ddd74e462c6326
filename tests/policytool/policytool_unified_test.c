#include "test.h"

#include "mem.h"
#include "policytool_unified.h"

#include <string.h>

static struct policy_view view(const char *text)
{
    return (struct policy_view){(const uint8_t *)text, strlen(text)};
}

static void check(const char *was, const char *is, const char *expected)
{
    struct buf out;

    buf_init(&out, 1 << 20);
    assert_int_equal(policytool_unified("a", view(was), view(is), &out), OK);
    buf_add(&out, "", 1);
    assert_string_equal((const char *)out.bytes, expected);
    buf_fini(&out);
}

static void equal_texts_show_nothing(void **state)
{
    (void)state;
    check("a\nb\n", "a\nb\n", "");
    check("", "", "");
}

static void changed_lines_stand_between_three_that_are_not(void **state)
{
    (void)state;
    check("1\n2\n3\n4\n5\n6\n7\n8\n", "1\n2\n3\n4\nx\n6\n7\n8\n",
        "--- a\n+++ a\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n");
    check("", "a\n", "--- a\n+++ a\n@@ -0,0 +1,1 @@\n+a\n");
    check("a\n", "", "--- a\n+++ a\n@@ -1,1 +0,0 @@\n-a\n");
}

static void changes_far_apart_are_pieces_of_their_own(void **state)
{
    (void)state;
    check("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "x\n1\n2\n3\n4\n5\n6\n7\ny\n",
        "--- a\n+++ a\n@@ -1,4 +1,4 @@\n-a\n+x\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n"
        "-b\n+y\n");
    check("a\n1\n2\n3\n4\n5\n6\nb\n", "x\n1\n2\n3\n4\n5\n6\ny\n",
        "--- a\n+++ a\n@@ -1,8 +1,8 @@\n-a\n+x\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+y\n");
}

static void lines_in_common_stay_between_those_that_differ(void **state)
{
    (void)state;
    check(
        "a\nk\nb\n", "c\nk\nd\n", "--- a\n+++ a\n@@ -1,3 +1,3 @@\n-a\n+c\n k\n-b\n+d\n");
}

static void a_missing_last_newline_is_told_and_a_terminal_is_safe(void **state)
{
    (void)state;
    check("a", "a\n",
        "--- a\n+++ a\n@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n");
    check("\x1b[2J\n", "\xc2\x9b\n",
        "--- a\n+++ a\n@@ -1,1 +1,1 @@\n-\\x1b[2J\n+\\xc2\\x9b\n");
}

static void what_is_too_large_to_compare_is_replaced_in_one_piece(void **state)
{
    static char was[10000];
    static char is[10000];
    struct buf out;

    (void)state;
    for (size_t i = 0; i + 1 < sizeof(was); i += 2) {
        memcpy(was + i, "a\n", 2);
        memcpy(is + i, i % 4 == 0 ? "b\n" : "a\n", 2);
    }
    memcpy(is + sizeof(is) - 2, "b\n", 2);
    buf_init(&out, 1 << 20);
    assert_int_equal(
        policytool_unified("a", (struct policy_view){(const uint8_t *)was, sizeof(was)},
            (struct policy_view){(const uint8_t *)is, sizeof(is)}, &out),
        OK);
    assert_memory_equal(out.bytes, "--- a\n+++ a\n@@ -1,5000 +1,5000 @@\n-a\n-a\n", 40);
    buf_fini(&out);
}

static void out_of_memory_is_told(void **state)
{
    enum err e = ERR_NOMEM;
    struct buf out;

    (void)state;
    for (long n = 0; e != OK; n++) {
        buf_init(&out, 4096);
        mem_fail_after(n);
        e = policytool_unified("a", view("1\n2\n"), view("1\n3\n"), &out);
        mem_fail_after(-1);
        assert_true(e == OK || e == ERR_NOMEM);
        assert_true(n < 50);
        buf_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_texts_show_nothing),
        cmocka_unit_test(changed_lines_stand_between_three_that_are_not),
        cmocka_unit_test(changes_far_apart_are_pieces_of_their_own),
        cmocka_unit_test(lines_in_common_stay_between_those_that_differ),
        cmocka_unit_test(a_missing_last_newline_is_told_and_a_terminal_is_safe),
        cmocka_unit_test(what_is_too_large_to_compare_is_replaced_in_one_piece),
        cmocka_unit_test(out_of_memory_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
