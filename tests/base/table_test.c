#include "table.h"

#include "mem.h"
#include "test.h"

#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANY 3000

static int values[MANY];

static void put(struct table *t, uint32_t key)
{
    assert_int_equal(table_put(t, &key, sizeof(key), &values[key]), OK);
}

static void *get(const struct table *t, uint32_t key)
{
    return table_get(t, &key, sizeof(key));
}

static void *take(struct table *t, uint32_t key)
{
    return table_remove(t, &key, sizeof(key));
}

static void what_was_put_is_found_while_it_grows(void **state)
{
    struct table t;

    (void)state;
    table_init(&t, MANY);
    assert_null(get(&t, 0));
    assert_null(take(&t, 0));
    for (uint32_t i = 0; i < MANY; i++) {
        put(&t, i);
        assert_int_equal(t.count, i + 1);
        assert_true(t.used <= t.capacity / 4 * 3);
        assert_ptr_equal(get(&t, i / 2), &values[i / 2]);
    }
    for (uint32_t i = 0; i < MANY; i++) {
        assert_ptr_equal(get(&t, i), &values[i]);
    }
    assert_null(get(&t, MANY));
    table_fini(&t);
    assert_int_equal(t.count, 0);
}

static void the_limit_holds_and_replacing_is_no_growth(void **state)
{
    struct table t;
    uint32_t key = 3;

    (void)state;
    table_init(&t, 3);
    put(&t, 0);
    put(&t, 1);
    put(&t, 2);
    assert_int_equal(table_put(&t, &key, sizeof(key), &values[3]), ERR_FULL);
    key = 1;
    assert_int_equal(table_put(&t, &key, sizeof(key), &values[9]), OK);
    assert_ptr_equal(get(&t, 1), &values[9]);
    assert_int_equal(t.count, 3);
    assert_ptr_equal(take(&t, 0), &values[0]);
    put(&t, 3);
    assert_int_equal(t.count, 3);
    table_fini(&t);
}

static void keys_are_bytes_of_any_length(void **state)
{
    struct table t;
    const char text[] = "a\0b\0cdefghijklmnopq";

    (void)state;
    table_init(&t, 100);
    for (size_t n = 0; n < sizeof(text); n++) {
        assert_int_equal(table_put(&t, text, n, &values[n]), OK);
    }
    for (size_t n = 0; n < sizeof(text); n++) {
        assert_ptr_equal(table_get(&t, text, n), &values[n]);
    }
    assert_null(table_get(&t, "b", 1));
    table_fini(&t);
}

static void tombstones_neither_hide_nor_fill(void **state)
{
    struct table t;

    (void)state;
    table_init(&t, 8);
    for (uint32_t i = 0; i < MANY; i++) {
        put(&t, i);
        if (i >= 4) {
            assert_ptr_equal(take(&t, i - 4), &values[i - 4]);
            assert_null(get(&t, i - 4));
            assert_null(take(&t, i - 4));
        }
        for (uint32_t k = i >= 4 ? i - 3 : 0; k <= i; k++) {
            assert_ptr_equal(get(&t, k), &values[k]);
        }
        assert_true(t.used <= t.capacity / 4 * 3);
        assert_true(t.capacity <= 32);
    }
    table_fini(&t);
}

static void a_walk_sees_each_once_and_may_remove_the_present_one(void **state)
{
    struct table t;
    bool seen[MANY] = {false};
    size_t cursor = 0;
    size_t count = 0;

    (void)state;
    table_init(&t, MANY);
    for (uint32_t i = 0; i < 500; i++) {
        put(&t, i);
    }
    for (int *v; (v = table_next(&t, &cursor)) != NULL; count++) {
        uint32_t key = (uint32_t)(v - values);
        assert_false(seen[key]);
        seen[key] = true;
        if (key % 2 == 0) {
            assert_ptr_equal(take(&t, key), v);
        }
    }
    assert_int_equal(count, 500);
    assert_int_equal(t.count, 250);
    count = 0;
    cursor = 0;
    while (table_next(&t, &cursor) != NULL) {
        count++;
    }
    assert_int_equal(count, 250);
    assert_null(table_next(&t, &cursor));
    table_fini(&t);
}

static void a_failed_allocation_changes_nothing(void **state)
{
    struct table t;

    (void)state;
    table_init(&t, MANY);
    for (uint32_t i = 0; i < 100; i++) {
        for (long n = 0; n < 2; n++) {
            size_t count = t.count;
            mem_fail_after(n);
            enum err e = table_put(&t, &i, sizeof(i), &values[i]);
            mem_fail_after(-1);
            assert_true(e == OK || e == ERR_NOMEM);
            assert_int_equal(t.count, count + (e == OK));
            if (e == OK) {
                (void)take(&t, i);
            }
        }
        put(&t, i);
    }
    for (uint32_t i = 0; i < 100; i++) {
        assert_ptr_equal(get(&t, i), &values[i]);
    }
    table_fini(&t);
}

/* Must be the first test: under the key of zeros that holds until a key is drawn. */
static void the_hash_is_siphash_1_3(void **state)
{
    const uint8_t bytes[20] = {
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19};

    (void)state;
    assert_true(table_hash("a", 1) == 0x407448d2b89b1813);
    assert_true(table_hash("abc", 3) == 0xc03bc3a0042630f2);
    assert_true(table_hash("12345678", 8) == 0x3489982430560a87);
    assert_true(table_hash(bytes, sizeof(bytes)) == 0x639e355ae68c0100);
}

static void each_process_has_a_key_of_its_own(void **state)
{
    uint64_t hashes[2];
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    table_seed();
    hashes[0] = table_hash("abc", 3);
    if (child == 0) {
        _exit(write(ends[1], hashes, 8) == 8 ? 0 : 1);
    }
    assert_int_equal(read(ends[0], &hashes[1], 8), 8);
    assert_true(hashes[0] != hashes[1]);
    table_seed(); /* once only */
    assert_true(hashes[0] == table_hash("abc", 3));
    (void)waitpid(child, NULL, 0);
    close(ends[0]);
    close(ends[1]);
}

static void the_hash_depends_on_every_bit_and_on_the_length(void **state)
{
    uint8_t bytes[24] = {0};

    (void)state;
    for (size_t length = 1; length <= sizeof(bytes); length++) {
        uint64_t plain = table_hash(bytes, length);
        assert_true(plain != table_hash(bytes, length - 1));
        for (size_t bit = 0; bit < 8 * length; bit++) {
            bytes[bit / 8] = (uint8_t)(1u << (bit % 8));
            assert_true(plain != table_hash(bytes, length));
            bytes[bit / 8] = 0;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_is_siphash_1_3),
        cmocka_unit_test(each_process_has_a_key_of_its_own),
        cmocka_unit_test(what_was_put_is_found_while_it_grows),
        cmocka_unit_test(the_limit_holds_and_replacing_is_no_growth),
        cmocka_unit_test(keys_are_bytes_of_any_length),
        cmocka_unit_test(tombstones_neither_hide_nor_fill),
        cmocka_unit_test(a_walk_sees_each_once_and_may_remove_the_present_one),
        cmocka_unit_test(a_failed_allocation_changes_nothing),
        cmocka_unit_test(the_hash_depends_on_every_bit_and_on_the_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
