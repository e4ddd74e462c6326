#include "buf.h"

#include "mem.h"
#include "test.h"

#include <string.h>
#include <unistd.h>

/* A sanitizer would end the test where the allocator is to refuse. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void it_grows_up_to_its_limit_and_not_a_byte_beyond(void **state)
{
    struct buf b;
    uint8_t byte = 7;

    (void)state;
    buf_init(&b, 1000);
    for (int i = 0; i < 1000; i++) {
        buf_add(&b, &byte, 1);
        assert_int_equal(buf_error(&b), OK);
    }
    assert_int_equal(b.length, 1000);
    assert_int_equal(b.capacity, 1000);
    buf_add(&b, &byte, 1);
    assert_int_equal(buf_error(&b), ERR_FULL);
    assert_int_equal(b.length, 1000);
    buf_fini(&b);
}

static void an_error_sticks_until_a_reset(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 4);
    buf_add(&b, "12345", 5);
    buf_add(&b, "1", 1);
    assert_int_equal(b.length, 0);
    assert_int_equal(buf_error(&b), ERR_FULL);
    assert_null(buf_reserve(&b, 0));
    buf_reset(&b);
    buf_add(&b, "1234", 4);
    assert_int_equal(buf_error(&b), OK);
    assert_memory_equal(b.bytes, "1234", 4);
    buf_fini(&b);
}

static void the_first_error_is_the_one_that_is_told(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 4);
    mem_fail_after(0);
    buf_add(&b, "1", 1);
    mem_fail_after(-1);
    assert_int_equal(buf_error(&b), ERR_NOMEM);
    buf_add(&b, "12345", 5);
    buf_add_format(&b, "%01100d", 1);
    assert_int_equal(buf_error(&b), ERR_NOMEM);
    buf_fini(&b);
}

static void a_limit_beyond_all_memory_does_not_loop(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, SIZE_MAX);
    assert_null(buf_reserve(&b, SIZE_MAX - 1));
    assert_int_equal(buf_error(&b), ERR_NOMEM);
    buf_reset(&b);
    buf_add_text(&b, "still good");
    assert_int_equal(buf_error(&b), OK);
    buf_fini(&b);
}

static void a_limit_of_zero_takes_nothing(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    buf_add(&b, NULL, 0);
    assert_int_equal(buf_error(&b), OK);
    buf_add(&b, "1", 1);
    assert_int_equal(buf_error(&b), ERR_FULL);
    buf_fini(&b);
}

static void reserved_room_counts_only_when_told(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    buf_add_text(&b, "ab");
    uint8_t *room = buf_reserve(&b, 98);
    assert_non_null(room);
    assert_int_equal(b.length, 2);
    memcpy(room, "cd", 2);
    buf_grew(&b, 2);
    assert_int_equal(b.length, 4);
    assert_memory_equal(b.bytes, "abcd", 4);
    assert_null(buf_reserve(&b, 97));
    buf_fini(&b);
}

static void consuming_keeps_the_rest(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    buf_add_text(&b, "abcdef");
    buf_consume(&b, 0);
    assert_int_equal(b.length, 6);
    buf_consume(&b, 4);
    assert_int_equal(b.length, 2);
    assert_memory_equal(b.bytes, "ef", 2);
    buf_consume(&b, 2);
    assert_int_equal(b.length, 0);
    buf_fini(&b);
}

static void a_formatted_text_is_whole_or_an_error(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 4096);
    buf_add_format(&b, "%s=%d", "x", 5);
    assert_int_equal(b.length, 3);
    assert_memory_equal(b.bytes, "x=5", 3);
    buf_add_format(&b, "%01023d", 0);
    assert_int_equal(buf_error(&b), OK);
    assert_int_equal(b.length, 1026);
    buf_add_format(&b, "%01024d", 0);
    assert_int_equal(buf_error(&b), ERR_FULL);
    assert_int_equal(b.length, 1026);
    buf_fini(&b);
}

static void all_of_it_is_written_or_it_is_an_error(void **state)
{
    struct buf b;
    int ends[2];
    char bytes[8] = {0};

    (void)state;
    buf_init(&b, 64);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(buf_write(&b, ends[1]), OK);
    buf_add_text(&b, "abcdef");
    assert_int_equal(buf_write(&b, ends[1]), OK);
    assert_int_equal(read(ends[0], bytes, sizeof(bytes)), 6);
    assert_string_equal(bytes, "abcdef");
    assert_int_equal(buf_write(&b, ends[0]), ERR_IO); /* the end to read from */
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(close(ends[1]), 0);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_grows_up_to_its_limit_and_not_a_byte_beyond),
        cmocka_unit_test(an_error_sticks_until_a_reset),
        cmocka_unit_test(the_first_error_is_the_one_that_is_told),
        cmocka_unit_test(a_limit_beyond_all_memory_does_not_loop),
        cmocka_unit_test(a_limit_of_zero_takes_nothing),
        cmocka_unit_test(reserved_room_counts_only_when_told),
        cmocka_unit_test(consuming_keeps_the_rest),
        cmocka_unit_test(a_formatted_text_is_whole_or_an_error),
        cmocka_unit_test(all_of_it_is_written_or_it_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
