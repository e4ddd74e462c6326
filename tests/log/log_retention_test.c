/* When segments begin by age, and when they go. */

#include "log_batches.h"
#include "log_partition.h"
#include "test.h"

#include <errno.h>
#include <string.h>

#define DAY ((int64_t)24 * 60 * 60 * 1000)
#define ALL 1000

static struct sim sim;
static struct log_fs fs;
static struct log_partition *lp;

static void open_log(void)
{
    struct log_config config = batch_config();
    struct log_report report;

    fs = sim_fs(&sim);
    assert_int_equal(
        log_partition_open(&fs, SIM_DIR, &config, BATCH_NOW, &lp, &report), OK);
}

static int begin(void **state)
{
    (void)state;
    sim_init(&sim, 1);
    open_log();
    return 0;
}

static int end(void **state)
{
    (void)state;
    log_partition_close(&lp);
    assert_int_equal(sim_open_descriptors(&sim), 0);
    sim_fini(&sim);
    return 0;
}

/* A segment of three batches, about 3.6 KB. */
static void fill_segment(struct log_partition *log, int64_t timestamp)
{
    for (int i = 0; i < 3; i++) {
        struct batch_spec spec = {.count = 1, .value_size = 1100, .timestamp = timestamp};
        struct log_appended out;
        assert_int_equal(batch_append(log, &spec, &out), LOG_CODE_NONE);
    }
}

static void fill(size_t segments)
{
    for (size_t i = 0; i < segments; i++) {
        fill_segment(lp, BATCH_NOW - (int64_t)(segments - 1 - i) * DAY);
    }
    assert_int_equal(log_partition_segment_count(lp), segments);
    assert_int_equal(log_partition_sync(lp), OK);
}

static size_t retain(int64_t ms, int64_t bytes)
{
    struct log_retention rules = {.ms = ms, .bytes = bytes};
    size_t removed = 99;

    assert_int_equal(log_partition_retain(lp, &rules, BATCH_NOW, ALL, &removed), OK);
    return removed;
}

static void what_is_too_old_goes_and_is_gone_after_the_next_opening(void **state)
{
    (void)state;
    fill(5);
    assert_int_equal(retain(-1, -1), 0);
    assert_int_equal(retain(4 * DAY, -1), 0); /* as old as allowed */
    assert_int_equal(retain(2 * DAY, -1), 2);
    assert_int_equal(log_partition_start_offset(lp), 6);
    assert_int_equal(log_partition_end_offset(lp), 15);
    assert_null(sim_find(&sim, "00000000000000000003.log"));
    assert_null(sim_find(&sim, "00000000000000000003.index"));
    assert_null(sim_find(&sim, "00000000000000000003.timeindex"));
    log_partition_close(&lp);
    open_log();
    assert_int_equal(log_partition_start_offset(lp), 6);
    assert_int_equal(log_partition_end_offset(lp), 15);
    struct log_read read = {.offset = 5, .upper_bound = 15, .max_bytes = 1};
    struct log_slice slice;
    assert_int_equal(log_partition_read(lp, &read, &slice), LOG_CODE_OFFSET_OUT_OF_RANGE);
}

static void what_is_too_much_goes_as_long_as_enough_stays(void **state)
{
    (void)state;
    fill(5);
    int64_t size = log_partition_size_bytes(lp);
    int64_t segment = size / 5;
    assert_int_equal(retain(-1, size), 0);
    assert_int_equal(retain(-1, size - segment + 1), 0);
    assert_int_equal(retain(-1, size - 2 * segment), 2);
    assert_int_equal(log_partition_size_bytes(lp), 3 * segment);
    assert_int_equal(log_partition_start_offset(lp), 6);
}

static void an_old_segment_behind_a_young_one_stays(void **state)
{
    (void)state;
    fill_segment(lp, BATCH_NOW);
    fill_segment(lp, BATCH_NOW - 9 * DAY);
    assert_int_equal(log_partition_sync(lp), OK);
    assert_int_equal(retain(DAY, -1), 0);
}

static void where_all_is_too_old_the_log_goes_on_at_its_end(void **state)
{
    (void)state;
    fill(2);
    assert_int_equal(log_partition_segment_count(lp), 2);
    struct log_retention rules = {.ms = DAY, .bytes = -1};
    size_t removed;
    assert_int_equal(
        log_partition_retain(lp, &rules, BATCH_NOW + 9 * DAY, ALL, &removed), OK);
    assert_int_equal(removed, 2);
    assert_int_equal(log_partition_start_offset(lp), 6);
    assert_int_equal(log_partition_end_offset(lp), 6);
    assert_int_equal(log_partition_size_bytes(lp), 0);
    assert_int_equal(retain(-1, 0), 0);
    assert_int_equal(batch_append_plain(lp, 1), 6);
    assert_int_equal(log_partition_sync(lp), OK);
    log_partition_close(&lp);
    open_log();
    assert_int_equal(log_partition_start_offset(lp), 6);
    assert_int_equal(log_partition_end_offset(lp), 7);
}

static void only_so_many_go_at_once(void **state)
{
    (void)state;
    struct log_retention rules = {.ms = 0, .bytes = -1};
    size_t removed;

    fill(5);
    assert_int_equal(log_partition_retain(lp, &rules, BATCH_NOW, 2, &removed), OK);
    assert_int_equal(removed, 2);
    assert_int_equal(log_partition_segment_count(lp), 3);
}

static void what_is_not_durable_stays(void **state)
{
    (void)state;
    fill(2);
    fill_segment(lp, BATCH_NOW - 9 * DAY);
    assert_int_equal(log_partition_segment_count(lp), 3);
    assert_int_equal(retain(0, 0), 2);
    assert_int_equal(log_partition_start_offset(lp), 6);
    assert_int_equal(log_partition_sync(lp), OK);
    assert_int_equal(retain(0, 0), 1);
}

static void while_a_flush_runs_nothing_goes(void **state)
{
    (void)state;
    struct log_retention rules = {.ms = 0, .bytes = 0};
    struct log_flush job;
    size_t removed;

    fill(3);
    (void)batch_append_plain(lp, 1);
    assert_true(log_flush_begin(lp, &job));
    assert_int_equal(
        log_partition_retain(lp, &rules, BATCH_NOW, ALL, &removed), ERR_AGAIN);
    assert_int_equal(removed, 0);
    assert_int_equal(log_flush_end(lp, &job, log_flush_run(&job)), OK);
    assert_true(retain(0, 0) > 0);
}

static void records_without_a_time_have_no_age(void **state)
{
    (void)state;
    fill_segment(lp, -1);
    fill_segment(lp, BATCH_NOW);
    assert_int_equal(log_partition_sync(lp), OK);
    struct log_retention rules = {.ms = 0, .bytes = -1};
    size_t removed;
    assert_int_equal(
        log_partition_retain(lp, &rules, BATCH_NOW + DAY, ALL, &removed), OK);
    assert_int_equal(removed, 0);
}

static void a_segment_ends_when_its_records_span_too_much_time(void **state)
{
    (void)state;
    struct batch_spec spec = {.count = 1, .timestamp = BATCH_NOW};
    struct log_appended out;

    log_partition_configure(lp, 4096, DAY, 1 << 20);
    assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_NONE);
    spec.timestamp = BATCH_NOW + DAY;
    assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_NONE);
    assert_int_equal(log_partition_segment_count(lp), 1);
    assert_int_equal(log_partition_sync(lp), OK);
    log_partition_close(&lp);
    open_log(); /* the first time is found again */
    log_partition_configure(lp, 4096, DAY, 1 << 20);
    spec.timestamp = BATCH_NOW + DAY + 1;
    assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_NONE);
    assert_int_equal(log_partition_segment_count(lp), 2);
}

static void a_segment_ends_when_an_index_of_it_is_full(void **state)
{
    (void)state;
    struct log_appended out;
    struct batch_spec spec = {.count = 1, .value_size = 300, .timestamp = BATCH_NOW};

    log_partition_configure(lp, 1 << 20, INT64_MAX, 24);
    for (int i = 0; i < 60; i++) {
        assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_NONE);
    }
    assert_in_range(log_partition_segment_count(lp), 8, 30);
}

static void where_there_are_too_many_segments_only_size_makes_new_ones(void **state)
{
    (void)state;
    struct log_budget budget = {.max = 2};
    struct log_config config = batch_config();
    struct log_report report;
    struct batch_spec spec = {.count = 1, .value_size = 1100, .timestamp = BATCH_NOW};
    struct log_appended out;
    size_t removed;

    config.segments = &budget;
    config.segment_bytes = 2048;
    config.segment_bytes_max = 8192;
    config.segment_ms = DAY;
    log_partition_close(&lp);
    assert_int_equal(
        log_partition_open(&fs, SIM_DIR, &config, BATCH_NOW, &lp, &report), OK);
    for (int i = 0; i < 3; i++) {
        spec.timestamp += 2 * DAY;
        assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_NONE);
    }
    assert_int_equal(log_partition_segment_count(lp), 3);
    assert_int_equal(budget.used, 2);
    for (int i = 0; i < 6; i++) { /* neither two kilobytes nor a day count now */
        spec.timestamp += 2 * DAY;
        assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_NONE);
    }
    assert_int_equal(log_partition_segment_count(lp), 3);
    assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_NONE);
    assert_int_equal(log_partition_segment_count(lp), 4);
    assert_int_equal(budget.used, 3);
    assert_int_equal(log_partition_sync(lp), OK);
    struct log_retention rules = {.ms = -1, .bytes = 0};
    assert_int_equal(log_partition_retain(lp, &rules, BATCH_NOW, 2, &removed), OK);
    assert_int_equal(budget.used, 1);
    log_partition_close(&lp);
    assert_int_equal(budget.used, 0);
    assert_int_equal(
        log_partition_open(&fs, SIM_DIR, &config, BATCH_NOW, &lp, &report), OK);
    assert_int_equal(budget.used, 1);
    log_partition_close(&lp);
    open_log();
}

static enum log_code read_code(int64_t offset)
{
    struct log_read read = {
        .offset = offset, .upper_bound = INT64_MAX, .max_bytes = 1, .at_least_one = true};
    struct log_slice slice;

    return log_partition_read(lp, &read, &slice);
}

static void what_is_deleted_is_not_read_again(void **state)
{
    (void)state;
    struct log_found found;

    fill(5);
    assert_int_equal(log_partition_delete_before(lp, 7), LOG_CODE_NONE);
    assert_int_equal(log_partition_start_offset(lp), 7);
    assert_int_equal(log_partition_segment_count(lp), 3); /* 7 is in the third */
    assert_int_equal(read_code(6), LOG_CODE_OFFSET_OUT_OF_RANGE);
    assert_int_equal(read_code(7), LOG_CODE_NONE);
    assert_int_equal(log_partition_find_time(lp, 0, &found), OK);
    assert_int_equal(found.offset, 7);
    log_partition_close(&lp);
    open_log();
    assert_int_equal(log_partition_start_offset(lp), 7);
    assert_int_equal(log_partition_delete_before(lp, 3), LOG_CODE_NONE);
    assert_int_equal(log_partition_start_offset(lp), 7);
    assert_int_equal(log_partition_delete_before(lp, 16), LOG_CODE_OFFSET_OUT_OF_RANGE);
    assert_int_equal(log_partition_delete_before(lp, -2), LOG_CODE_OFFSET_OUT_OF_RANGE);
}

static void all_that_is_durable_can_be_deleted_and_no_more(void **state)
{
    (void)state;
    struct log_found found;

    fill(2);
    (void)batch_append_plain(lp, 1);
    assert_int_equal(log_partition_delete_before(lp, 7), LOG_CODE_OFFSET_OUT_OF_RANGE);
    assert_int_equal(log_partition_delete_before(lp, -1), LOG_CODE_NONE);
    assert_int_equal(log_partition_start_offset(lp), 6);
    assert_int_equal(log_partition_end_offset(lp), 7);
    assert_int_equal(log_partition_sync(lp), OK);
    assert_int_equal(log_partition_delete_before(lp, -1), LOG_CODE_NONE);
    assert_int_equal(log_partition_start_offset(lp), 7);
    assert_int_equal(log_partition_size_bytes(lp), 0);
    assert_int_equal(log_partition_find_time(lp, 0, &found), OK);
    assert_int_equal(found.offset, -1);
    assert_int_equal(log_partition_find_max_time(lp, &found), OK);
    assert_int_equal(found.offset, -1);
    assert_int_equal(batch_append_plain(lp, 1), 7);
}

static void a_start_that_can_not_be_read_is_put_aside(void **state)
{
    (void)state;
    fill(2);
    log_partition_close(&lp);
    sim_put(&sim, "log-start-offset", "0\nx\n", 4);
    open_log();
    assert_int_equal(log_partition_start_offset(lp), 0);
    assert_non_null(sim_find(&sim, "log-start-offset.bad"));
}

static void a_start_behind_the_end_hides_nothing_that_comes_later(void **state)
{
    (void)state;
    fill(2);
    log_partition_close(&lp);
    sim_put(&sim, "log-start-offset", "0\n99\n", 5);
    open_log();
    assert_int_equal(log_partition_start_offset(lp), 6);
    assert_int_equal(batch_append_plain(lp, 1), 6);
    assert_int_equal(log_partition_sync(lp), OK);
    log_partition_close(&lp);
    open_log();
    assert_int_equal(log_partition_start_offset(lp), 6);
    assert_int_equal(read_code(6), LOG_CODE_NONE);
}

/* True: the retention was not disturbed. */
static bool cut_while_removing(long n, uint64_t seed)
{
    struct log_retention rules = {.ms = -1, .bytes = 0};
    size_t removed;

    sim_fini(&sim);
    sim_init(&sim, seed);
    open_log();
    fill(3);
    sim.fail_after = n;
    sim.fail_errno = EIO;
    sim.fail_forever = true;
    bool whole = log_partition_retain(lp, &rules, BATCH_NOW, ALL, &removed) == OK;
    log_partition_close(&lp);
    sim.fail_after = -1;
    sim_cut(&sim);
    open_log();
    assert_int_equal(log_partition_end_offset(lp), 9);
    assert_in_range(log_partition_start_offset(lp), 0, 9);
    assert_int_equal(batch_append_plain(lp, 1), 9);
    log_partition_close(&lp);
    return whole;
}

static void wherever_power_is_cut_the_offsets_go_on(void **state)
{
    (void)state;
    log_partition_close(&lp);
    for (uint64_t seed = 1; seed <= 20; seed++) {
        long n = 0;
        while (!cut_while_removing(n, seed)) {
            n++;
        }
        assert_true(n > 8); /* it was cut in all the steps */
    }
    sim_fini(&sim);
    sim_init(&sim, 1);
    open_log();
}

static void what_was_said_to_be_deleted_stays_so_through_a_cut(void **state)
{
    (void)state;
    log_partition_close(&lp);
    for (long n = 0; n < 30; n++) {
        sim_fini(&sim);
        sim_init(&sim, (uint64_t)n + 1);
        open_log();
        fill(3);
        sim.fail_after = n;
        sim.fail_errno = EIO;
        sim.fail_forever = true;
        enum log_code code = log_partition_delete_before(lp, 5);
        log_partition_close(&lp);
        sim.fail_after = -1;
        sim_cut(&sim);
        open_log();
        int64_t start = log_partition_start_offset(lp);
        assert_true(start == 0 || start == 3 || start == 5);
        assert_true(code != LOG_CODE_NONE || start == 5);
        assert_int_equal(log_partition_end_offset(lp), 9);
        log_partition_close(&lp);
    }
    open_log();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            what_is_too_old_goes_and_is_gone_after_the_next_opening, begin, end),
        cmocka_unit_test_setup_teardown(
            what_is_too_much_goes_as_long_as_enough_stays, begin, end),
        cmocka_unit_test_setup_teardown(
            an_old_segment_behind_a_young_one_stays, begin, end),
        cmocka_unit_test_setup_teardown(
            where_all_is_too_old_the_log_goes_on_at_its_end, begin, end),
        cmocka_unit_test_setup_teardown(only_so_many_go_at_once, begin, end),
        cmocka_unit_test_setup_teardown(what_is_not_durable_stays, begin, end),
        cmocka_unit_test_setup_teardown(while_a_flush_runs_nothing_goes, begin, end),
        cmocka_unit_test_setup_teardown(records_without_a_time_have_no_age, begin, end),
        cmocka_unit_test_setup_teardown(
            a_segment_ends_when_its_records_span_too_much_time, begin, end),
        cmocka_unit_test_setup_teardown(
            a_segment_ends_when_an_index_of_it_is_full, begin, end),
        cmocka_unit_test_setup_teardown(
            where_there_are_too_many_segments_only_size_makes_new_ones, begin, end),
        cmocka_unit_test_setup_teardown(what_is_deleted_is_not_read_again, begin, end),
        cmocka_unit_test_setup_teardown(
            all_that_is_durable_can_be_deleted_and_no_more, begin, end),
        cmocka_unit_test_setup_teardown(
            a_start_that_can_not_be_read_is_put_aside, begin, end),
        cmocka_unit_test_setup_teardown(
            a_start_behind_the_end_hides_nothing_that_comes_later, begin, end),
        cmocka_unit_test_setup_teardown(
            wherever_power_is_cut_the_offsets_go_on, begin, end),
        cmocka_unit_test_setup_teardown(
            what_was_said_to_be_deleted_stays_so_through_a_cut, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
