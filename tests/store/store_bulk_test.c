#include "store_world.h"

#include "mem.h"
#include "wire_code.h"

#include <string.h>

static struct world w;

static int start(void **state)
{
    static const struct world_options plain;

    (void)state;
    world_start(&w, &plain);
    (void)world_gate(&w, 1);
    (void)world_gate(&w, 2);
    assert_int_equal(world_open(&w, 1, 0, true), 0);
    world_grant(&w, 1, 11, 1, IPC_OPERATION_WRITE);
    world_grant(&w, 1, 12, 1, IPC_OPERATION_READ);
    world_grant(&w, 2, 21, 1, IPC_OPERATION_READ);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    (void)world_stop(&w);
    world_remove(&w);
    return 0;
}

static void what_is_produced_can_be_fetched(void **state)
{
    (void)state;
    assert_int_equal(world_write(&w, 1, 11, 3), 0);
    assert_int_equal(world_write(&w, 1, 11, 2), 3);
    const struct ipc_fetched *f =
        world_fetched(&w, 2, world_fetch(&w, 2, &(struct world_fetch){.handle = 21}));
    assert_int_equal(f->error, 0);
    assert_int_equal(f->index, 0);
    assert_int_equal(f->last, 1);
    assert_int_equal(f->high_watermark, 5);
    assert_int_equal(f->last_stable_offset, 5);
    assert_int_equal(f->log_start_offset, 0);
    assert_int_equal(world_records(f, 0), 5);
    f = world_fetched(
        &w, 2, world_fetch(&w, 2, &(struct world_fetch){.handle = 21, .offset = 3}));
    assert_int_equal(world_records(f, 3), 2);
}

static void every_kind_of_acks_is_answered(void **state)
{
    (void)state;
    for (int16_t acks = -1; acks <= 1; acks++) {
        uint64_t request = world_produce(&w, 1, 11, acks, 1);
        assert_int_equal(world_produced(&w, 1, request), 0);
        assert_int_equal(w.last.body.produced.base_offset, acks + 1);
    }
}

static void acks_outside_the_protocol_end_the_gate(void **state)
{
    (void)state;
    (void)world_produce(&w, 1, 11, 2, 1);
    world_expect_end(&w, &w.gates[0]);
    const struct ipc_gate_kill *kill =
        &world_expect(&w, &w.warden, IPC_MSG_GATE_KILL)->gate_kill;
    assert_int_equal(kill->gate, 1);
    assert_int_equal(kill->reason, IPC_KILL_BREACH);
    /* The other one is served as before. */
    (void)world_fetched(&w, 2, world_fetch(&w, 2, &(struct world_fetch){.handle = 21}));
}

static void acks_below_the_protocol_end_the_gate_too(void **state)
{
    (void)state;
    (void)world_produce(&w, 1, 11, -2, 1);
    world_expect_end(&w, &w.gates[0]);
}

static void a_handle_serves_only_its_gate_and_its_operation(void **state)
{
    (void)state;
    assert_int_equal(
        world_produced(&w, 1, world_produce(&w, 1, 99, 1, 1)), IPC_ERROR_NO_GRANT);
    assert_int_equal(
        world_produced(&w, 1, world_produce(&w, 1, 12, 1, 1)), IPC_ERROR_NO_GRANT);
    assert_int_equal(
        world_produced(&w, 2, world_produce(&w, 2, 11, 1, 1)), IPC_ERROR_NO_GRANT);
    static const uint64_t handles[] = {99, 11, 21};
    for (size_t i = 0; i < 3; i++) {
        struct world_fetch f = {
            .handle = handles[i], .max_wait_ms = 60000, .min_bytes = 1};
        assert_int_equal(
            world_fetched(&w, 1, world_fetch(&w, 1, &f))->error, IPC_ERROR_NO_GRANT);
    }
    assert_int_equal(
        log_partition_end_offset(
            store_partition_find(&w.store, &(struct ipc_uuid){.bytes = {1, 7}}, 0)->log),
        0);
}

static void a_fetch_waits_until_there_is_enough(void **state)
{
    struct world_fetch f = {.handle = 21, .max_wait_ms = 60000, .min_bytes = 1};

    (void)state;
    uint64_t request = world_fetch(&w, 2, &f);
    world_expect_silence(&w, &w.gates[1]);
    (void)world_write(&w, 1, 11, 4);
    assert_int_equal(world_records(world_fetched(&w, 2, request), 0), 4);

    f.offset = 4;
    f.min_bytes = 200;
    request = world_fetch(&w, 2, &f);
    (void)world_write(&w, 1, 11, 1); /* about 80 bytes */
    world_expect_silence(&w, &w.gates[1]);
    (void)world_write(&w, 1, 11, 6);
    const struct ipc_fetched *got = world_fetched(&w, 2, request);
    assert_int_equal(world_records(got, 4), 7);
    /* Exactly as much as is there: no wait. */
    f.min_bytes = (int32_t)got->records.len;
    assert_int_equal(world_records(world_fetched(&w, 2, world_fetch(&w, 2, &f)), 4), 7);
}

static void a_fetch_ends_when_its_time_is_over(void **state)
{
    struct world_fetch f = {.handle = 21, .max_wait_ms = 20, .min_bytes = 1};

    (void)state;
    const struct ipc_fetched *got = world_fetched(&w, 2, world_fetch(&w, 2, &f));
    assert_int_equal(got->error, 0);
    assert_int_equal(got->records.len, 0);
    assert_int_equal(got->last, 1);
}

static void data_without_a_promise_reaches_a_waiting_fetch(void **state)
{
    struct world_fetch f = {.handle = 21, .max_wait_ms = 60000, .min_bytes = 1};

    (void)state;
    uint64_t request = world_fetch(&w, 2, &f);
    world_expect_silence(&w, &w.gates[1]);
    assert_int_equal(world_produced(&w, 1, world_produce(&w, 1, 11, 1, 2)), 0);
    assert_false(w.store.lazy_timer.armed); /* somebody waits: flushed at once */
    assert_int_equal(world_records(world_fetched(&w, 2, request), 0), 2);
    /* And the other way round: the data is there first, not yet durable. */
    assert_int_equal(world_produced(&w, 1, world_produce(&w, 1, 11, 1, 2)), 0);
    f.offset = 2;
    assert_int_equal(world_records(world_fetched(&w, 2, world_fetch(&w, 2, &f)), 2), 2);
}

static void a_second_fetch_while_one_waits_ends_the_gate(void **state)
{
    struct world_fetch f = {.handle = 21, .max_wait_ms = 60000, .min_bytes = 1};

    (void)state;
    (void)world_fetch(&w, 2, &f);
    (void)world_fetch(&w, 2, &f);
    world_expect_end(&w, &w.gates[1]);
    assert_int_equal(world_expect(&w, &w.warden, IPC_MSG_GATE_KILL)->gate_kill.reason,
        IPC_KILL_BREACH);
}

static void revoking_ends_a_waiting_fetch(void **state)
{
    struct world_fetch f = {.handle = 21, .max_wait_ms = 60000, .min_bytes = 1};

    (void)state;
    for (int i = 0; i < 2; i++) {
        uint64_t request = world_fetch(&w, 2, &f);
        world_expect_silence(&w, &w.gates[1]);
        world_revoke(&w, 2, i == 0 ? f.handle : 0); /* 0: all of that gate */
        const struct ipc_fetched *got = world_fetched(&w, 2, request);
        assert_int_equal(got->error, IPC_ERROR_NO_GRANT);
        assert_int_equal(got->last, 1);
        world_grant(&w, 2, ++f.handle, 1, IPC_OPERATION_READ);
    }
    assert_int_equal(
        world_fetched(&w, 1, world_fetch(&w, 1, &(struct world_fetch){.handle = 12}))
            ->error,
        0);
}

static void a_revoked_handle_writes_nothing(void **state)
{
    (void)state;
    (void)world_write(&w, 1, 11, 1);
    world_revoke(&w, 1, 11);
    assert_int_equal(
        world_produced(&w, 1, world_produce(&w, 1, 11, 1, 1)), IPC_ERROR_NO_GRANT);
    world_revoke(&w, 1, 11); /* once more: acknowledged too */
    world_revoke(&w, 999, 0);
}

static void offsets_and_epochs_are_checked(void **state)
{
    struct world_fetch f = {
        .handle = 21, .offset = 3, .max_wait_ms = 60000, .min_bytes = 1};

    (void)state;
    (void)world_write(&w, 1, 11, 2);
    assert_int_equal(world_fetched(&w, 2, world_fetch(&w, 2, &f))->error,
        WIRE_CODE_OFFSET_OUT_OF_RANGE);
    f.offset = -1;
    assert_int_equal(world_fetched(&w, 2, world_fetch(&w, 2, &f))->error,
        WIRE_CODE_OFFSET_OUT_OF_RANGE);
    f.offset = 0;
    f.leader_epoch_plus_one = 3;
    assert_int_equal(world_fetched(&w, 2, world_fetch(&w, 2, &f))->error,
        WIRE_CODE_FENCED_LEADER_EPOCH);
    f.leader_epoch_plus_one = 5;
    assert_int_equal(world_fetched(&w, 2, world_fetch(&w, 2, &f))->error,
        WIRE_CODE_UNKNOWN_LEADER_EPOCH);
    f.leader_epoch_plus_one = 4;
    assert_int_equal(world_records(world_fetched(&w, 2, world_fetch(&w, 2, &f)), 0), 2);
}

/* The world's leader epoch is 3; nothing was written under another. */
static void a_log_that_parted_from_ours_is_told_where(void **state)
{
    struct world_fetch f = {.handle = 21, .offset = 2, .last_epoch_plus_one = 4};

    (void)state;
    (void)world_write(&w, 1, 11, 2);
    const struct ipc_fetched *got = world_fetched(&w, 2, world_fetch(&w, 2, &f));
    assert_int_equal(got->error, 0);
    assert_int_equal(got->diverging_epoch, -1);
    f.offset = 3; /* beyond the end of epoch 3: that is told, not the wrong offset */
    got = world_fetched(&w, 2, world_fetch(&w, 2, &f));
    assert_int_equal(got->error, 0);
    assert_int_equal(got->diverging_epoch, 3);
    assert_int_equal(got->diverging_end_offset, 2);
    assert_int_equal(got->records.len, 0);
    f.offset = 1;
    f.last_epoch_plus_one = 3; /* epoch 2 ended where 3 began */
    got = world_fetched(&w, 2, world_fetch(&w, 2, &f));
    assert_int_equal(got->diverging_epoch, 2);
    assert_int_equal(got->diverging_end_offset, 0);
    f.offset = 0;
    f.last_epoch_plus_one = 5;
    got = world_fetched(&w, 2, world_fetch(&w, 2, &f));
    assert_int_equal(got->error, WIRE_CODE_OFFSET_OUT_OF_RANGE);
    assert_int_equal(got->high_watermark, -1);
    assert_int_equal(got->log_start_offset, -1);
}

static void the_first_batch_comes_whole_and_no_more_than_asked_after_it(void **state)
{
    struct world_fetch f = {.handle = 21, .max_bytes = 1};

    (void)state;
    (void)world_write(&w, 1, 11, 5);
    (void)world_write(&w, 1, 11, 5);
    assert_int_equal(world_records(world_fetched(&w, 2, world_fetch(&w, 2, &f)), 0), 5);
    f.max_bytes = 1000;
    assert_int_equal(world_records(world_fetched(&w, 2, world_fetch(&w, 2, &f)), 0), 10);
}

static uint64_t fetch_two(uint64_t first, uint64_t second, int32_t max_bytes)
{
    struct ipc_fetch_entry entry = {.handle = first,
        .max_bytes = 1 << 20,
        .leader_epoch = -1,
        .last_fetched_epoch = -1};
    struct buf entries;

    buf_init(&entries, 4096);
    ipc_fetch_entry_add(&entries, &entry);
    entry.handle = second;
    ipc_fetch_entry_add(&entries, &entry);
    struct ipc_fetch fetch = {.max_bytes = max_bytes,
        .partitions = {.ptr = entries.bytes, .len = entries.length}};
    assert_int_equal(
        ipc_channel_send(&w.gates[1], IPC_MSG_FETCH, ++w.request, &fetch, -1), OK);
    buf_fini(&entries);
    return w.request;
}

static void several_partitions_share_the_limit_and_come_in_order(void **state)
{
    (void)state;
    world_grant(&w, 2, 22, 1, IPC_OPERATION_READ);
    (void)world_write(&w, 1, 11, 5);
    uint64_t request = fetch_two(21, 22, 1);
    const struct ipc_fetched *f = world_fetched(&w, 2, request);
    assert_int_equal(world_records(f, 0), 5);
    assert_int_equal(f->last, 0);
    size_t first = f->records.len;
    f = world_fetched(&w, 2, request);
    int32_t size = (int32_t)first;
    assert_int_equal(f->index, 1);
    assert_int_equal(f->records.len, 0);
    assert_int_equal(f->error, 0);
    assert_int_equal(f->last, 1);
    for (int extra = -1; extra < 1; extra++) {
        request = fetch_two(21, 22, 2 * size + extra);
        assert_int_equal(world_records(world_fetched(&w, 2, request), 0), 5);
        assert_int_equal(
            world_records(world_fetched(&w, 2, request), 0), extra < 0 ? 0 : 5);
    }
    request = fetch_two(99, 21, 1 << 20);
    assert_int_equal(world_fetched(&w, 2, request)->error, IPC_ERROR_NO_GRANT);
    assert_int_equal(world_records(world_fetched(&w, 2, request), 0), 5);
}

static void a_handle_twice_in_one_fetch_ends_the_gate(void **state)
{
    (void)state;
    world_grant(&w, 2, 22, 1, IPC_OPERATION_READ);
    for (int i = 0; i < 2; i++) { /* but in the next one it may be again */
        uint64_t request = fetch_two(21, 22, 1000);
        assert_int_equal(world_fetched(&w, 2, request)->error, 0);
        assert_int_equal(world_fetched(&w, 2, request)->last, 1);
    }
    (void)fetch_two(21, 21, 1000);
    world_expect_end(&w, &w.gates[1]);
    assert_int_equal(world_expect(&w, &w.warden, IPC_MSG_GATE_KILL)->gate_kill.reason,
        IPC_KILL_BREACH);
}

static size_t reads;

static ssize_t counted_pread(
    void *context, int fd, void *bytes, size_t len, int64_t position)
{
    struct log_fs posix = log_fs_posix();

    (void)context;
    reads++;
    return posix.ops->pread(posix.context, fd, bytes, len, position);
}

/* Handles from `first` on, all of topic 2; waits for more than there ever is. */
static void park_patient(uint64_t first, int count)
{
    struct ipc_fetch_entry entry = {
        .max_bytes = 1 << 20, .leader_epoch = -1, .last_fetched_epoch = -1};
    struct buf entries;

    buf_init(&entries, 65536);
    for (int i = 0; i < count; i++) {
        entry.handle = first + (uint64_t)i;
        world_grant(&w, 2, entry.handle, 2, IPC_OPERATION_READ);
        ipc_fetch_entry_add(&entries, &entry);
    }
    struct ipc_fetch fetch = {.max_wait_ms = 60000,
        .min_bytes = 1 << 20,
        .max_bytes = 1 << 20,
        .partitions = {.ptr = entries.bytes, .len = entries.length}};
    assert_int_equal(ipc_channel_send(&w.gates[1], IPC_MSG_FETCH, 5, &fetch, -1), OK);
    buf_fini(&entries);
    world_expect_silence(&w, &w.gates[1]);
}

static void waking_looks_at_each_that_waits_once(void **state)
{
    enum { PATIENT = 60 };
    static struct log_fs_ops ops;
    uint64_t requests[2];
    struct world_fetch f = {
        .handle = 31, .offset = 1, .max_wait_ms = 60000, .min_bytes = 1};

    (void)state;
    ops = *w.store.files.fs.ops;
    ops.pread = counted_pread;
    w.store.files.fs.ops = &ops;
    assert_int_equal(world_open(&w, 2, 0, true), 0);
    world_grant(&w, 1, 13, 2, IPC_OPERATION_WRITE);
    (void)world_write(&w, 1, 13, 1);
    for (uint64_t gate = 3; gate <= 4; gate++) {
        (void)world_gate(&w, gate);
        world_grant(&w, gate, 31, 2, IPC_OPERATION_READ);
        requests[gate - 3] = world_fetch(&w, gate, &f);
        world_expect_silence(&w, &w.gates[gate - 1]);
    }
    park_patient(100, PATIENT); /* they stand before the two */
    reads = 0;
    (void)world_write(&w, 1, 13, 1);
    for (uint64_t gate = 3; gate <= 4; gate++) {
        assert_int_equal(
            world_records(world_fetched(&w, gate, requests[gate - 3]), 1), 1);
    }
    assert_true(reads >= PATIENT);
    assert_true(reads < 2 * PATIENT);
    reads = 0;
    (void)world_write(&w, 1, 13, 1); /* those who wait on are still there */
    assert_true(reads >= PATIENT);
    assert_true(reads < 2 * PATIENT);
}

static struct store_partition *the_partition(void)
{
    return store_partition_find(&w.store, &(struct ipc_uuid){.bytes = {1, 7}}, 0);
}

/* Either nothing was written, or somebody waits for the good answer. */
static int written_and_waiting(void)
{
    struct store_partition *p = the_partition();
    int written = log_partition_end_offset(p->log) > 0;

    assert_int_equal(written, p->waiters != NULL);
    return written;
}

static void what_was_written_is_not_called_failed_for_want_of_memory(void **state)
{
    static uint8_t bytes[BATCH_MAX];
    struct batch_spec spec = {.count = 1, .value_size = 10, .timestamp = BATCH_NOW};
    size_t len = batch_make(bytes, &spec);
    int written[2] = {0, 0};

    for (long n = 0; n < 12; n++) {
        struct store_gate *g = store_gate_find(&w.store, 1);
        while (g == NULL) {
            world_rounds(&w, 1);
            g = store_gate_find(&w.store, 1);
        }
        world_rounds(&w, 3); /* its grants */
        struct ipc_received m = {.msg = IPC_MSG_PRODUCE, .fd = -1};
        uint8_t *room = buf_reserve(&g->channel.in, len);
        assert_non_null(room);
        memcpy(room, bytes, len);
        m.body.produce = (struct ipc_produce){
            .handle = 11, .acks = -1, .batch = {.ptr = room, .len = len}};
        mem_fail_after(n);
        (void)!store_produce_on_produce(g, &m);
        mem_fail_after(-1);
        written[0] += written_and_waiting();
        (void)stop(state);
        (void)start(state);
        m = (struct ipc_received){.msg = IPC_MSG_APPEND, .fd = -1};
        m.body.append = (struct ipc_append){
            .topic_id = world_topic(1), .batch = {.ptr = bytes, .len = len}};
        mem_fail_after(n);
        (void)!store_broker_on_append(&w.store, &m);
        mem_fail_after(-1);
        written[1] += written_and_waiting();
        (void)stop(state);
        (void)start(state);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_in_range(written[i], 1, 11);
    }
}

static void a_batch_that_breaks_the_rules_is_refused_not_written(void **state)
{
    static uint8_t bytes[BATCH_MAX];
    struct batch_spec spec = {.count = 2, .value_size = 10, .timestamp = BATCH_NOW};
    size_t len = batch_make(bytes, &spec);
    struct ipc_produce produce = {
        .handle = 11, .acks = 1, .batch = {.ptr = bytes, .len = len}};

    (void)state;
    bytes[len - 1] ^= 1;
    assert_int_equal(ipc_channel_send(&w.gates[0], IPC_MSG_PRODUCE, 5, &produce, -1), OK);
    assert_int_equal(world_produced(&w, 1, 5), WIRE_CODE_CORRUPT_MESSAGE);
    assert_int_equal(w.last.body.produced.base_offset, -1);
    produce.batch.len = 0;
    assert_int_equal(ipc_channel_send(&w.gates[0], IPC_MSG_PRODUCE, 6, &produce, -1), OK);
    assert_int_not_equal(world_produced(&w, 1, 6), 0);
    assert_int_equal(world_write(&w, 1, 11, 1), 0);
}

static void control_batches_are_not_a_gates_business(void **state)
{
    static uint8_t bytes[BATCH_MAX];
    struct batch_spec spec = {.count = 1,
        .value_size = 10,
        .timestamp = BATCH_NOW,
        .attributes = RECORD_ATTRIBUTE_CONTROL};
    struct ipc_produce produce = {.handle = 11,
        .acks = 1,
        .batch = {.ptr = bytes, .len = batch_make(bytes, &spec)}};

    (void)state;
    assert_int_equal(ipc_channel_send(&w.gates[0], IPC_MSG_PRODUCE, 5, &produce, -1), OK);
    assert_int_equal(world_produced(&w, 1, 5), WIRE_CODE_INVALID_RECORD);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_produced_can_be_fetched),
        TEST(every_kind_of_acks_is_answered),
        TEST(acks_outside_the_protocol_end_the_gate),
        TEST(acks_below_the_protocol_end_the_gate_too),
        TEST(a_handle_serves_only_its_gate_and_its_operation),
        TEST(a_fetch_waits_until_there_is_enough),
        TEST(a_fetch_ends_when_its_time_is_over),
        TEST(data_without_a_promise_reaches_a_waiting_fetch),
        TEST(a_second_fetch_while_one_waits_ends_the_gate),
        TEST(revoking_ends_a_waiting_fetch),
        TEST(a_revoked_handle_writes_nothing),
        TEST(offsets_and_epochs_are_checked),
        TEST(a_log_that_parted_from_ours_is_told_where),
        TEST(the_first_batch_comes_whole_and_no_more_than_asked_after_it),
        TEST(several_partitions_share_the_limit_and_come_in_order),
        TEST(a_handle_twice_in_one_fetch_ends_the_gate),
        TEST(waking_looks_at_each_that_waits_once),
        TEST(what_was_written_is_not_called_failed_for_want_of_memory),
        TEST(a_batch_that_breaks_the_rules_is_refused_not_written),
        TEST(control_batches_are_not_a_gates_business),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
