#include "log_batches.h"
#include "log_scan.h"
#include "test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static struct sim sim;
static struct log_fs fs;
static uint8_t file[3 * BATCH_MAX];
static size_t file_len;

/* A batch of three records at that offset, of some size, behind the others. */
static uint8_t *add(int64_t offset, size_t value_size)
{
    struct batch_spec spec = {.count = 3, .value_size = value_size, .timestamp = 5};
    uint8_t *bytes = file + file_len;

    file_len += batch_make(bytes, &spec);
    record_batch_set_base_offset(bytes, offset);
    return bytes;
}

static enum log_scan_result scan(int64_t next_offset, bool check_crc, int expected)
{
    struct record_batch_header h;
    struct log_scan s;
    int64_t position = 0;
    enum log_scan_result r;
    int found = 0;

    sim_init(&sim, 1);
    fs = sim_fs(&sim);
    sim_put(&sim, "f", file, file_len);
    int fd = fs.ops->open(fs.context, SIM_DIR, "f", O_RDONLY);
    log_scan_init(&s, &fs, fd, (int64_t)file_len, 0, next_offset);
    s.check_crc = check_crc;
    for (r = log_scan_next(&s, &h, &position); r == LOG_SCAN_BATCH;
         r = log_scan_next(&s, &h, &position)) {
        found++;
    }
    assert_int_equal(found, expected);
    sim_fini(&sim);
    return r;
}

static int begin(void **state)
{
    (void)state;
    file_len = 0;
    return 0;
}

static void batches_of_all_sizes_are_walked(void **state)
{
    (void)state;
    for (size_t size = 1; size < 2600; size += 13) {
        file_len = 0;
        add(10, size);
        add(13, 2600 - size);
        add(16, size);
        assert_int_equal(scan(10, true, 3), LOG_SCAN_END);
        assert_int_equal(scan(10, false, 3), LOG_SCAN_END);
        file[file_len - 1] ^= 1;
        assert_int_equal(scan(10, true, 2), LOG_SCAN_BAD);
        assert_int_equal(scan(10, false, 3), LOG_SCAN_END);
    }
}

static void offsets_must_follow(void **state)
{
    (void)state;
    add(10, 5);
    add(13, 5);
    assert_int_equal(scan(11, true, 0), LOG_SCAN_BAD);
    file_len = 0;
    add(10, 5);
    add(12, 5);
    assert_int_equal(scan(10, true, 1), LOG_SCAN_BAD);
    file_len = 0;
    add(10, 5);
    add(99, 5);
    assert_int_equal(scan(0, true, 2), LOG_SCAN_END);
    file_len = 0;
    add(INT64_MAX - 3, 5);
    assert_int_equal(scan(0, true, 1), LOG_SCAN_END);
    file_len = 0;
    add(INT64_MAX - 2, 5);
    assert_int_equal(scan(0, true, 0), LOG_SCAN_BAD);
    file_len = 0;
    add(INT64_MAX, 5);
    assert_int_equal(scan(0, true, 0), LOG_SCAN_BAD);
}

static enum log_scan_result scan_counts(uint32_t last_delta, uint32_t count)
{
    file_len = 0;
    uint8_t *bytes = add(10, 5);
    for (int i = 0; i < 4; i++) {
        bytes[23 + i] = (uint8_t)(last_delta >> (24 - 8 * i));
        bytes[57 + i] = (uint8_t)(count >> (24 - 8 * i));
    }
    record_batch_set_crc(bytes, file_len);
    bool good = last_delta <= INT32_MAX && count <= last_delta + 1;
    return scan(10, true, good ? 1 : 0);
}

static void counts_fit_their_offsets(void **state)
{
    (void)state;
    assert_int_equal(scan_counts(2, 3), LOG_SCAN_END);
    assert_int_equal(scan_counts(2, 2), LOG_SCAN_END); /* compacted */
    assert_int_equal(scan_counts(2, 0), LOG_SCAN_END);
    assert_int_equal(scan_counts(2, 4), LOG_SCAN_BAD);
    assert_int_equal(scan_counts(0, 1), LOG_SCAN_END);
    assert_int_equal(scan_counts(0, 2), LOG_SCAN_BAD);
    assert_int_equal(scan_counts(UINT32_MAX, 0), LOG_SCAN_BAD);
    assert_int_equal(scan_counts(2, UINT32_MAX), LOG_SCAN_BAD);
    assert_int_equal(scan_counts(INT32_MAX, 3), LOG_SCAN_END);
}

static void a_header_alone_is_the_least(void **state)
{
    (void)state;
    uint8_t *bytes = add(10, 5);
    bytes[11] = 49;
    bytes[10] = 0;
    memset(bytes + 57, 0, 4);
    file_len = 61;
    record_batch_set_crc(bytes, file_len);
    assert_int_equal(scan(10, true, 1), LOG_SCAN_END);
    file_len = 60;
    assert_int_equal(scan(10, true, 0), LOG_SCAN_BAD);
    file_len = 1;
    assert_int_equal(scan(10, true, 0), LOG_SCAN_BAD);
    file_len = 0;
    assert_int_equal(scan(10, true, 0), LOG_SCAN_END);
}

static void a_file_that_shrinks_is_a_failure(void **state)
{
    struct record_batch_header h;
    struct log_scan s;
    int64_t position = 0;

    (void)state;
    add(10, 5);
    sim_init(&sim, 1);
    fs = sim_fs(&sim);
    sim_put(&sim, "f", file, file_len);
    int fd = fs.ops->open(fs.context, SIM_DIR, "f", O_RDONLY);
    log_scan_init(&s, &fs, fd, (int64_t)file_len + 1, 0, 0);
    assert_int_equal(log_scan_next(&s, &h, &position), LOG_SCAN_FAILED);
    sim_fini(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(batches_of_all_sizes_are_walked, begin),
        cmocka_unit_test_setup(offsets_must_follow, begin),
        cmocka_unit_test_setup(counts_fit_their_offsets, begin),
        cmocka_unit_test_setup(a_header_alone_is_the_least, begin),
        cmocka_unit_test_setup(a_file_that_shrinks_is_a_failure, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
