#include "arena.h"

#include "mem.h"
#include "test.h"

#include <stdalign.h>
#include <string.h>

#define BLOCK 16384

/* A sanitizer would end the test where the allocator is to refuse. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void memory_is_zeroed_and_aligned_also_when_it_is_used_again(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, 100000);
    for (int round = 0; round < 2; round++) {
        for (size_t size = 1; size < 100; size++) {
            uint8_t *p = arena_alloc(&a, 1, size);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
            for (size_t i = 0; i < size; i++) {
                assert_int_equal(p[i], 0);
            }
            memset(p, 0xff, size);
        }
        arena_reset(&a);
    }
    arena_fini(&a);
}

static void the_limit_is_exact(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, 64);
    assert_non_null(arena_alloc(&a, 4, 16));
    assert_null(arena_alloc(&a, 1, 1));
    arena_reset(&a);
    assert_null(arena_alloc(&a, 1, 65));
    assert_non_null(arena_alloc(&a, 1, 64));
    arena_fini(&a);
}

static void many_small_ones_can_not_exceed_the_limit(void **state)
{
    struct arena a;
    size_t n = 0;

    (void)state;
    arena_init(&a, 1024 + 8); /* the last 8 can not be handed out */
    while (arena_alloc(&a, 1, 1) != NULL) {
        n++;
    }
    assert_int_equal(n, 1024 / alignof(max_align_t));
    arena_fini(&a);
}

static void sizes_that_overflow_are_refused(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, SIZE_MAX);
    assert_null(arena_alloc(&a, SIZE_MAX / 2, 3));
    assert_null(arena_alloc(&a, 1, SIZE_MAX));
    assert_null(arena_alloc(&a, 1, SIZE_MAX - 20)); /* fits until its block is added */
    assert_null(arena_alloc(&a, 1, SIZE_MAX - 64));
    assert_null(arena_copy_text(&a, "", SIZE_MAX));
    assert_int_equal(a.used, 0);
    arena_fini(&a);
}

static void allocations_do_not_overlap_over_many_blocks(void **state)
{
    struct arena a;
    uint8_t *pieces[64];

    (void)state;
    arena_init(&a, (size_t)1 << 20);
    for (size_t i = 0; i < 64; i++) {
        pieces[i] = arena_alloc(&a, i % 7 == 0 ? BLOCK + i : 1000 + i, 1);
        assert_non_null(pieces[i]);
        memset(pieces[i], (int)i, i % 7 == 0 ? BLOCK + i : 1000 + i);
    }
    for (size_t i = 0; i < 64; i++) {
        assert_int_equal(pieces[i][0], i);
        assert_int_equal(pieces[i][999 + i], i);
    }
    arena_fini(&a);
    assert_null(a.first);
}

static void a_reset_keeps_one_ordinary_block(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, (size_t)1 << 20);
    assert_non_null(arena_alloc(&a, 1, 10000));
    assert_non_null(arena_alloc(&a, 1, 10000));
    assert_non_null(arena_alloc(&a, 1, 10 * BLOCK));
    arena_reset(&a);
    assert_non_null(a.first);
    assert_int_equal(a.used, 0);
    mem_fail_after(0); /* the kept block serves without the allocator */
    void *p = arena_alloc(&a, 1, BLOCK);
    mem_fail_after(-1);
    assert_non_null(p);
    arena_fini(&a);
}

static void a_failed_allocation_leaves_the_arena_as_it_was(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, 1000);
    mem_fail_after(0);
    assert_null(arena_alloc(&a, 1, 1));
    mem_fail_after(-1);
    assert_int_equal(a.used, 0);
    assert_non_null(arena_alloc(&a, 1, 1000 / 16 * 16));
    arena_fini(&a);
}

static void a_copied_text_ends_with_nul(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, 64);
    assert_string_equal(arena_copy_text(&a, "abcdef", 3), "abc");
    assert_string_equal(arena_copy_text(&a, NULL, 0), "");
    assert_null(arena_copy_text(&a, "12345678901234567890123456789012", 32));
    arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned_also_when_it_is_used_again),
        cmocka_unit_test(the_limit_is_exact),
        cmocka_unit_test(many_small_ones_can_not_exceed_the_limit),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(allocations_do_not_overlap_over_many_blocks),
        cmocka_unit_test(a_reset_keeps_one_ordinary_block),
        cmocka_unit_test(a_failed_allocation_leaves_the_arena_as_it_was),
        cmocka_unit_test(a_copied_text_ends_with_nul),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
