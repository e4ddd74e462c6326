#include "log_fs_sim.h"
#include "log_index.h"
#include "test.h"

#include <fcntl.h>
#include <string.h>

struct setup {
    struct sim sim;
    struct log_fs fs;
    struct log_index index;
};

static struct setup t;

static void begin(enum log_index_kind kind)
{
    sim_init(&t.sim, 1);
    t.fs = sim_fs(&t.sim);
    t.index = log_index_none(&t.fs, kind);
    int fd = t.fs.ops->open(t.fs.context, SIM_DIR, "i", O_RDWR | O_CREAT);
    assert_int_equal(log_index_attach(&t.index, fd, 0), OK);
}

static void end(void)
{
    log_index_close(&t.index);
    assert_int_equal(sim_open_descriptors(&t.sim), 0);
    sim_fini(&t.sim);
}

static void add(int64_t key, int32_t value)
{
    log_index_append(&t.index, (struct log_index_entry){key, value});
}

static void entries_have_apache_kafkas_bytes(void **state)
{
    (void)state;
    begin(LOG_INDEX_OFFSET);
    add(0x01020304, 0x05060708);
    const uint8_t offset[] = {1, 2, 3, 4, 5, 6, 7, 8};
    assert_int_equal(sim_find(&t.sim, "i")->now_len, 8);
    assert_memory_equal(sim_find(&t.sim, "i")->now, offset, 8);
    end();
    begin(LOG_INDEX_TIME);
    add(0x0102030405060708, 0x090a0b0c);
    const uint8_t time[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    assert_int_equal(sim_find(&t.sim, "i")->now_len, 12);
    assert_memory_equal(sim_find(&t.sim, "i")->now, time, 12);
    end();
}

static void floors_are_found_by_key_and_by_value(void **state)
{
    struct log_index_entry e;

    (void)state;
    for (int kind = LOG_INDEX_OFFSET; kind <= LOG_INDEX_TIME; kind++) {
        begin((enum log_index_kind)kind);
        assert_false(log_index_floor_key(&t.index, INT64_MAX, &e));
        for (int32_t i = 1; i <= 9; i++) {
            add(i * 10, i * 100);
        }
        assert_int_equal(t.index.count, 9);
        assert_false(log_index_floor_key(&t.index, 9, &e));
        assert_false(log_index_floor_value(&t.index, 99, &e));
        for (int64_t i = 1; i <= 9; i++) {
            assert_true(log_index_floor_key(&t.index, i * 10, &e));
            assert_int_equal(e.key, i * 10);
            assert_int_equal(e.value, i * 100);
            assert_true(log_index_floor_key(&t.index, i * 10 + 9, &e));
            assert_int_equal(e.key, i * 10);
            assert_true(log_index_floor_value(&t.index, i * 100, &e));
            assert_int_equal(e.value, i * 100);
            assert_true(log_index_floor_value(&t.index, i * 100 + 99, &e));
            assert_int_equal(e.value, i * 100);
        }
        end();
    }
}

static void keys_only_rise(void **state)
{
    (void)state;
    begin(LOG_INDEX_TIME);
    add(5, 1);
    add(5, 2);
    add(4, 3);
    assert_int_equal(t.index.count, 1);
    add(6, 4);
    assert_int_equal(t.index.count, 2);
    end();
}

static void a_failed_write_loses_an_entry_and_no_more(void **state)
{
    struct log_index_entry e;

    (void)state;
    begin(LOG_INDEX_OFFSET);
    add(1, 10);
    t.sim.fail_after = 0;
    t.sim.fail_errno = 28;
    add(2, 20);
    assert_int_equal(t.index.count, 1);
    add(3, 30);
    assert_int_equal(t.index.count, 2);
    assert_true(log_index_floor_key(&t.index, 2, &e));
    assert_int_equal(e.key, 1);
    end();
}

static const uint8_t three[] = {
    0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 50, 0, 0, 0, 9, 0, 0, 0, 90};

static struct log_index_check walk(const uint8_t *bytes, size_t len)
{
    static const struct log_index_entry truth[] = {
        {2, 0}, {5, 50}, {7, 70}, {9, 90}, {12, 99}};
    struct log_index_check c = log_index_check_init(LOG_INDEX_OFFSET, bytes, len);

    for (size_t i = 0; i < sizeof(truth) / sizeof(truth[0]); i++) {
        log_index_check_step(&c, truth[i]);
    }
    return c;
}

static void an_index_that_says_the_truth_passes(void **state)
{
    (void)state;
    struct log_index_check c = walk(three, sizeof(three));
    assert_false(c.damaged);
    assert_int_equal(c.next, 3);
    assert_int_equal(walk(three, 0).next, 0);
    assert_int_equal(walk(three, 23).count, 2);
}

static void every_changed_byte_is_seen(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(three); i++) {
        uint8_t bytes[sizeof(three)];
        memcpy(bytes, three, sizeof(three));
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes[i] ^= (uint8_t)(1u << bit);
            struct log_index_check c = walk(bytes, sizeof(bytes));
            assert_true(c.damaged || c.next < 3);
            bytes[i] ^= (uint8_t)(1u << bit);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_have_apache_kafkas_bytes),
        cmocka_unit_test(floors_are_found_by_key_and_by_value),
        cmocka_unit_test(keys_only_rise),
        cmocka_unit_test(a_failed_write_loses_an_entry_and_no_more),
        cmocka_unit_test(an_index_that_says_the_truth_passes),
        cmocka_unit_test(every_changed_byte_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
