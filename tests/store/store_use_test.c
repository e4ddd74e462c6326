#include "store_world.h"

#include "mem.h"

static struct world w;

#define WRITES 11
#define READS  12

static int start(void **state)
{
    static const struct world_options plain;

    (void)state;
    world_start(&w, &plain);
    w.use_count = 0;
    assert_int_equal(world_open(&w, 1, 0, true), 0);
    (void)world_gate(&w, 1);
    world_grant(&w, 1, WRITES, 1, IPC_OPERATION_WRITE);
    world_grant(&w, 1, READS, 1, IPC_OPERATION_READ);
    world_rounds(&w, 3);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    (void)world_stop(&w);
    world_remove(&w);
    return 0;
}

/* Reads from that offset on; what the answer holds is the log's batches. */
static void read_from(int64_t offset, int32_t max_bytes)
{
    struct world_fetch f = {.handle = READS, .offset = offset, .max_bytes = max_bytes};

    assert_int_equal(world_fetched(&w, 1, world_fetch(&w, 1, &f))->error, 0);
}

static void assert_use(
    size_t i, enum ipc_operation operation, int64_t first, int64_t last, uint64_t records)
{
    assert_true(i < w.use_count);
    assert_int_equal(w.uses[i].gate, 1);
    assert_memory_equal(
        w.uses[i].topic_id.bytes, world_topic(1).bytes, sizeof(w.uses[i].topic_id.bytes));
    assert_int_equal(w.uses[i].partition, 0);
    assert_int_equal(w.uses[i].operation, operation);
    assert_int_equal(w.uses[i].first_offset, first);
    assert_int_equal(w.uses[i].last_offset, last);
    assert_int_equal(w.uses[i].records, records);
    assert_true(w.uses[i].bytes > 0);
    assert_true(w.uses[i].first_time_ms > 0);
    assert_true(w.uses[i].first_time_ms <= w.uses[i].last_time_ms);
}

static void batches_behind_each_other_are_one_range(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        (void)world_write(&w, 1, WRITES, 3);
    }
    world_hear_uses(&w);
    assert_int_equal(w.use_count, 1);
    assert_use(0, IPC_OPERATION_WRITE, 0, 299, 300);
    assert_int_equal(w.uses[0].jumps, 0);
    assert_null(w.store.uses);
}

static void what_is_read_is_the_batches_that_were_sent(void **state)
{
    (void)state;
    (void)world_write(&w, 1, WRITES, 3);
    (void)world_write(&w, 1, WRITES, 4);
    world_hear_uses(&w);
    w.use_count = 0;
    read_from(1, 0); /* in the midst of the first batch: the whole of it is sent */
    world_hear_uses(&w);
    assert_int_equal(w.use_count, 1);
    assert_use(0, IPC_OPERATION_READ, 0, 6, 7);
}

static void nothing_to_read_is_no_use(void **state)
{
    (void)state;
    read_from(0, 0);
    world_hear_uses(&w);
    assert_int_equal(w.use_count, 0);
}

static void a_few_jumps_are_exact_ranges_and_more_of_them_are_counted(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        (void)world_write(&w, 1, WRITES, 2);
    }
    world_hear_uses(&w);
    w.use_count = 0;
    for (int64_t i = 9; i >= 0; i--) {
        read_from(2 * i, 1); /* one batch each, backwards */
    }
    world_hear_uses(&w);
    assert_int_equal(w.use_count, STORE_USE_RANGES);
    assert_use(0, IPC_OPERATION_READ, 18, 19, 2);
    assert_use(1, IPC_OPERATION_READ, 16, 17, 2);
    assert_use(2, IPC_OPERATION_READ, 14, 15, 2);
    assert_use(3, IPC_OPERATION_READ, 0, 13, 14);
    assert_int_equal(w.uses[2].jumps, 0);
    assert_int_equal(w.uses[3].jumps, 6);
}

static void who_loses_a_right_has_used_it_before(void **state)
{
    (void)state;
    (void)world_write(&w, 1, WRITES, 5);
    assert_int_equal(w.use_count, 0);
    world_revoke(&w, 1, WRITES); /* the answer comes behind it */
    assert_int_equal(w.use_count, 1);
    assert_use(0, IPC_OPERATION_WRITE, 0, 4, 5);
    assert_null(w.store.uses);
}

static void what_a_gate_did_last_is_told_when_it_is_gone(void **state)
{
    struct ipc_gate_gone gone = {.gate = 1};

    (void)state;
    (void)world_write(&w, 1, WRITES, 5);
    assert_int_equal(ipc_channel_send(&w.warden, IPC_MSG_GATE_GONE, 0, &gone, -1), OK);
    world_rounds(&w, 3);
    world_hear_uses(&w);
    assert_int_equal(w.use_count, 1);
    assert_null(w.store.uses);
}

static void a_stop_tells_all_of_it(void **state)
{
    (void)state;
    (void)world_write(&w, 1, WRITES, 5);
    (void)store_finish(&w.store);
    world_hear_uses(&w);
    assert_int_equal(w.use_count, 1);
    assert_use(0, IPC_OPERATION_WRITE, 0, 4, 5);
}

static void without_memory_each_batch_is_told_at_once(void **state)
{
    struct store_grant *grant =
        store_grant_find(store_gate_find(&w.store, 1), WRITES, IPC_OPERATION_WRITE);
    const struct store_range range = {
        .first_offset = 7, .last_offset = 8, .records = 2, .bytes = 9};

    (void)state;
    assert_non_null(grant);
    mem_fail_after(0);
    store_use_add(store_gate_find(&w.store, 1), grant, &range);
    mem_fail_after(-1);
    assert_null(w.store.uses);
    world_hear_uses(&w);
    assert_int_equal(w.use_count, 1);
    assert_use(0, IPC_OPERATION_WRITE, 7, 8, 2);
}

static void bytes_that_are_no_batch_end_the_range(void **state)
{
    uint8_t bytes[200] = {0};
    struct store_grant *grant =
        store_grant_find(store_gate_find(&w.store, 1), READS, IPC_OPERATION_READ);

    (void)state;
    assert_non_null(grant);
    store_use_add_batches(store_gate_find(&w.store, 1), grant, bytes, sizeof(bytes));
    world_hear_uses(&w);
    assert_int_equal(w.use_count, 1);
    assert_use(0, IPC_OPERATION_READ, 0, -1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            batches_behind_each_other_are_one_range, start, stop),
        cmocka_unit_test_setup_teardown(
            what_is_read_is_the_batches_that_were_sent, start, stop),
        cmocka_unit_test_setup_teardown(nothing_to_read_is_no_use, start, stop),
        cmocka_unit_test_setup_teardown(
            a_few_jumps_are_exact_ranges_and_more_of_them_are_counted, start, stop),
        cmocka_unit_test_setup_teardown(
            who_loses_a_right_has_used_it_before, start, stop),
        cmocka_unit_test_setup_teardown(
            what_a_gate_did_last_is_told_when_it_is_gone, start, stop),
        cmocka_unit_test_setup_teardown(a_stop_tells_all_of_it, start, stop),
        cmocka_unit_test_setup_teardown(
            without_memory_each_batch_is_told_at_once, start, stop),
        cmocka_unit_test_setup_teardown(
            bytes_that_are_no_batch_end_the_range, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
