#include "log_batches.h"
#include "log_partition.h"
#include "record_batch.h"
#include "test.h"

#include <errno.h>
#include <string.h>

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
    assert_null(lp);
    assert_int_equal(sim_open_descriptors(&sim), 0);
    sim_fini(&sim);
    return 0;
}

static enum log_code append_changed(size_t at, uint8_t value, bool repair)
{
    static uint8_t bytes[BATCH_MAX];
    struct batch_spec spec = {.count = 2, .value_size = 5, .timestamp = BATCH_NOW};
    struct log_append_rules rules = batch_rules();
    struct log_appended out;
    size_t len = batch_make(bytes, &spec);

    bytes[at] = value;
    if (repair) {
        record_batch_set_crc(bytes, len);
    }
    return log_partition_append(lp, bytes, len, &rules, BATCH_NOW, &out);
}

static void a_new_log_is_empty(void **state)
{
    struct log_slice slice;
    struct log_read read = {.upper_bound = 0, .max_bytes = 100, .at_least_one = true};

    (void)state;
    assert_int_equal(log_partition_start_offset(lp), 0);
    assert_int_equal(log_partition_end_offset(lp), 0);
    assert_int_equal(log_partition_flushed_offset(lp), 0);
    assert_int_equal(log_partition_leader_epoch(lp), -1);
    assert_int_equal(log_partition_read(lp, &read, &slice), LOG_CODE_NONE);
    assert_int_equal(slice.length, 0);
    read.offset = 1;
    assert_int_equal(log_partition_read(lp, &read, &slice), LOG_CODE_OFFSET_OUT_OF_RANGE);
    read.offset = -1;
    assert_int_equal(log_partition_read(lp, &read, &slice), LOG_CODE_OFFSET_OUT_OF_RANGE);
    const char identity[] = "version: 0\ntopic_id: AQIDAAAAAAAAAAAAAAAAAA\n";
    const struct sim_file *f = sim_find(&sim, "partition.metadata");
    assert_int_equal(f->now_len, sizeof(identity) - 1);
    assert_memory_equal(f->now, identity, sizeof(identity) - 1);
}

static void offsets_and_epoch_are_given_in_place(void **state)
{
    struct record_batch_header h;

    (void)state;
    assert_int_equal(batch_append_plain(lp, 3), 0);
    assert_int_equal(batch_append_plain(lp, 2), 3);
    assert_int_equal(log_partition_end_offset(lp), 5);
    assert_int_equal(log_partition_leader_epoch(lp), 3);
    const struct sim_file *f = sim_find(&sim, "00000000000000000000.log");
    assert_int_equal(record_batch_read(f->now, f->now_len, &h), RECORD_OK);
    assert_int_equal(h.leader_epoch, 3);
    size_t first = record_batch_size(&h);
    assert_int_equal(
        record_batch_read(f->now + first, f->now_len - first, &h), RECORD_OK);
    assert_int_equal(h.base_offset, 3);
    assert_true(record_batch_check_crc(f->now + first, f->now_len - first));
    f = sim_find(&sim, "leader-epoch-checkpoint");
    assert_int_equal(f->now_len, 8);
    assert_memory_equal(f->now, "0\n1\n3 0\n", 8);
}

static void what_a_gate_should_have_refused_is_refused(void **state)
{
    (void)state;
    assert_int_equal(append_changed(30, 1, false), LOG_CODE_CORRUPT_MESSAGE);
    assert_int_equal(append_changed(16, 1, false), LOG_CODE_INVALID_RECORD);
    assert_int_equal(append_changed(16, 3, false), LOG_CODE_CORRUPT_MESSAGE);
    assert_int_equal(append_changed(11, 49, false), LOG_CODE_INVALID_RECORD);
    assert_int_equal(append_changed(26, 0, true), LOG_CODE_INVALID_RECORD);
    assert_int_equal(append_changed(26, 2, true), LOG_CODE_INVALID_RECORD);
    assert_int_equal(append_changed(60, 0, true), LOG_CODE_INVALID_RECORD);
    assert_int_equal(append_changed(22, 0x20, true), LOG_CODE_INVALID_RECORD);
    assert_int_equal(append_changed(22, 0x40, true), LOG_CODE_INVALID_RECORD);
    assert_int_equal(append_changed(22, 0x10, true), LOG_CODE_INVALID_TXN_STATE);
    assert_int_equal(append_changed(43, 0, true), LOG_CODE_INVALID_RECORD);
    assert_int_equal(log_partition_end_offset(lp), 0);
    assert_int_equal(sim_find(&sim, "00000000000000000000.log")->now_len, 0);
    assert_int_equal(append_changed(22, 0x80, true), LOG_CODE_NONE);
    assert_int_equal(append_changed(50, 0xfe, true), LOG_CODE_NONE); /* no producer */
    assert_int_equal(append_changed(7, 9, false), LOG_CODE_NONE);    /* overwritten */
}

static void sizes_are_exact(void **state)
{
    static uint8_t bytes[BATCH_MAX];
    struct batch_spec spec = {.count = 1, .value_size = 10};
    struct log_append_rules rules = batch_rules();
    struct log_appended out;
    size_t len = batch_make(bytes, &spec);

    (void)state;
    rules.message_max_bytes = (int32_t)len - 1;
    assert_int_equal(log_partition_append(lp, bytes, len, &rules, 1, &out),
        LOG_CODE_MESSAGE_TOO_LARGE);
    rules.message_max_bytes = (int32_t)len;
    assert_int_equal(
        log_partition_append(lp, bytes, len, &rules, 1, &out), LOG_CODE_NONE);
    rules.message_max_bytes = BATCH_MAX;
    spec.value_size = 4096 - 61 - 10;
    len = batch_make(bytes, &spec);
    while (len < 4096) {
        spec.value_size++;
        len = batch_make(bytes, &spec);
    }
    assert_int_equal(len, 4096);
    assert_int_equal(
        log_partition_append(lp, bytes, len, &rules, 1, &out), LOG_CODE_NONE);
    spec.value_size++;
    len = batch_make(bytes, &spec);
    assert_int_equal(log_partition_append(lp, bytes, len, &rules, 1, &out),
        LOG_CODE_RECORD_LIST_TOO_LARGE);
    assert_int_equal(log_partition_segment_count(lp), 2);
}

static void a_batch_without_records_is_refused(void **state)
{
    static uint8_t bytes[BATCH_MAX];
    struct batch_spec spec = {.count = 1};
    struct log_append_rules rules = batch_rules();
    struct log_appended out;
    size_t len = batch_make(bytes, &spec);

    (void)state;
    memset(bytes + 23, 0xff, 4);
    memset(bytes + 57, 0, 4);
    record_batch_set_crc(bytes, len);
    assert_int_equal(
        log_partition_append(lp, bytes, len, &rules, 1, &out), LOG_CODE_INVALID_RECORD);
}

/* interval 256, segments of 4096 bytes: batches of 512 bytes fill one to the last byte.
 */
static void segments_and_indexes_have_apache_kafkas_shape(void **state)
{
    static uint8_t bytes[BATCH_MAX];
    struct batch_spec spec = {.count = 1, .timestamp = 1000};
    struct log_append_rules rules = batch_rules();
    struct log_appended out;

    (void)state;
    while (batch_make(bytes, &spec) < 512) {
        spec.value_size++;
    }
    assert_int_equal(batch_make(bytes, &spec), 512);
    for (int i = 0; i < 9; i++) {
        spec.timestamp = 1000 + 10 * i;
        size_t len = batch_make(bytes, &spec);
        assert_int_equal(
            log_partition_append(lp, bytes, len, &rules, 1, &out), LOG_CODE_NONE);
        assert_int_equal(log_partition_segment_count(lp), i < 8 ? 1 : 2);
    }
    assert_int_equal(sim_find(&sim, "00000000000000000000.log")->now_len, 4096);
    assert_int_equal(sim_find(&sim, "00000000000000000008.log")->now_len, 512);
    /* the last offset of each batch but the first, and where it begins */
    const struct sim_file *f = sim_find(&sim, "00000000000000000000.index");
    assert_int_equal(f->now_len, 7 * 8);
    for (uint8_t i = 0; i < 7; i++) {
        const uint8_t entry[] = {
            0, 0, 0, (uint8_t)(1 + i), 0, 0, (uint8_t)(2 + 2 * i), 0};
        assert_memory_equal(f->now + i * 8, entry, 8);
    }
    /* its greatest timestamp, and that offset */
    f = sim_find(&sim, "00000000000000000000.timeindex");
    assert_int_equal(f->now_len, 7 * 12);
    for (uint8_t i = 0; i < 7; i++) {
        uint16_t time = (uint16_t)(1010 + 10 * i);
        const uint8_t entry[] = {0, 0, 0, 0, 0, 0, (uint8_t)(time >> 8), (uint8_t)time, 0,
            0, 0, (uint8_t)(1 + i)};
        assert_memory_equal(f->now + i * 12, entry, 12);
    }
}

/* An entry is due when more than the interval was written since the last one, not as
 * much. */
static void an_index_entry_waits_for_more_than_the_interval(void **state)
{
    static uint8_t bytes[BATCH_MAX];
    struct batch_spec spec = {.count = 1, .timestamp = 7};

    (void)state;
    while (batch_make(bytes, &spec) < 128) {
        spec.value_size++;
    }
    assert_int_equal(batch_make(bytes, &spec), 128);
    for (int i = 0; i < 3; i++) {
        struct log_appended out;
        assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_NONE);
    }
    assert_int_equal(sim_find(&sim, "00000000000000000000.index")->now_len, 0);
    struct log_appended out;
    assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_NONE);
    assert_int_equal(sim_find(&sim, "00000000000000000000.index")->now_len, 8);
}

static void the_broker_itself_may_write_control_batches(void **state)
{
    static uint8_t bytes[BATCH_MAX];
    struct batch_spec spec = {
        .count = 1, .attributes = 0x30, .producer_id = 5, .sequence = -1};
    struct log_append_rules rules = batch_rules();
    struct log_appended out;
    size_t len = batch_make(bytes, &spec);

    (void)state;
    assert_int_not_equal(
        log_partition_append(lp, bytes, len, &rules, 1, &out), LOG_CODE_NONE);
    rules.internal = true;
    assert_int_equal(
        log_partition_append(lp, bytes, len, &rules, 1, &out), LOG_CODE_NONE);
}

static void what_is_too_far_ahead_is_refused(void **state)
{
    static uint8_t bytes[BATCH_MAX];
    struct batch_spec spec = {.count = 1, .timestamp = BATCH_NOW + 1000};
    struct log_append_rules rules = batch_rules();
    struct log_appended out;
    size_t len = batch_make(bytes, &spec);

    (void)state;
    rules.after_max_ms = 999;
    assert_int_equal(log_partition_append(lp, bytes, len, &rules, BATCH_NOW, &out),
        LOG_CODE_INVALID_TIMESTAMP);
    rules.after_max_ms = 1000;
    assert_int_equal(
        log_partition_append(lp, bytes, len, &rules, BATCH_NOW, &out), LOG_CODE_NONE);
    rules.after_max_ms = 0;
    rules.append_time = true;
    assert_int_equal(
        log_partition_append(lp, bytes, len, &rules, BATCH_NOW, &out), LOG_CODE_NONE);
}

static void append_time_is_the_clocks(void **state)
{
    static uint8_t bytes[BATCH_MAX];
    struct batch_spec spec = {
        .count = 2, .value_size = 5, .timestamp = 17, .producer_id = 4, .sequence = 0};
    struct log_append_rules rules = batch_rules();
    struct log_appended out;
    struct record_batch_header h;
    size_t len = batch_make(bytes, &spec);

    (void)state;
    rules.append_time = true;
    assert_int_equal(
        log_partition_append(lp, bytes, len, &rules, 555, &out), LOG_CODE_NONE);
    assert_int_equal(out.append_time_ms, 555);
    assert_int_equal(record_batch_read(bytes, len, &h), RECORD_OK);
    assert_int_equal(h.max_timestamp, 555);
    assert_true(record_batch_has(&h, RECORD_ATTRIBUTE_APPEND_TIME));
    len = batch_make(bytes, &spec);
    assert_int_equal(
        log_partition_append(lp, bytes, len, &rules, 777, &out), LOG_CODE_NONE);
    assert_true(out.duplicate);
    assert_int_equal(out.append_time_ms, 555);
}

static void idempotent_producers_are_held_to_their_sequence(void **state)
{
    struct batch_spec spec = {.count = 2,
        .value_size = 5,
        .timestamp = BATCH_NOW,
        .producer_id = 7,
        .epoch = 1};
    struct log_appended out;

    (void)state;
    batch_append_plain(lp, 4);
    assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_NONE);
    assert_int_equal(out.base_offset, 4);
    assert_int_equal(out.append_time_ms, -1);
    spec.sequence = 2;
    assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_NONE);
    spec.sequence = 0;
    assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_NONE);
    assert_true(out.duplicate);
    assert_int_equal(out.base_offset, 4);
    assert_int_equal(out.last_offset, 5);
    spec.sequence = 5;
    assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_OUT_OF_ORDER_SEQUENCE);
    spec.epoch = 0;
    assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_INVALID_PRODUCER_EPOCH);
    assert_int_equal(log_partition_end_offset(lp), 8);
}

/* Every offset, many limits: whole batches, the right first one, nothing above the bound.
 */
static void check_slice(int64_t offset, int64_t bound, size_t max, bool at_least_one)
{
    static uint8_t bytes[1 << 16];
    struct log_slice slice;
    struct record_batch_header h;
    struct log_read read = {.offset = offset,
        .upper_bound = bound,
        .max_bytes = max,
        .at_least_one = at_least_one};

    assert_int_equal(log_partition_read(lp, &read, &slice), LOG_CODE_NONE);
    if (offset >= bound) {
        assert_int_equal(slice.length, 0);
        return;
    }
    if (slice.length == 0) {
        assert_false(at_least_one);
        return;
    }
    assert_int_equal(
        fs.ops->pread(fs.context, slice.fd, bytes, slice.length, slice.position),
        slice.length);
    assert_int_equal(record_batch_read(bytes, slice.length, &h), RECORD_OK);
    assert_true(h.base_offset <= offset && record_batch_last_offset(&h) >= offset);
    assert_true(
        slice.length <= max || (at_least_one && slice.length == record_batch_size(&h)));
    for (size_t at = 0; at < slice.length; at += record_batch_size(&h)) {
        assert_int_equal(record_batch_read(bytes + at, slice.length - at, &h), RECORD_OK);
        assert_true(record_batch_check_crc(bytes + at, record_batch_size(&h)));
        assert_true(record_batch_last_offset(&h) < bound);
    }
}

static void reads_give_whole_batches_below_the_bound(void **state)
{
    static const size_t sizes[] = {1, 100, 101, 300, 1000, 1 << 20};
    const int32_t batches = 150;

    (void)state;
    for (int32_t i = 0; i < batches; i++) {
        batch_append_plain(lp, 3);
    }
    assert_true(log_partition_segment_count(lp) > 3);
    int64_t end_offset = log_partition_end_offset(lp);
    assert_int_equal(end_offset, batches * 3);
    for (int64_t offset = 0; offset <= end_offset; offset++) {
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            check_slice(offset, end_offset, sizes[i], true);
            check_slice(offset, end_offset, sizes[i], false);
            check_slice(offset,
                offset / 3 * 3 + 6 > end_offset ? end_offset : offset / 3 * 3 + 6,
                sizes[i], true);
        }
    }
}

static void reads_are_as_long_as_they_may_be(void **state)
{
    struct log_slice slice;
    struct log_read read = {.upper_bound = 30, .at_least_one = true};

    (void)state;
    for (int i = 0; i < 10; i++) {
        batch_append_plain(lp, 3);
    }
    const struct sim_file *f = sim_find(&sim, "00000000000000000000.log");
    size_t one = f->now_len / 10;
    for (size_t n = 1; n <= 10; n++) {
        read.max_bytes = n * one;
        assert_int_equal(log_partition_read(lp, &read, &slice), LOG_CODE_NONE);
        assert_int_equal(slice.length, n * one);
        read.max_bytes = (n + 1) * one - 1;
        assert_int_equal(log_partition_read(lp, &read, &slice), LOG_CODE_NONE);
        assert_int_equal(slice.length, n * one);
    }
    read.max_bytes = one - 1;
    read.at_least_one = false;
    assert_int_equal(log_partition_read(lp, &read, &slice), LOG_CODE_NONE);
    assert_int_equal(slice.length, 0);
    read.max_bytes = SIZE_MAX;
    read.upper_bound = 28; /* inside the last batch: left out */
    assert_int_equal(log_partition_read(lp, &read, &slice), LOG_CODE_NONE);
    assert_int_equal(slice.length, 9 * one);
}

static void a_flush_makes_durable_what_was_there_when_it_began(void **state)
{
    struct log_flush job;
    struct log_flush other;

    (void)state;
    assert_false(log_flush_begin(lp, &job));
    batch_append_plain(lp, 3);
    assert_true(log_flush_begin(lp, &job));
    assert_false(log_flush_begin(lp, &other));
    batch_append_plain(lp, 3);
    assert_int_equal(log_partition_flushed_offset(lp), 0);
    assert_int_equal(log_flush_end(lp, &job, log_flush_run(&job)), OK);
    assert_int_equal(log_partition_flushed_offset(lp), 3);
    assert_int_equal(log_partition_sync(lp), OK);
    assert_int_equal(log_partition_flushed_offset(lp), 6);
    assert_int_equal(log_partition_sync(lp), OK);
}

static void a_failed_flush_ends_all_writing(void **state)
{
    struct log_flush job;
    struct batch_spec spec = {.count = 1};
    struct log_appended out;

    (void)state;
    batch_append_plain(lp, 3);
    assert_true(log_flush_begin(lp, &job));
    sim.fail_after = 0;
    sim.fail_errno = EIO;
    assert_int_equal(log_flush_end(lp, &job, log_flush_run(&job)), ERR_IO);
    assert_true(log_partition_is_read_only(lp));
    assert_int_equal(log_partition_flushed_offset(lp), 0);
    assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_STORAGE_ERROR);
    assert_false(log_flush_begin(lp, &job));
    assert_int_equal(log_partition_sync(lp), ERR_IO);
    check_slice(0, 3, 1000, true); /* reading goes on */
}

static void a_roll_during_a_flush_does_not_run_ahead_of_it(void **state)
{
    struct log_flush job;

    (void)state;
    batch_append_plain(lp, 3);
    assert_true(log_flush_begin(lp, &job));
    while (log_partition_segment_count(lp) == 1) {
        batch_append_plain(lp, 3);
    }
    assert_int_equal(log_partition_flushed_offset(lp), 0);
    assert_int_equal(log_flush_end(lp, &job, -EIO), ERR_IO);
    assert_int_equal(log_partition_flushed_offset(lp), 0);
}

static void a_failed_write_ends_all_writing(void **state)
{
    struct batch_spec spec = {.count = 1};
    struct log_appended out;

    (void)state;
    batch_append_plain(lp, 3);
    sim.fail_after = 0;
    sim.fail_errno = EIO;
    assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_STORAGE_ERROR);
    assert_true(log_partition_is_read_only(lp));
    assert_int_equal(log_partition_end_offset(lp), 3);
}

static void a_full_disk_is_survived(void **state)
{
    struct batch_spec spec = {.count = 1, .value_size = 100, .producer_id = 5};
    struct log_appended out;
    const struct sim_file *f;

    (void)state;
    batch_append_plain(lp, 3);
    f = sim_find(&sim, "00000000000000000000.log");
    size_t len = f->now_len;
    sim.space = 40; /* a part of the batch fits */
    assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_STORAGE_ERROR);
    assert_false(log_partition_is_read_only(lp));
    assert_int_equal(f->now_len, len);
    sim.space = SIZE_MAX;
    assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_NONE);
    assert_int_equal(out.base_offset, 3);
    assert_false(out.duplicate);
}

/* The last append before a roll, then every changing call of the roll refused in turn. */
static void a_roll_that_fails_loses_nothing(void **state)
{
    (void)state;
    for (long n = 0; n < 12; n++) {
        while (log_partition_size_bytes(lp) % 4096 < 4096 - 200) {
            batch_append_plain(lp, 1);
        }
        struct batch_spec spec = {.count = 1, .value_size = 400};
        struct log_appended out;
        int64_t end_offset = log_partition_end_offset(lp);
        sim.fail_after = n;
        sim.fail_errno = ENOSPC;
        enum log_code code = batch_append(lp, &spec, &out);
        sim.fail_after = -1;
        if (code != LOG_CODE_NONE) {
            assert_int_equal(code, LOG_CODE_STORAGE_ERROR);
            assert_int_equal(log_partition_end_offset(lp), end_offset);
        }
        if (log_partition_is_read_only(lp)) {
            struct log_report report;
            struct log_config config = batch_config();
            log_partition_close(&lp);
            assert_int_equal(
                log_partition_open(&fs, SIM_DIR, &config, BATCH_NOW, &lp, &report), OK);
            assert_int_equal(log_partition_end_offset(lp), end_offset);
        }
        check_slice(end_offset - 1, end_offset, 1 << 20, true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_batch_without_records_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(
            segments_and_indexes_have_apache_kafkas_shape, begin, end),
        cmocka_unit_test_setup_teardown(
            an_index_entry_waits_for_more_than_the_interval, begin, end),
        cmocka_unit_test_setup_teardown(a_new_log_is_empty, begin, end),
        cmocka_unit_test_setup_teardown(offsets_and_epoch_are_given_in_place, begin, end),
        cmocka_unit_test_setup_teardown(
            what_a_gate_should_have_refused_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(sizes_are_exact, begin, end),
        cmocka_unit_test_setup_teardown(
            the_broker_itself_may_write_control_batches, begin, end),
        cmocka_unit_test_setup_teardown(what_is_too_far_ahead_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(append_time_is_the_clocks, begin, end),
        cmocka_unit_test_setup_teardown(
            idempotent_producers_are_held_to_their_sequence, begin, end),
        cmocka_unit_test_setup_teardown(
            reads_give_whole_batches_below_the_bound, begin, end),
        cmocka_unit_test_setup_teardown(reads_are_as_long_as_they_may_be, begin, end),
        cmocka_unit_test_setup_teardown(
            a_flush_makes_durable_what_was_there_when_it_began, begin, end),
        cmocka_unit_test_setup_teardown(a_failed_flush_ends_all_writing, begin, end),
        cmocka_unit_test_setup_teardown(
            a_roll_during_a_flush_does_not_run_ahead_of_it, begin, end),
        cmocka_unit_test_setup_teardown(a_failed_write_ends_all_writing, begin, end),
        cmocka_unit_test_setup_teardown(a_full_disk_is_survived, begin, end),
        cmocka_unit_test_setup_teardown(a_roll_that_fails_loses_nothing, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
