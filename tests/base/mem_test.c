#include "mem.h"

#include "test.h"

#include <string.h>

/* A sanitizer would end the test where the allocator is to refuse. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void the_nth_allocation_fails_and_only_that(void **state)
{
    (void)state;
    for (long n = 0; n < 4; n++) {
        mem_fail_after(n);
        for (long i = 0; i < 6; i++) {
            void *p = mem_alloc(1, 8);
            assert_int_equal(p == NULL, i == n);
            mem_free(p);
        }
    }
    mem_fail_after(-1);
}

static void every_way_to_allocate_can_fail(void **state)
{
    struct secret s = {0};

    (void)state;
    mem_fail_after(0);
    assert_null(mem_resize(NULL, 1, 1));
    mem_fail_after(0);
    assert_null(mem_copy_text("a", 1));
    mem_fail_after(0);
    assert_int_equal(secret_set(&s, "a", 1), ERR_NOMEM);
    assert_null(s.bytes);
    mem_fail_after(-1);
}

static void memory_is_zeroed_and_overflow_is_refused(void **state)
{
    uint8_t *p = mem_alloc(16, 4);

    (void)state;
    for (size_t i = 0; i < 64; i++) {
        assert_int_equal(p[i], 0);
    }
    mem_free(p);
    assert_null(mem_alloc(SIZE_MAX / 2, 3));
    assert_null(mem_resize(NULL, SIZE_MAX / 2, 3));
    assert_null(mem_copy_text("", SIZE_MAX));
    p = mem_alloc(0, 0);
    assert_non_null(p);
    mem_free(p);
}

static void a_copied_text_ends_with_nul(void **state)
{
    char *copy = mem_copy_text("abcdef", 3);

    (void)state;
    assert_string_equal(copy, "abc");
    mem_free(copy);
    copy = mem_copy_text(NULL, 0);
    assert_string_equal(copy, "");
    mem_free(copy);
}

static void wiped_memory_is_zero(void **state)
{
    uint8_t bytes[8];

    (void)state;
    memset(bytes, 0xff, sizeof(bytes));
    mem_wipe(bytes, 7);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(bytes[i], 0);
    }
    assert_int_equal(bytes[7], 0xff);
    mem_wipe(NULL, 0);
}

static void every_single_bit_counts_in_a_comparison(void **state)
{
    uint8_t a[9] = {0};
    uint8_t b[9] = {0};

    (void)state;
    assert_true(mem_equal_constant_time(a, b, sizeof(a)));
    for (size_t bit = 0; bit < 8 * sizeof(a); bit++) {
        b[bit / 8] = (uint8_t)(1u << (bit % 8));
        assert_false(mem_equal_constant_time(a, b, sizeof(a)));
        assert_int_equal(mem_equal_constant_time(a, b, sizeof(a) - 1), bit / 8 == 8);
        b[bit / 8] = 0;
    }
    assert_true(mem_equal_constant_time(a, b, 0));
}

static void a_secret_is_a_copy_of_its_own(void **state)
{
    struct secret s = {0};
    struct secret t = {0};
    char text[] = "hunter2";

    (void)state;
    assert_int_equal(secret_set(&s, text, 7), OK);
    text[0] = 'x';
    assert_memory_equal(s.bytes, "hunter2", 7);
    assert_int_equal(secret_set(&t, "hunter2", 7), OK);
    assert_int_equal(secret_set(&t, t.bytes + 1, 3), OK); /* a part of itself */
    assert_memory_equal(t.bytes, "unt", 3);
    secret_free(&s);
    secret_free(&t);
    secret_free(&t);
    assert_null(t.bytes);
    assert_int_equal(t.length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nth_allocation_fails_and_only_that),
        cmocka_unit_test(every_way_to_allocate_can_fail),
        cmocka_unit_test(memory_is_zeroed_and_overflow_is_refused),
        cmocka_unit_test(a_copied_text_ends_with_nul),
        cmocka_unit_test(wiped_memory_is_zero),
        cmocka_unit_test(every_single_bit_counts_in_a_comparison),
        cmocka_unit_test(a_secret_is_a_copy_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
