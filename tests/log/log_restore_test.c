/* What is known of producers after their batches were removed, and which files say it. */
#include "log_batches.h"
#include "log_names.h"
#include "log_partition.h"
#include "log_snapshot.h"
#include "mem.h"
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ALL     1000
#define EARLY   41 /* wrote one batch, at the start of the log */
#define LATE    42 /* wrote all that came after it */
#define DAY     ((int64_t)24 * 60 * 60 * 1000)
#define SECOND  "00000000000000000005.snapshot" /* of the second segment */
#define THIRD   "00000000000000000008.snapshot"
#define AT_STOP "00000000000000000009.snapshot" /* where write_log() ends */

static struct sim sim;
static struct log_fs fs;
static struct log_config config;
static struct log_report report;
static struct log_partition *lp;

static void open_at(int64_t now_ms)
{
    assert_int_equal(log_partition_open(&fs, SIM_DIR, &config, now_ms, &lp, &report), OK);
}

static void reopen(void)
{
    log_partition_close(&lp);
    open_at(BATCH_NOW);
}

static int begin(void **state)
{
    (void)state;
    sim_init(&sim, 1);
    fs = sim_fs(&sim);
    config = batch_config();
    open_at(BATCH_NOW);
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

static enum log_code append(int64_t id, int32_t sequence, struct log_appended *out)
{
    struct batch_spec spec = {.count = id == EARLY ? 3 : 1,
        .value_size = id == EARLY ? 300 : 1100,
        .timestamp = BATCH_NOW,
        .producer_id = id,
        .epoch = 2,
        .sequence = sequence};

    return batch_append(lp, &spec, out);
}

static void write_one(int64_t id, int32_t sequence)
{
    struct log_appended out;

    assert_int_equal(append(id, sequence, &out), LOG_CODE_NONE);
    assert_false(out.duplicate);
}

/* Three segments, which begin at the offsets 0, 5 and 8; the log ends at 9. */
static void write_log(void)
{
    write_one(EARLY, 0);
    for (int32_t i = 0; i < 6; i++) {
        write_one(LATE, i);
    }
    assert_int_equal(log_partition_segment_count(lp), 3);
}

static void assert_written_before(int64_t id, int32_t sequence, int64_t offset)
{
    struct log_appended out;

    assert_int_equal(append(id, sequence, &out), LOG_CODE_NONE);
    assert_true(out.duplicate);
    assert_int_equal(out.base_offset, offset);
}

/* The first segment goes, as by retention or by a client that has records deleted. */
static void remove_first(void)
{
    assert_int_equal(log_partition_sync(lp), OK);
    assert_int_equal(log_partition_delete_before(lp, 5), LOG_CODE_NONE);
    assert_int_equal(log_partition_segment_count(lp), 2);
}

static void copy_file(const char *from, const char *to)
{
    const struct sim_file *f = sim_find(&sim, from);

    assert_non_null(f);
    sim_put(&sim, to, f->now, f->now_len);
}

static size_t count_snapshots(void)
{
    struct log_names names;

    assert_int_equal(log_names_list(&fs, SIM_DIR, &names), OK);
    size_t count = names.of[LOG_NAME_SNAPSHOT].count;
    assert_int_equal(names.of[LOG_NAME_LEFTOVER].count, 0);
    log_names_fini(&names);
    return count;
}

static bool is_known(int64_t id)
{
    struct log_producer_state state;

    for (size_t cursor = 0;
         log_partition_next_producer(lp, &cursor, BATCH_NOW, &state);) {
        if (state.id == id) {
            return true;
        }
    }
    return false;
}

static void a_producer_is_known_after_its_batches_were_removed(void **state)
{
    struct log_appended out;

    (void)state;
    write_log();
    remove_first();
    reopen();
    assert_int_equal(log_partition_start_offset(lp), 5);
    assert_written_before(EARLY, 0, 0);
    assert_int_equal(append(EARLY, 7, &out), LOG_CODE_OUT_OF_ORDER_SEQUENCE);
    write_one(EARLY, 3);
    assert_int_equal(report.files_quarantined, 0);
}

/* Sequences go from 2147483647 to 0 inside its only batch. */
static void the_first_sequence_of_a_batch_is_known(void **state)
{
    (void)state;
    write_one(EARLY, INT32_MAX);
    for (int32_t i = 0; i < 6; i++) {
        write_one(LATE, i);
    }
    remove_first();
    reopen();
    assert_written_before(EARLY, INT32_MAX, 0);
    write_one(EARLY, 2);
}

static void without_snapshots_it_would_be_forgotten(void **state)
{
    (void)state;
    write_log();
    remove_first();
    fs.ops->unlink(fs.context, SIM_DIR, SECOND);
    fs.ops->unlink(fs.context, SIM_DIR, THIRD);
    reopen();
    assert_false(is_known(EARLY));
    write_one(EARLY, 0);
}

/* Of what is in the log the log is the witness, and it has more than the last batch. */
static void the_last_five_batches_are_known_after_a_stop(void **state)
{
    struct log_appended out;

    (void)state;
    write_log();
    assert_int_equal(log_partition_stop(lp, BATCH_NOW), OK);
    reopen();
    assert_int_equal(append(LATE, 0, &out), LOG_CODE_OUT_OF_ORDER_SEQUENCE);
    for (int32_t i = 1; i < 6; i++) {
        assert_written_before(LATE, i, 3 + i);
    }
    assert_written_before(EARLY, 0, 0);
}

static void a_segment_begins_with_a_snapshot(void **state)
{
    struct log_snapshot s;

    (void)state;
    write_log();
    assert_int_equal(count_snapshots(), 2);
    assert_int_equal(log_snapshot_load(&fs, SIM_DIR, 5, ALL, &s), OK);
    assert_int_equal(s.count, 2);
    for (size_t i = 0; i < s.count; i++) {
        const struct log_snapshot_entry *e = &s.entries[i];
        bool early = e->producer_id == EARLY;
        assert_true(early || e->producer_id == LATE);
        assert_int_equal(e->producer_epoch, 2);
        assert_int_equal(e->last_sequence, early ? 2 : 1);
        assert_int_equal(e->last_offset, early ? 2 : 4);
        assert_int_equal(e->offset_delta, early ? 2 : 0);
        assert_int_equal(e->timestamp, BATCH_NOW + (early ? 2 : 0));
        assert_int_equal(e->coordinator_epoch, -1);
        assert_int_equal(e->transaction_offset, -1);
    }
    log_snapshot_fini(&s);
}

static void a_stop_leaves_a_snapshot_of_the_end(void **state)
{
    (void)state;
    write_log();
    assert_int_equal(log_partition_stop(lp, BATCH_NOW), OK);
    const struct sim_file *f = sim_find(&sim, AT_STOP);
    assert_non_null(f);
    assert_string_equal(f->durable_name, AT_STOP);
    reopen();
    size_t syncs = sim.syncs;
    assert_int_equal(log_partition_stop(lp, BATCH_NOW), OK);
    assert_int_equal(sim.syncs, syncs); /* it says all that there is */
    write_one(LATE, 6);
    assert_int_equal(log_partition_stop(lp, BATCH_NOW), OK);
    assert_int_equal(count_snapshots(), 4);
    reopen();
    assert_null(sim_find(&sim, AT_STOP)); /* neither of a segment nor the newest */
    assert_int_equal(count_snapshots(), 3);
}

static void without_producers_there_is_no_snapshot(void **state)
{
    (void)state;
    for (int i = 0; i < 80; i++) {
        batch_append_plain(lp, 3);
    }
    assert_true(log_partition_segment_count(lp) > 1);
    assert_int_equal(log_partition_stop(lp, BATCH_NOW), OK);
    assert_int_equal(count_snapshots(), 0);
}

static void who_was_silent_too_long_is_not_written_down(void **state)
{
    (void)state;
    write_log();
    assert_int_equal(log_partition_stop(lp, BATCH_NOW + DAY), OK);
    assert_null(sim_find(&sim, AT_STOP));
    assert_int_equal(log_partition_stop(lp, BATCH_NOW + DAY - 1), OK);
    assert_non_null(sim_find(&sim, AT_STOP));
}

static void who_was_silent_too_long_is_not_made_known(void **state)
{
    (void)state;
    write_log();
    remove_first();
    log_partition_close(&lp);
    open_at(BATCH_NOW + 2 + DAY);
    assert_false(is_known(EARLY));
    log_partition_close(&lp);
    open_at(BATCH_NOW + 1 + DAY);
    assert_true(is_known(EARLY));
}

static void a_removed_segment_takes_its_snapshot_along(void **state)
{
    struct log_retention rules = {.ms = -1, .bytes = 0};
    size_t removed;

    (void)state;
    write_log();
    remove_first();
    assert_int_equal(count_snapshots(), 2);
    assert_int_equal(log_partition_retain(lp, &rules, BATCH_NOW, ALL, &removed), OK);
    assert_int_equal(removed, 2);
    assert_int_equal(count_snapshots(), 1);
    assert_non_null(sim_find(&sim, AT_STOP)); /* of the empty one that began */
    reopen();
    assert_written_before(EARLY, 0, 0);
    assert_written_before(LATE, 5, 8);
}

static void a_snapshot_that_can_not_be_read_gives_way_to_an_older_one(void **state)
{
    struct sim_file *f;

    (void)state;
    write_log();
    remove_first();
    f = sim_find(&sim, THIRD);
    f->now[f->now_len - 1] ^= 1;
    reopen();
    assert_int_equal(report.files_quarantined, 1);
    assert_non_null(sim_find(&sim, THIRD ".bad"));
    assert_null(sim_find(&sim, THIRD));
    assert_written_before(EARLY, 0, 0);
    sim_put(&sim, SECOND, "", 0);
    reopen();
    assert_int_equal(report.files_quarantined, 1);
    assert_non_null(sim_find(&sim, SECOND ".bad"));
    assert_false(is_known(EARLY));
    assert_written_before(LATE, 5, 8);
    reopen();
    assert_int_equal(report.files_quarantined, 0);
}

/* It is whole, but claims what the log does not have. */
static void put_false_snapshot(int64_t offset, int64_t id, int64_t last_offset)
{
    struct log_snapshot_entry e = {.producer_id = id,
        .last_sequence = 0,
        .last_offset = last_offset,
        .timestamp = BATCH_NOW,
        .coordinator_epoch = -1,
        .transaction_offset = -1};
    struct log_snapshot s = {.entries = &e, .count = 1};

    assert_int_equal(log_snapshot_store(&s, &fs, SIM_DIR, offset), OK);
    assert_int_equal(fs.ops->sync_dir(fs.context, SIM_DIR), 0);
}

static void a_snapshot_can_not_claim_what_the_log_has_not(void **state)
{
    (void)state;
    write_log();
    remove_first();
    put_false_snapshot(9, 77, 5); /* the first offset that is left */
    reopen();
    assert_false(is_known(77));
    put_false_snapshot(9, 77, 4);
    reopen();
    assert_true(is_known(77));
}

static void a_snapshot_does_not_contradict_the_log(void **state)
{
    (void)state;
    write_log();
    remove_first();
    put_false_snapshot(9, LATE, 4);
    reopen();
    assert_written_before(LATE, 5, 8);
    write_one(LATE, 6);
}

static void a_snapshot_behind_the_end_goes(void **state)
{
    (void)state;
    write_log();
    remove_first();
    put_false_snapshot(10, 77, 4);
    reopen();
    assert_false(is_known(77));
    assert_null(sim_find(&sim, "00000000000000000010.snapshot"));
    assert_true(is_known(EARLY));
    put_false_snapshot(10, 77, 4);
    log_partition_close(&lp);
    sim.fail_after = 0;
    sim.fail_errno = EIO;
    assert_int_equal(
        log_partition_open(&fs, SIM_DIR, &config, BATCH_NOW, &lp, &report), ERR_IO);
}

/* Who wrote between it and the start is not in it, and not in the log either. */
static void a_snapshot_below_the_start_goes(void **state)
{
    (void)state;
    write_log();
    copy_file(SECOND, "00000000000000000004.snapshot");
    remove_first();
    fs.ops->unlink(fs.context, SIM_DIR, SECOND);
    fs.ops->unlink(fs.context, SIM_DIR, THIRD);
    reopen();
    assert_int_equal(count_snapshots(), 0);
    assert_int_equal(report.files_quarantined, 0);
    assert_false(is_known(EARLY));
}

static void what_a_crash_left_unnamed_goes(void **state)
{
    (void)state;
    write_log();
    sim_put(&sim, AT_STOP ".tmp", "x", 1);
    reopen();
    assert_null(sim_find(&sim, AT_STOP ".tmp"));
}

static void no_more_are_made_known_than_there_is_room_for(void **state)
{
    struct log_budget budget = {.max = 1};

    (void)state;
    write_log();
    remove_first();
    log_partition_close(&lp);
    config.producers = &budget;
    open_at(BATCH_NOW); /* room for the one in the log only */
    assert_true(is_known(LATE));
    assert_false(is_known(EARLY));
    log_partition_close(&lp);
    budget.max = 2;
    open_at(BATCH_NOW);
    assert_true(is_known(LATE));
    assert_true(is_known(EARLY));
    write_one(43, 0); /* who wrote last stays */
    assert_false(is_known(EARLY));
    assert_true(is_known(LATE));
    log_partition_close(&lp);
    assert_int_equal(budget.used, 0);
}

static void of_many_the_last_to_write_are_made_known(void **state)
{
    (void)state;
    config.producers_max = 3;
    reopen();
    for (int64_t id = 1; id <= 3; id++) {
        write_one(id, 0);
    }
    assert_int_equal(log_partition_sync(lp), OK);
    write_one(0, 0); /* a segment has three of these */
    assert_int_equal(log_partition_sync(lp), OK);
    assert_int_equal(log_partition_delete_before(lp, 3), LOG_CODE_NONE);
    write_one(9, 0);
    reopen();
    assert_true(is_known(9));
    assert_true(is_known(3));
    assert_true(is_known(2));
    assert_false(is_known(1));
}

static void a_full_disk_stops_no_new_segment(void **state)
{
    (void)state;
    write_one(EARLY, 0);
    write_one(LATE, 0);
    write_one(LATE, 1);
    assert_int_equal(log_partition_segment_count(lp), 1);
    sim.space = 1200; /* for the batch, but not for the snapshot and the batch */
    struct log_appended out;
    (void)!append(LATE, 2, &out);
    assert_false(log_partition_is_read_only(lp));
    sim.space = SIZE_MAX;
    assert_int_equal(append(LATE, 2, &out), LOG_CODE_NONE);
    assert_int_equal(log_partition_segment_count(lp), 2);
    assert_true(count_snapshots() <= 1);
}

static void a_snapshot_that_can_not_be_made_is_done_without(void **state)
{
    struct log_appended out;

    (void)state;
    write_one(EARLY, 0);
    write_one(LATE, 0);
    write_one(LATE, 1);
    assert_int_equal(log_partition_sync(lp), OK);
    sim.fail_errno = ENOSPC;
    sim.fail_after = 1; /* the sync of the segment goes well, the file is not made */
    assert_int_equal(append(LATE, 2, &out), LOG_CODE_NONE);
    assert_int_equal(log_partition_segment_count(lp), 2);
    assert_int_equal(count_snapshots(), 0);
    mem_fail_after(0);
    (void)!log_partition_stop(lp, BATCH_NOW);
    mem_fail_after(-1);
    assert_int_equal(count_snapshots(), 0);
    assert_int_equal(log_partition_stop(lp, BATCH_NOW), OK);
    assert_int_equal(count_snapshots(), 1);
}

/* The second segment's entry is not durable yet when the third one is due. */
static void a_directory_that_can_not_be_synced_ends_the_writing(void **state)
{
    struct log_appended out;

    (void)state;
    write_one(EARLY, 0);
    for (int32_t i = 0; i < 5; i++) {
        write_one(LATE, i);
    }
    assert_int_equal(log_partition_segment_count(lp), 2);
    sim.fail_errno = EIO;
    sim.fail_after = 1; /* the sync of the segment goes well */
    assert_int_equal(append(LATE, 5, &out), LOG_CODE_STORAGE_ERROR);
    assert_true(log_partition_is_read_only(lp));
    assert_int_equal(log_partition_stop(lp, BATCH_NOW), ERR_IO);
    assert_int_equal(count_snapshots(), 1);
}

/* --- cuts ------------------------------------------------------------------------------
 */

struct run {
    int64_t acknowledged; /* flushed offset that a client was told */
    bool finished;
};

/* Appends, flushes, removes old segments, stops in order. */
static void run(struct run *r)
{
    struct log_appended out;
    struct log_retention rules = {.ms = -1, .bytes = 6000};
    size_t removed;
    bool good = append(EARLY, 0, &out) == LOG_CODE_NONE;

    for (int32_t i = 0; good && i < 20; i++) {
        good = append(LATE, i, &out) == LOG_CODE_NONE;
        if (good && i % 5 == 4) {
            good = log_partition_sync(lp) == OK;
            r->acknowledged = log_partition_flushed_offset(lp);
            good =
                good && log_partition_retain(lp, &rules, BATCH_NOW, ALL, &removed) == OK;
        }
    }
    r->finished = good && log_partition_stop(lp, BATCH_NOW) == OK;
    int64_t flushed = log_partition_flushed_offset(lp);
    r->acknowledged = flushed > r->acknowledged ? flushed : r->acknowledged;
}

/* What was acknowledged is known; what is known is in the log, or was acknowledged. */
static bool is_right(const struct run *r)
{
    struct log_appended out;
    int64_t found = log_partition_end_offset(lp);
    int64_t start = log_partition_start_offset(lp);
    int32_t next = (int32_t)(found > 3 ? found - 3 : 0); /* of LATE's sequences */

    if (found < r->acknowledged || append(EARLY, 0, &out) != LOG_CODE_NONE ||
        (r->acknowledged > 0 && !out.duplicate) ||
        (out.duplicate && (out.base_offset != 0 || found < 3)) ||
        (out.duplicate && start > 0 && r->acknowledged == 0)) {
        return false;
    }
    for (int32_t i = next > 5 ? next - 5 : 0; i < next; i++) {
        bool in_log = 3 + i >= start;
        enum log_code code = append(LATE, i, &out);
        if (in_log && (code != LOG_CODE_NONE || !out.duplicate ||
                          out.base_offset != 3 + (int64_t)i)) {
            return false;
        }
    }
    return append(LATE, next, &out) == LOG_CODE_NONE && !out.duplicate;
}

/* A snapshot has its name only when it is whole. */
static bool has_broken_snapshot(void)
{
    for (size_t i = 0; i < SIM_FILES; i++) {
        if (strstr(sim.files[i].name, ".snapshot.bad") != NULL) {
            return true;
        }
    }
    return false;
}

/* True: the cut came before the run had ended. */
static bool cut_at(long n, uint64_t seed, bool ignore_sync, unsigned *wrong)
{
    struct run r = {0};

    sim_init(&sim, seed);
    fs = sim_fs(&sim);
    sim.ignore_sync = ignore_sync;
    open_at(BATCH_NOW);
    sim.fail_after = n;
    sim.fail_errno = EIO;
    sim.fail_forever = true;
    run(&r);
    log_partition_close(&lp);
    sim.fail_after = -1;
    sim_cut(&sim);
    enum err e = log_partition_open(&fs, SIM_DIR, &config, BATCH_NOW, &lp, &report);
    if (e != OK || has_broken_snapshot() || !is_right(&r)) {
        ++*wrong;
        if (!ignore_sync) {
            print_message(
                "cut %ld seed %d: acknowledged %d\n", n, (int)seed, (int)r.acknowledged);
        }
    }
    log_partition_close(&lp);
    sim_fini(&sim);
    return !r.finished;
}

static void producers_are_known_wherever_power_is_cut(void **state)
{
    unsigned wrong = 0;

    (void)state;
    config = batch_config();
    for (uint64_t seed = 1; seed <= 12; seed++) {
        long n = 0;
        while (cut_at(n, seed * 7919 + (uint64_t)n, false, &wrong)) {
            n++;
        }
        assert_true(n > 100);
    }
    assert_int_equal(wrong, 0);
}

static void without_syncing_the_same_check_fails(void **state)
{
    unsigned wrong = 0;

    (void)state;
    config = batch_config();
    for (long n = 0; n < 100; n += 5) {
        (void)cut_at(n, (uint64_t)n + 1, true, &wrong);
    }
    assert_true(wrong > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_producer_is_known_after_its_batches_were_removed, begin, end),
        cmocka_unit_test_setup_teardown(
            without_snapshots_it_would_be_forgotten, begin, end),
        cmocka_unit_test_setup_teardown(
            the_last_five_batches_are_known_after_a_stop, begin, end),
        cmocka_unit_test_setup_teardown(a_segment_begins_with_a_snapshot, begin, end),
        cmocka_unit_test_setup_teardown(a_stop_leaves_a_snapshot_of_the_end, begin, end),
        cmocka_unit_test_setup_teardown(
            without_producers_there_is_no_snapshot, begin, end),
        cmocka_unit_test_setup_teardown(
            who_was_silent_too_long_is_not_written_down, begin, end),
        cmocka_unit_test_setup_teardown(
            who_was_silent_too_long_is_not_made_known, begin, end),
        cmocka_unit_test_setup_teardown(
            a_removed_segment_takes_its_snapshot_along, begin, end),
        cmocka_unit_test_setup_teardown(
            a_snapshot_that_can_not_be_read_gives_way_to_an_older_one, begin, end),
        cmocka_unit_test_setup_teardown(
            a_snapshot_can_not_claim_what_the_log_has_not, begin, end),
        cmocka_unit_test_setup_teardown(
            a_snapshot_does_not_contradict_the_log, begin, end),
        cmocka_unit_test_setup_teardown(a_snapshot_behind_the_end_goes, begin, end),
        cmocka_unit_test_setup_teardown(a_snapshot_below_the_start_goes, begin, end),
        cmocka_unit_test_setup_teardown(what_a_crash_left_unnamed_goes, begin, end),
        cmocka_unit_test_setup_teardown(
            no_more_are_made_known_than_there_is_room_for, begin, end),
        cmocka_unit_test_setup_teardown(
            of_many_the_last_to_write_are_made_known, begin, end),
        cmocka_unit_test_setup_teardown(a_full_disk_stops_no_new_segment, begin, end),
        cmocka_unit_test_setup_teardown(
            a_snapshot_that_can_not_be_made_is_done_without, begin, end),
        cmocka_unit_test_setup_teardown(
            a_directory_that_can_not_be_synced_ends_the_writing, begin, end),
        cmocka_unit_test_setup_teardown(
            the_first_sequence_of_a_batch_is_known, begin, end),
        cmocka_unit_test(producers_are_known_wherever_power_is_cut),
        cmocka_unit_test(without_syncing_the_same_check_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
