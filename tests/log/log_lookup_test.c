#include "log_batches.h"
#include "log_partition.h"
#include "record_batch.h"
#include "test.h"

static struct sim sim;
static struct log_fs fs;
static struct log_partition *lp;

static int begin(void **state)
{
    struct log_config config = batch_config();
    struct log_report report;

    (void)state;
    sim_init(&sim, 1);
    fs = sim_fs(&sim);
    assert_int_equal(
        log_partition_open(&fs, SIM_DIR, &config, BATCH_NOW, &lp, &report), OK);
    return 0;
}

static int end(void **state)
{
    (void)state;
    log_partition_close(&lp);
    sim_fini(&sim);
    return 0;
}

static void append(int64_t timestamp, int16_t codec)
{
    static uint8_t bytes[BATCH_MAX];
    struct batch_spec spec = {.count = 3, .value_size = 10, .timestamp = timestamp};
    struct log_append_rules rules = batch_rules();
    struct log_appended out;
    size_t len = batch_make(bytes, &spec);

    bytes[22] = (uint8_t)codec; /* the log does not look behind the header */
    record_batch_set_crc(bytes, len);
    assert_int_equal(
        log_partition_append(lp, bytes, len, &rules, BATCH_NOW, &out), LOG_CODE_NONE);
}

static void check(int64_t timestamp, int64_t offset, int64_t found)
{
    struct log_found f;

    assert_int_equal(log_partition_find_time(lp, timestamp, &f), OK);
    assert_int_equal(f.offset, offset);
    assert_int_equal(f.timestamp, found);
}

static void an_empty_log_has_no_times(void **state)
{
    struct log_found f;

    (void)state;
    check(0, -1, -1);
    check(INT64_MIN, -1, -1);
    assert_int_equal(log_partition_find_max_time(lp, &f), OK);
    assert_int_equal(f.offset, -1);
}

static void the_first_record_at_least_as_new_is_found(void **state)
{
    (void)state;
    for (int64_t i = 0; i < 150; i++) {
        append(1000 + i * 10, 0);
    }
    assert_true(log_partition_segment_count(lp) > 3);
    check(INT64_MIN, 0, 1000);
    check(0, 0, 1000);
    for (int64_t i = 0; i < 150; i++) {
        check(1000 + i * 10, i * 3, 1000 + i * 10);
        check(1001 + i * 10, i * 3 + 1, 1001 + i * 10);
        check(1002 + i * 10, i * 3 + 2, 1002 + i * 10);
        if (i < 149) {
            check(1003 + i * 10, i * 3 + 3, 1010 + i * 10);
        }
    }
    check(1000 + 149 * 10 + 3, -1, -1);
    check(INT64_MAX, -1, -1);
}

static void times_that_fall_do_not_confuse(void **state)
{
    struct log_found f;

    (void)state;
    append(5000, 0);
    for (int i = 0; i < 60; i++) {
        append(100 + i, 0);
    }
    append(5002, 0);
    check(5001, 1, 5001);
    check(5003, 184, 5003);
    assert_int_equal(log_partition_find_max_time(lp, &f), OK);
    assert_int_equal(f.offset, 185);
    assert_int_equal(f.timestamp, 5004);
}

static void compressed_and_append_time_batches_answer_with_their_first(void **state)
{
    struct log_found f;

    (void)state;
    append(1000, RECORD_CODEC_LZ4);
    append(2000, RECORD_ATTRIBUTE_APPEND_TIME);
    check(1001, 0, 1002);
    check(1003, 3, 2002);
    assert_int_equal(log_partition_find_max_time(lp, &f), OK);
    assert_int_equal(f.offset, 5);
    assert_int_equal(f.timestamp, 2002);
}

static void lookups_still_work_after_opening_again(void **state)
{
    struct log_config config = batch_config();
    struct log_report report;

    (void)state;
    for (int64_t i = 0; i < 150; i++) {
        append(1000 + i * 10, 0);
    }
    log_partition_close(&lp);
    assert_int_equal(
        log_partition_open(&fs, SIM_DIR, &config, BATCH_NOW, &lp, &report), OK);
    for (int64_t i = 0; i < 150; i += 7) {
        check(1001 + i * 10, i * 3 + 1, 1001 + i * 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_log_has_no_times, begin, end),
        cmocka_unit_test_setup_teardown(
            the_first_record_at_least_as_new_is_found, begin, end),
        cmocka_unit_test_setup_teardown(times_that_fall_do_not_confuse, begin, end),
        cmocka_unit_test_setup_teardown(
            compressed_and_append_time_batches_answer_with_their_first, begin, end),
        cmocka_unit_test_setup_teardown(
            lookups_still_work_after_opening_again, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
