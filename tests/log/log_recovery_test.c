#include "log_batches.h"
#include "log_partition.h"
#include "mem.h"
#include "record_batch.h"
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_LOG   "00000000000000000000.log"
#define FIRST_TORN  "00000000000000000000.log.torn"
#define FIRST_INDEX "00000000000000000000.index"
#define FIRST_TIMES "00000000000000000000.timeindex"

static struct sim sim;
static struct log_fs fs;
static struct log_report report;

static struct log_partition *reopen(void)
{
    struct log_config config = batch_config();
    struct log_partition *lp = NULL;

    assert_int_equal(
        log_partition_open(&fs, SIM_DIR, &config, BATCH_NOW, &lp, &report), OK);
    return lp;
}

static void assert_quiet(void)
{
    static const struct log_report quiet;

    assert_memory_equal(&report, &quiet, sizeof(quiet));
}

/* batches of three records, closed well */
static int64_t fill(int batches)
{
    struct log_partition *lp = reopen();

    for (int i = 0; i < batches; i++) {
        batch_append_plain(lp, 3);
    }
    assert_int_equal(log_partition_sync(lp), OK);
    int64_t end_offset = log_partition_end_offset(lp);
    log_partition_close(&lp);
    return end_offset;
}

static int begin(void **state)
{
    (void)state;
    sim_init(&sim, 1);
    fs = sim_fs(&sim);
    return 0;
}

static int end(void **state)
{
    (void)state;
    assert_int_equal(sim_open_descriptors(&sim), 0);
    sim_fini(&sim);
    return 0;
}

static int64_t end_after_reopen(void)
{
    struct log_partition *lp = reopen();
    int64_t end_offset = log_partition_end_offset(lp);

    log_partition_close(&lp);
    return end_offset;
}

static void a_log_in_order_is_left_alone(void **state)
{
    (void)state;
    fill(1);
    int64_t end_offset = fill(120);
    assert_int_equal(end_after_reopen(), end_offset);
    assert_quiet();
}

static void every_cut_of_the_last_segment_keeps_whole_batches(void **state)
{
    (void)state;
    fill(6);
    struct sim_file *f = sim_find(&sim, FIRST_LOG);
    size_t one = f->now_len / 6;
    uint8_t *whole = malloc(f->now_len);
    memcpy(whole, f->now, f->now_len);
    for (size_t len = 0; len <= one * 6; len++) {
        sim_put(&sim, FIRST_LOG, whole, len);
        assert_int_equal(end_after_reopen(), (int64_t)(len / one) * 3);
        assert_int_equal(report.truncated_bytes, len % one);
        if (len % one > 0) {
            assert_int_equal(report.truncated_at_offset, (int64_t)(len / one) * 3);
            const struct sim_file *torn = sim_find(&sim, FIRST_TORN);
            assert_int_equal(torn->durable_len, len % one); /* what was there is gone */
            assert_memory_equal(torn->durable, whole + len - len % one, len % one);
            assert_string_equal(torn->durable_name, FIRST_TORN);
        }
        assert_int_equal(end_after_reopen(), (int64_t)(len / one) * 3);
        assert_quiet();
    }
    free(whole);
}

/* Opening must find damage at that byte of the first segment, and leave the file. */
static void assert_damaged(bool clean, size_t position)
{
    struct log_config config = batch_config();
    struct log_partition *lp = NULL;
    struct sim_file *f = sim_find(&sim, FIRST_LOG);
    size_t len = f->now_len;
    uint8_t *before = malloc(len);

    memcpy(before, f->now, len);
    config.clean = clean;
    assert_int_equal(
        log_partition_open(&fs, SIM_DIR, &config, BATCH_NOW, &lp, &report), ERR_CORRUPT);
    assert_null(lp);
    assert_int_equal(report.damaged_segment, 0);
    assert_int_equal(report.damaged_position, position);
    assert_int_equal(report.truncated_bytes, 0);
    assert_int_equal(f->now_len, len);
    assert_memory_equal(f->now, before, len);
    assert_null(sim_find(&sim, FIRST_TORN));
    free(before);
}

static void a_flipped_bit_before_good_batches_is_damage(void **state)
{
    (void)state;
    fill(6);
    struct sim_file *f = sim_find(&sim, FIRST_LOG);
    size_t len = f->now_len;
    size_t one = len / 6;
    for (size_t in = 0; in < one; in++) {
        f->now[one * 3 + in] ^= 0x10;
        /* A base offset may rise unseen by the CRC, a leader epoch change. */
        if (in >= 12 && in < 16) {
            assert_int_equal(end_after_reopen(), 18);
        } else {
            assert_damaged(false, one * (in >= 4 && in < 8 ? 4 : 3));
        }
        f->now[one * 3 + in] ^= 0x10;
    }
    assert_int_equal(end_after_reopen(), 18);
}

static void a_flipped_bit_in_the_last_batch_ends_the_log_there(void **state)
{
    (void)state;
    fill(6);
    struct sim_file *f = sim_find(&sim, FIRST_LOG);
    size_t len = f->now_len;
    uint8_t *whole = malloc(len);
    memcpy(whole, f->now, len);
    for (size_t at = len / 6 * 5 + 16; at < len; at++) {
        sim_put(&sim, FIRST_LOG, whole, len);
        f->now[at] ^= 0x10;
        assert_int_equal(end_after_reopen(), 15);
        assert_int_equal(report.truncated_bytes, len / 6);
    }
    free(whole);
}

/* Batches of two sectors each, and one sector of the file lost, as power cuts do. */
static void a_sector_that_was_never_written_ends_the_log(void **state)
{
    struct batch_spec spec = {
        .count = 1, .value_size = 900, .timestamp = BATCH_NOW, .fill = 'x'};
    struct log_appended out;
    struct log_partition *lp = reopen();

    (void)state;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_NONE);
    }
    log_partition_close(&lp);
    struct sim_file *f = sim_find(&sim, FIRST_LOG);
    size_t len = f->now_len;
    uint8_t *whole = malloc(len);
    memcpy(whole, f->now, len);
    for (size_t sector = 0; sector < len / 512; sector++) {
        sim_put(&sim, FIRST_LOG, whole, len);
        memset(f->now + sector * 512, 0, 512);
        assert_int_equal(end_after_reopen(), (int64_t)(sector * 512 / (len / 4)));
        assert_true(report.truncated_bytes > 0);
    }
    /* Zeros that a producer wrote are no such sector, unless they fill a whole one. */
    sim_put(&sim, FIRST_LOG, whole, len);
    fs.ops->unlink(fs.context, SIM_DIR, FIRST_TORN);
    memset(f->now + 512, 0, 511);
    assert_damaged(false, 0);
    free(whole);
}

/* Whoever may write must not be able to make a torn tail look like damage. */
static void a_batch_in_the_records_of_a_torn_one_is_none(void **state)
{
    static uint8_t inner[BATCH_MAX];
    struct batch_spec small = {.count = 1, .value_size = 5, .timestamp = BATCH_NOW};
    struct batch_spec large = {
        .count = 1, .value_size = 400, .timestamp = BATCH_NOW, .fill = 'x'};
    struct log_appended out;
    size_t inner_len = batch_make(inner, &small);

    (void)state;
    record_batch_set_base_offset(inner, 5);
    struct log_partition *lp = reopen();
    assert_int_equal(batch_append(lp, &small, &out), LOG_CODE_NONE);
    assert_int_equal(batch_append(lp, &large, &out), LOG_CODE_NONE);
    log_partition_close(&lp);
    struct sim_file *f = sim_find(&sim, FIRST_LOG);
    size_t len = f->now_len;
    uint8_t *whole = malloc(len + 61);
    memcpy(whole, f->now, len);
    memcpy(whole + len - 300, inner, inner_len);
    memset(whole + len, 'y', 61);
    /* Broken off, whole with a wrong checksum, and with a little of the next one. */
    size_t lengths[] = {len - 100, len, len + 1, len + 61};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        sim_put(&sim, FIRST_LOG, whole, lengths[i]);
        assert_int_equal(end_after_reopen(), 1);
        assert_true(report.truncated_bytes > 0);
    }
    free(whole);
}

static void what_can_not_be_kept_is_not_cut(void **state)
{
    struct log_config config = batch_config();
    struct log_partition *lp = NULL;

    (void)state;
    fill(6);
    struct sim_file *f = sim_find(&sim, FIRST_LOG);
    size_t len = f->now_len - 1;
    sim_put(&sim, FIRST_LOG, f->now, len);
    sim.space = 0;
    assert_int_equal(
        log_partition_open(&fs, SIM_DIR, &config, BATCH_NOW, &lp, &report), ERR_IO);
    assert_int_equal(f->now_len, len);
    assert_int_equal(report.truncated_bytes, 0);
    sim.space = SIZE_MAX;
    assert_int_equal(end_after_reopen(), 15);
}

static void damaged_indexes_are_put_aside_and_made_again(void **state)
{
    static const char *const names[] = {FIRST_INDEX, FIRST_TIMES};

    (void)state;
    int64_t end_offset = fill(120);
    for (size_t i = 0; i < 2; i++) {
        struct sim_file *f = sim_find(&sim, names[i]);
        size_t len = f->now_len;
        char aside[64];
        assert_true(len >= 24);
        uint8_t *good = malloc(len);
        memcpy(good, f->now, len);
        f->now[3] ^= 0x40;
        assert_int_equal(end_after_reopen(), end_offset);
        assert_int_equal(report.files_quarantined, 1);
        assert_int_equal(report.indexes_rebuilt, 1);
        snprintf(aside, sizeof(aside), "%s.bad", names[i]);
        assert_non_null(sim_find(&sim, aside));
        f = sim_find(&sim, names[i]);
        assert_int_equal(f->now_len, len);
        assert_memory_equal(f->now, good, len);
        assert_int_equal(end_after_reopen(), end_offset);
        assert_quiet();
        free(good);
    }
}

static void missing_and_short_indexes_are_made_again(void **state)
{
    (void)state;
    int64_t end_offset = fill(120);
    fs.ops->unlink(fs.context, SIM_DIR, FIRST_INDEX);
    struct sim_file *f = sim_find(&sim, FIRST_TIMES);
    sim_put(&sim, FIRST_TIMES, f->now, 0);
    assert_int_equal(end_after_reopen(), end_offset);
    assert_int_equal(report.indexes_rebuilt, 2);
    assert_int_equal(report.files_quarantined, 0);
    assert_int_equal(end_after_reopen(), end_offset);
    assert_quiet();
}

static void a_disk_too_full_for_an_index_still_serves(void **state)
{
    struct log_slice slice;

    (void)state;
    int64_t end_offset = fill(120);
    fs.ops->unlink(fs.context, SIM_DIR, FIRST_INDEX);
    sim.space = 0;
    struct log_partition *lp = reopen();
    assert_int_equal(report.indexes_failed, 1);
    struct log_read read = {.offset = 50, .upper_bound = end_offset, .max_bytes = 500};
    assert_int_equal(log_partition_read(lp, &read, &slice), LOG_CODE_NONE);
    assert_true(slice.length > 0);
    log_partition_close(&lp);
    sim.space = SIZE_MAX;
    assert_int_equal(end_after_reopen(), end_offset);
}

static void an_index_that_could_not_be_made_is_made_later(void **state)
{
    (void)state;
    fill(20);
    fs.ops->unlink(fs.context, SIM_DIR, FIRST_INDEX);
    fs.ops->unlink(fs.context, SIM_DIR, FIRST_TIMES);
    sim.space = 0;
    struct log_partition *lp = reopen();
    assert_int_equal(report.indexes_failed, 2);
    sim.space = SIZE_MAX;
    for (int i = 0; i < 6; i++) {
        batch_append_plain(lp, 3);
    }
    assert_int_equal(log_partition_segment_count(lp), 1);
    assert_true(sim_find(&sim, FIRST_INDEX)->now_len > 0);
    assert_true(sim_find(&sim, FIRST_TIMES)->now_len > 0);
    for (int64_t offset = 0; offset < 26 * 3; offset += 3) {
        struct log_slice slice;
        struct log_read read = {.offset = offset,
            .upper_bound = 26 * 3,
            .max_bytes = 1,
            .at_least_one = true};
        struct record_batch_header h;
        uint8_t bytes[RECORD_BATCH_HEADER_SIZE];
        assert_int_equal(log_partition_read(lp, &read, &slice), LOG_CODE_NONE);
        assert_int_equal(
            log_fs_read(&fs, slice.fd, bytes, sizeof(bytes), slice.position), OK);
        assert_int_equal(record_batch_read_header(bytes, slice.length, &h), RECORD_OK);
        assert_int_equal(h.base_offset, offset);
    }
    log_partition_close(&lp);
    assert_int_equal(end_after_reopen(), 26 * 3);
}

static void a_damaged_sealed_segment_is_reported_and_left(void **state)
{
    struct log_config config = batch_config();
    struct log_partition *lp = NULL;

    (void)state;
    fill(120);
    struct sim_file *f = sim_find(&sim, FIRST_LOG);
    size_t len = f->now_len;
    f->now[16] = 7;
    assert_int_equal(
        log_partition_open(&fs, SIM_DIR, &config, BATCH_NOW, &lp, &report), ERR_CORRUPT);
    assert_null(lp);
    assert_int_equal(report.damaged_segment, 0);
    assert_int_equal(report.damaged_position, 0);
    assert_int_equal(f->now_len, len);
    assert_int_equal(report.files_quarantined, 0);
}

static void overlapping_segments_are_refused(void **state)
{
    struct log_config config = batch_config();
    struct log_partition *lp = NULL;

    (void)state;
    fill(6);
    sim_put(&sim, "00000000000000000005.log", "", 0);
    assert_int_equal(
        log_partition_open(&fs, SIM_DIR, &config, BATCH_NOW, &lp, &report), ERR_CORRUPT);
    assert_int_equal(report.damaged_segment, 5);
}

static void a_gap_before_an_empty_segment_reads_as_nothing(void **state)
{
    struct log_slice slice;
    struct log_read read = {.offset = 18, .upper_bound = 100, .max_bytes = 500};

    (void)state;
    fill(6);
    sim_put(&sim, "00000000000000000100.log", "", 0);
    struct log_partition *lp = reopen();
    assert_int_equal(log_partition_end_offset(lp), 100);
    assert_int_equal(log_partition_read(lp, &read, &slice), LOG_CODE_NONE);
    assert_int_equal(slice.length, 0);
    assert_int_equal(batch_append_plain(lp, 3), 100);
    read.upper_bound = 103;
    assert_int_equal(log_partition_read(lp, &read, &slice), LOG_CODE_NONE);
    assert_true(slice.length > 0);
    log_partition_close(&lp);
}

static void relative_offsets_stay_in_their_type(void **state)
{
    static uint8_t bytes[BATCH_MAX];
    struct batch_spec spec = {.count = 3, .timestamp = 5};
    size_t len = batch_make(bytes, &spec);

    (void)state;
    record_batch_set_base_offset(bytes, (int64_t)INT32_MAX - 3);
    sim_put(&sim, FIRST_LOG, bytes, len);
    struct log_partition *lp = reopen();
    assert_int_equal(log_partition_end_offset(lp), INT32_MAX);
    assert_int_equal(batch_append_plain(lp, 1), INT32_MAX);
    assert_int_equal(log_partition_segment_count(lp), 1);
    assert_int_equal(batch_append_plain(lp, 1), (int64_t)INT32_MAX + 1);
    assert_int_equal(log_partition_segment_count(lp), 2);
    log_partition_close(&lp);
    assert_int_equal(end_after_reopen(), (int64_t)INT32_MAX + 2);
    record_batch_set_base_offset(bytes, (int64_t)INT32_MAX - 1);
    sim_put(&sim, "00000000000000000000.log", bytes, len);
    fs.ops->unlink(fs.context, SIM_DIR, "00000000002147483648.log");
    assert_int_equal(end_after_reopen(), 0);
    assert_int_equal(report.truncated_bytes, len);
}

static void offsets_end_before_they_overflow(void **state)
{
    struct batch_spec spec = {.count = 1};
    struct log_appended out;

    (void)state;
    sim_put(&sim, "09223372036854775803.log", "", 0);
    struct log_partition *lp = reopen();
    assert_int_equal(batch_append_plain(lp, 3), INT64_MAX - 4);
    assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_STORAGE_ERROR);
    log_partition_close(&lp);
    assert_int_equal(end_after_reopen(), INT64_MAX - 1);
}

static void names_that_are_no_segments_are_left_alone(void **state)
{
    (void)state;
    int64_t end_offset = fill(6);
    sim_put(&sim, "0.log", "x", 1);
    sim_put(&sim, "0000000000000000000x.log", "x", 1);
    sim_put(&sim, "99999999999999999999.log", "x", 1);
    sim_put(&sim, "00000000000000000018.log.deleted", "x", 1);
    assert_int_equal(end_after_reopen(), end_offset);
    assert_quiet();
}

static void another_topics_directory_is_refused(void **state)
{
    struct log_config config = batch_config();
    struct log_partition *lp = NULL;

    (void)state;
    fill(2);
    config.topic_id.bytes[15] = 1;
    assert_int_equal(
        log_partition_open(&fs, SIM_DIR, &config, BATCH_NOW, &lp, &report), ERR_DENIED);
    assert_int_equal(end_after_reopen(), 6);
    assert_quiet();
}

static void an_unreadable_identity_is_put_aside(void **state)
{
    static const char *const texts[] = {"",
        "version: 1\ntopic_id: AQIDAAAAAAAAAAAAAAAAAA\n",
        "version: 0\ntopic_id: AQID*AAAAAAAAAAAAAAAAA\n",
        "version: 0\ntopic_id: AQIDAAAAAAAAAAAAAAAAAA\n\n"};

    (void)state;
    fill(2);
    for (size_t i = 0; i < 4; i++) {
        sim_put(&sim, "partition.metadata", texts[i], strlen(texts[i]));
        assert_int_equal(end_after_reopen(), 6);
        assert_int_equal(report.files_quarantined, 1);
        assert_true(report.identity_written);
        assert_int_equal(end_after_reopen(), 6);
        assert_quiet();
    }
    sim_put(
        &sim, "partition.metadata", "version: 0\ntopic_id: AQIDAAAAAAAAAAAAAAAAAA", 43);
    assert_int_equal(end_after_reopen(), 6);
    assert_quiet();
}

static void the_epoch_file_follows_the_log(void **state)
{
    static const struct {
        const char *text;
        unsigned quarantined;
    } cases[] = {{"0\n2\n1 0\n3 2\n", 0}, {"0\n0\n", 0}, {"0\n1\n3 0", 1}, {"", 1},
        {"1\n1\n3 0\n", 1}, {"0\n2\n3 0\n", 1}, {"0\n1\n3 0\n9", 1}, {"0\n1\n-3 0\n", 1},
        {"0\n1\n30\n", 1}, {"0\n1\n2147483648 0\n", 1}};

    (void)state;
    fill(2);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sim_put(&sim, "leader-epoch-checkpoint", cases[i].text, strlen(cases[i].text));
        assert_int_equal(end_after_reopen(), 6);
        assert_true(report.epochs_rebuilt);
        assert_int_equal(report.files_quarantined, cases[i].quarantined);
        struct sim_file *f = sim_find(&sim, "leader-epoch-checkpoint");
        assert_int_equal(f->now_len, 8);
        assert_memory_equal(f->now, "0\n1\n3 0\n", 8);
        assert_int_equal(end_after_reopen(), 6);
        assert_quiet();
    }
}

static void producers_are_known_again(void **state)
{
    struct batch_spec spec = {
        .count = 3, .value_size = 5, .timestamp = 1, .producer_id = 42, .epoch = 2};
    struct log_appended out;
    struct log_partition *lp = reopen();

    (void)state;
    for (int i = 0; i < 60; i++) {
        spec.sequence = i * 3;
        assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_NONE);
    }
    assert_true(log_partition_segment_count(lp) > 1);
    log_partition_close(&lp);
    lp = reopen();
    spec.sequence = 55 * 3;
    assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_NONE);
    assert_true(out.duplicate);
    assert_int_equal(out.base_offset, 55 * 3);
    spec.sequence = 54 * 3;
    assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_OUT_OF_ORDER_SEQUENCE);
    spec.sequence = 60 * 3;
    assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_NONE);
    assert_false(out.duplicate);
    spec.epoch = 1;
    assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_INVALID_PRODUCER_EPOCH);
    log_partition_close(&lp);
}

static void a_spent_budget_of_producers_stops_no_opening(void **state)
{
    struct log_budget budget = {.max = 3};
    struct log_config config = batch_config();
    struct log_partition *lp = NULL;
    struct log_appended out;
    struct batch_spec spec = {.count = 1, .value_size = 5, .timestamp = 1};

    (void)state;
    config.producers = &budget;
    assert_int_equal(
        log_partition_open(&fs, SIM_DIR, &config, BATCH_NOW, &lp, &report), OK);
    for (spec.producer_id = 1; spec.producer_id < 6; spec.producer_id++) {
        assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_NONE);
    }
    assert_int_equal(budget.used, 3);
    log_partition_close(&lp);
    assert_int_equal(budget.used, 0);
    assert_int_equal(
        log_partition_open(&fs, SIM_DIR, &config, BATCH_NOW, &lp, &report), OK);
    assert_int_equal(budget.used, 3);
    log_partition_close(&lp);
    budget.used = 3; /* by others */
    assert_int_equal(
        log_partition_open(&fs, SIM_DIR, &config, BATCH_NOW, &lp, &report), OK);
    assert_int_equal(log_partition_end_offset(lp), 5);
    assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_STORAGE_ERROR);
    assert_int_equal(log_partition_end_offset(lp), 5);
    assert_false(log_partition_is_read_only(lp));
    spec.producer_id = 0;
    assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_NONE);
    log_partition_close(&lp);
    assert_int_equal(budget.used, 3);
}

static void every_failed_allocation_and_call_of_an_open_is_an_error(void **state)
{
    struct log_config config = batch_config();
    int64_t end_offset = fill(80);
    unsigned failed = 0;

    (void)state;
    for (long n = 0; n < 60; n++) {
        struct log_partition *lp = NULL;
        mem_fail_after(n);
        enum err e = log_partition_open(&fs, SIM_DIR, &config, BATCH_NOW, &lp, &report);
        mem_fail_after(-1);
        failed += e != OK ? 1 : 0;
        assert_true(e == OK || e == ERR_NOMEM);
        assert_true((lp == NULL) == (e != OK));
        log_partition_close(&lp);
        sim.fail_after = n;
        sim.fail_errno = EIO;
        e = log_partition_open(&fs, SIM_DIR, &config, BATCH_NOW, &lp, &report);
        sim.fail_after = -1;
        assert_true(e == OK || e == ERR_IO);
        log_partition_close(&lp);
    }
    assert_true(failed > 5);
    assert_int_equal(end_after_reopen(), end_offset);
}

static void a_clean_log_skips_the_checksums_and_no_more(void **state)
{
    struct log_config config = batch_config();
    struct log_partition *lp = NULL;

    (void)state;
    fill(6);
    struct sim_file *f = sim_find(&sim, FIRST_LOG);
    f->now[f->now_len - 3] ^= 1;
    config.clean = true;
    assert_int_equal(
        log_partition_open(&fs, SIM_DIR, &config, BATCH_NOW, &lp, &report), OK);
    assert_int_equal(log_partition_end_offset(lp), 18);
    log_partition_close(&lp);
}

static void nothing_is_cut_from_a_log_that_was_closed_in_order(void **state)
{
    (void)state;
    fill(6);
    struct sim_file *f = sim_find(&sim, FIRST_LOG);
    size_t one = f->now_len / 6;
    sim_put(&sim, FIRST_LOG, f->now, one * 6 - 3);
    assert_damaged(true, one * 5);
    f->now[one * 2 + 16] = 7;
    assert_damaged(true, one * 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(relative_offsets_stay_in_their_type, begin, end),
        cmocka_unit_test_setup_teardown(offsets_end_before_they_overflow, begin, end),
        cmocka_unit_test_setup_teardown(
            a_gap_before_an_empty_segment_reads_as_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_log_in_order_is_left_alone, begin, end),
        cmocka_unit_test_setup_teardown(
            every_cut_of_the_last_segment_keeps_whole_batches, begin, end),
        cmocka_unit_test_setup_teardown(
            a_flipped_bit_before_good_batches_is_damage, begin, end),
        cmocka_unit_test_setup_teardown(
            a_flipped_bit_in_the_last_batch_ends_the_log_there, begin, end),
        cmocka_unit_test_setup_teardown(
            a_sector_that_was_never_written_ends_the_log, begin, end),
        cmocka_unit_test_setup_teardown(
            a_batch_in_the_records_of_a_torn_one_is_none, begin, end),
        cmocka_unit_test_setup_teardown(what_can_not_be_kept_is_not_cut, begin, end),
        cmocka_unit_test_setup_teardown(
            nothing_is_cut_from_a_log_that_was_closed_in_order, begin, end),
        cmocka_unit_test_setup_teardown(
            damaged_indexes_are_put_aside_and_made_again, begin, end),
        cmocka_unit_test_setup_teardown(
            missing_and_short_indexes_are_made_again, begin, end),
        cmocka_unit_test_setup_teardown(
            a_disk_too_full_for_an_index_still_serves, begin, end),
        cmocka_unit_test_setup_teardown(
            a_damaged_sealed_segment_is_reported_and_left, begin, end),
        cmocka_unit_test_setup_teardown(
            an_index_that_could_not_be_made_is_made_later, begin, end),
        cmocka_unit_test_setup_teardown(overlapping_segments_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(
            names_that_are_no_segments_are_left_alone, begin, end),
        cmocka_unit_test_setup_teardown(another_topics_directory_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(an_unreadable_identity_is_put_aside, begin, end),
        cmocka_unit_test_setup_teardown(the_epoch_file_follows_the_log, begin, end),
        cmocka_unit_test_setup_teardown(producers_are_known_again, begin, end),
        cmocka_unit_test_setup_teardown(
            a_spent_budget_of_producers_stops_no_opening, begin, end),
        cmocka_unit_test_setup_teardown(
            every_failed_allocation_and_call_of_an_open_is_an_error, begin, end),
        cmocka_unit_test_setup_teardown(
            a_clean_log_skips_the_checksums_and_no_more, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
