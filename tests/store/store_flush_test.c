#include "store_world.h"

#include "wire_code.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static struct world w;

/* The real files, with a hand on the syncs. */
static struct hook {
    struct log_fs_ops ops;
    atomic_int fail; /* errno */
    atomic_int syncs;
    atomic_bool hold; /* a sync first takes a byte from the pipe */
    int pipe[2];
    pthread_t loop; /* whose own syncs (new checkpoints, new files) are not the subject */
} hook;

static int hooked_fdatasync(void *context, int fd)
{
    struct log_fs posix = log_fs_posix();
    char byte;

    (void)context;
    if (pthread_equal(pthread_self(), hook.loop)) {
        return posix.ops->fdatasync(posix.context, fd);
    }
    if (atomic_load(&hook.hold) && read(hook.pipe[0], &byte, 1) != 1) {
        return -EIO;
    }
    atomic_fetch_add(&hook.syncs, 1);
    int fail = atomic_load(&hook.fail);
    return fail != 0 ? -fail : posix.ops->fdatasync(posix.context, fd);
}

static void release_one(void)
{
    assert_int_equal(write(hook.pipe[1], "x", 1), 1);
}

static struct store_files hooked_files(void)
{
    struct store_files files = store_files_posix();

    memset(&hook, 0, sizeof(hook));
    hook.loop = pthread_self();
    hook.ops = *files.fs.ops;
    hook.ops.fdatasync = hooked_fdatasync;
    files.fs.ops = &hook.ops;
    assert_int_equal(pipe(hook.pipe), 0);
    return files;
}

static void begin(unsigned flushers, bool lax)
{
    static struct store_files files;
    struct world_options options = {.flushers = flushers, .lax = lax, .files = &files};

    files = hooked_files();
    world_start(&w, &options);
    (void)world_gate(&w, 1);
    (void)world_gate(&w, 2);
    assert_int_equal(world_open(&w, 1, 0, true), 0);
    world_grant(&w, 1, 11, 1, IPC_OPERATION_WRITE);
    world_grant(&w, 2, 21, 1, IPC_OPERATION_READ);
}

static void end(bool good)
{
    world_named(&w);
    assert_int_equal(world_stop(&w), good);
    world_remove(&w);
    (void)close(hook.pipe[0]);
    (void)close(hook.pipe[1]);
}

static void acks_all_waits_for_the_disk_and_consumers_too(void **state)
{
    struct world_fetch f = {.handle = 21, .max_wait_ms = 60000, .min_bytes = 1};

    (void)state;
    begin(STORE_FLUSHERS, false);
    atomic_store(&hook.hold, true);
    uint64_t fetch = world_fetch(&w, 2, &f);
    uint64_t produce = world_produce(&w, 1, 11, -1, 3);
    world_expect_silence(&w, &w.gates[0]);
    world_expect_silence(&w, &w.gates[1]);
    atomic_store(&hook.hold, false);
    release_one();
    assert_int_equal(world_produced(&w, 1, produce), 0);
    assert_int_equal(world_records(world_fetched(&w, 2, fetch), 0), 3);
    end(true);
}

/* Who was answered with acks=1 asks where the log ends, and deletes up to there. */
static void broker_is_answered_when_what_was_acknowledged_is_durable(void **state)
{
    struct ipc_offset_query q = {.topic_id = world_topic(1), .timestamp = -1};
    struct ipc_records_delete d = {.topic_id = world_topic(1), .before = 3};

    (void)state;
    begin(STORE_FLUSHERS, false);
    atomic_store(&hook.hold, true);
    assert_int_equal(world_produced(&w, 1, world_produce(&w, 1, 11, 1, 3)), 0);
    assert_int_equal(ipc_channel_send(&w.broker, IPC_MSG_OFFSET_QUERY, 4, &q, -1), OK);
    assert_int_equal(ipc_channel_send(&w.broker, IPC_MSG_RECORDS_DELETE, 5, &d, -1), OK);
    world_expect_silence(&w, &w.broker);
    atomic_store(&hook.hold, false);
    release_one();
    assert_int_equal(
        world_expect(&w, &w.broker, IPC_MSG_OFFSET_ANSWER)->offset_answer.offset, 3);
    const struct ipc_records_deleted *deleted =
        &world_expect(&w, &w.broker, IPC_MSG_RECORDS_DELETED)->records_deleted;
    assert_int_equal(deleted->error, 0);
    assert_int_equal(deleted->log_start_offset, 3);
    end(true);
}

static void one_flush_serves_all_that_wait(void **state)
{
    uint64_t requests[20];

    (void)state;
    begin(STORE_FLUSHERS, false);
    atomic_store(&hook.hold, true);
    uint64_t first = world_produce(&w, 1, 11, -1, 1);
    world_expect_silence(&w, &w.gates[0]); /* its flush runs */
    for (size_t i = 0; i < 20; i++) {
        requests[i] = world_produce(&w, 1, 11, -1, 1);
    }
    world_expect_silence(&w, &w.gates[0]);
    int before = atomic_load(&hook.syncs);
    release_one();
    assert_int_equal(world_produced(&w, 1, first), 0);
    world_expect_silence(&w, &w.gates[0]); /* the others came after it began */
    release_one();
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(world_produced(&w, 1, requests[i]), 0);
        assert_int_equal(w.last.body.produced.base_offset, (int)i + 1);
    }
    assert_int_equal(atomic_load(&hook.syncs), before + 2);
    atomic_store(&hook.hold, false);
    end(true);
}

static void answers_keep_the_order_of_the_requests(void **state)
{
    (void)state;
    begin(STORE_FLUSHERS, false);
    atomic_store(&hook.hold, true);
    uint64_t slow = world_produce(&w, 1, 11, -1, 1);
    uint64_t wrong = world_produce(&w, 1, 99, -1, 1);
    uint64_t quick = world_produce(&w, 1, 11, 1, 1);
    world_expect_silence(&w, &w.gates[0]);
    atomic_store(&hook.hold, false);
    release_one();
    assert_int_equal(world_produced(&w, 1, slow), 0);
    assert_int_equal(world_produced(&w, 1, wrong), IPC_ERROR_NO_GRANT);
    assert_int_equal(world_produced(&w, 1, quick), 0);
    end(true);
}

static uint64_t send_numbered(int32_t sequence)
{
    static uint8_t bytes[BATCH_MAX];
    struct batch_spec spec = {.count = 2,
        .value_size = 10,
        .timestamp = BATCH_NOW,
        .producer_id = 5,
        .sequence = sequence};
    struct ipc_produce produce = {.handle = 11,
        .acks = -1,
        .batch = {.ptr = bytes, .len = batch_make(bytes, &spec)}};
    uint64_t request = ++w.request;

    assert_int_equal(
        ipc_channel_send(&w.gates[0], IPC_MSG_PRODUCE, request, &produce, -1), OK);
    return request;
}

static void a_repeated_batch_waits_for_the_first_and_is_written_once(void **state)
{
    (void)state;
    begin(STORE_FLUSHERS, false);
    atomic_store(&hook.hold, true);
    uint64_t first = send_numbered(0);
    uint64_t again = send_numbered(0);
    world_expect_silence(&w, &w.gates[0]);
    atomic_store(&hook.hold, false);
    release_one();
    assert_int_equal(world_produced(&w, 1, first), 0);
    assert_int_equal(world_produced(&w, 1, again), 0);
    assert_int_equal(w.last.body.produced.base_offset, 0);
    assert_int_equal(world_produced(&w, 1, send_numbered(0)), 0); /* durable by now */
    assert_int_equal(w.last.body.produced.base_offset, 0);
    assert_int_equal(world_produced(&w, 1, send_numbered(9)), 45);
    assert_int_equal(world_produced(&w, 1, send_numbered(2)), 0);
    assert_int_equal(w.last.body.produced.base_offset, 2);
    end(true);
}

static void after_a_failed_sync_the_partition_is_read_only(void **state)
{
    (void)state;
    begin(STORE_FLUSHERS, false);
    (void)world_write(&w, 1, 11, 2);
    atomic_store(&hook.fail, EIO);
    assert_int_equal(world_produced(&w, 1, world_produce(&w, 1, 11, -1, 1)),
        WIRE_CODE_KAFKA_STORAGE_ERROR);
    atomic_store(&hook.fail, 0);
    for (int16_t acks = -1; acks <= 1; acks++) {
        assert_int_equal(world_produced(&w, 1, world_produce(&w, 1, 11, acks, 1)),
            WIRE_CODE_KAFKA_STORAGE_ERROR);
    }
    const struct ipc_fetched *f =
        world_fetched(&w, 2, world_fetch(&w, 2, &(struct world_fetch){.handle = 21}));
    assert_int_equal(world_records(f, 0), 2);
    assert_int_equal(f->high_watermark, 2);
    end(false); /* the next start must look closely */
}

static void acks_one_is_flushed_within_the_stated_time(void **state)
{
    (void)state;
    begin(STORE_FLUSHERS, false);
    assert_int_equal(world_produced(&w, 1, world_produce(&w, 1, 11, 1, 1)), 0);
    assert_true(w.store.lazy_timer.armed);
    assert_true(w.store.lazy_timer.due_ms <=
                loop_now_ms(w.store.role.loop) + STORE_LAZY_FLUSH_MS);
    struct store_partition *p =
        store_partition_find(&w.store, &(struct ipc_uuid){.bytes = {1, 7}}, 0);
    assert_int_equal(log_partition_flushed_offset(p->log), 0);
    store_partition_on_lazy(&w.store); /* the time is over */
    while (log_partition_flushed_offset(p->log) == 0) {
        assert_int_equal(loop_once(w.store.role.loop, 1), OK);
    }
    assert_int_equal(log_partition_flushed_offset(p->log), 1);
    end(true);
}

static void with_durability_os_nobody_waits_for_the_disk(void **state)
{
    struct world_fetch f = {.handle = 21, .max_wait_ms = 60000, .min_bytes = 1};

    (void)state;
    begin(STORE_FLUSHERS, true);
    int before = atomic_load(&hook.syncs);
    uint64_t fetch = world_fetch(&w, 2, &f);
    world_expect_silence(&w, &w.gates[1]);
    assert_int_equal(world_produced(&w, 1, world_produce(&w, 1, 11, -1, 2)), 0);
    assert_int_equal(world_records(world_fetched(&w, 2, fetch), 0), 2);
    assert_int_equal(atomic_load(&hook.syncs), before);
    end(true);
}

static void brokers_own_records_are_durable_before_the_answer_always(void **state)
{
    static uint8_t bytes[BATCH_MAX];
    struct batch_spec spec = {.count = 2,
        .value_size = 10,
        .timestamp = BATCH_NOW,
        .attributes = RECORD_ATTRIBUTE_CONTROL}; /* which only broker may write */
    struct ipc_append append = {.topic_id = world_topic(1),
        .batch = {.ptr = bytes, .len = batch_make(bytes, &spec)}};

    (void)state;
    for (int lax = 0; lax < 2; lax++) {
        begin(STORE_FLUSHERS, lax != 0);
        atomic_store(&hook.hold, true);
        assert_int_equal(ipc_channel_send(&w.broker, IPC_MSG_APPEND, 9, &append, -1), OK);
        world_expect_silence(&w, &w.broker);
        atomic_store(&hook.hold, false);
        release_one();
        const struct ipc_appended *done =
            &world_expect(&w, &w.broker, IPC_MSG_APPENDED)->appended;
        assert_int_equal(done->error, 0);
        assert_int_equal(done->base_offset, 0);
        end(true);
    }
}

static void a_stop_flushes_and_answers_those_who_wait(void **state)
{
    struct ipc_received m;

    (void)state;
    begin(STORE_FLUSHERS, false);
    atomic_store(&hook.hold, true);
    uint64_t request = world_produce(&w, 1, 11, -1, 1);
    world_expect_silence(&w, &w.gates[0]);
    atomic_store(&hook.hold, false);
    release_one();
    world_named(&w);
    assert_true(store_finish(&w.store));
    assert_int_equal(ipc_channel_receive(&w.gates[0], &m), OK);
    assert_int_equal(m.request, request);
    assert_int_equal(m.body.produced.error, 0);
    end(true);
}

static void a_gate_that_leaves_does_not_disturb_what_it_wrote(void **state)
{
    struct ipc_gate_gone gone = {.gate = 1};

    (void)state;
    begin(STORE_FLUSHERS, false);
    atomic_store(&hook.hold, true);
    (void)world_produce(&w, 1, 11, -1, 3);
    world_expect_silence(&w, &w.gates[0]);
    assert_int_equal(ipc_channel_send(&w.warden, IPC_MSG_GATE_GONE, 0, &gone, -1), OK);
    world_expect_end(&w, &w.gates[0]);
    atomic_store(&hook.hold, false);
    release_one();
    struct world_fetch f = {.handle = 21, .max_wait_ms = 60000, .min_bytes = 1};
    assert_int_equal(world_records(world_fetched(&w, 2, world_fetch(&w, 2, &f)), 0), 3);
    end(true);
}

static void a_drop_while_a_flush_runs_answers_the_waiting(void **state)
{
    (void)state;
    begin(STORE_FLUSHERS, false);
    atomic_store(&hook.hold, true);
    uint64_t request = world_produce(&w, 1, 11, -1, 1);
    world_expect_silence(&w, &w.gates[0]);
    assert_int_equal(world_drop(&w, 1, 0), 0);
    assert_int_equal(
        world_produced(&w, 1, request), WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    atomic_store(&hook.hold, false);
    release_one();
    assert_int_equal(
        world_produced(&w, 1, world_produce(&w, 1, 11, 1, 1)), IPC_ERROR_NO_GRANT);
    end(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acks_all_waits_for_the_disk_and_consumers_too),
        cmocka_unit_test(broker_is_answered_when_what_was_acknowledged_is_durable),
        cmocka_unit_test(one_flush_serves_all_that_wait),
        cmocka_unit_test(answers_keep_the_order_of_the_requests),
        cmocka_unit_test(a_repeated_batch_waits_for_the_first_and_is_written_once),
        cmocka_unit_test(after_a_failed_sync_the_partition_is_read_only),
        cmocka_unit_test(acks_one_is_flushed_within_the_stated_time),
        cmocka_unit_test(with_durability_os_nobody_waits_for_the_disk),
        cmocka_unit_test(brokers_own_records_are_durable_before_the_answer_always),
        cmocka_unit_test(a_stop_flushes_and_answers_those_who_wait),
        cmocka_unit_test(a_gate_that_leaves_does_not_disturb_what_it_wrote),
        cmocka_unit_test(a_drop_while_a_flush_runs_answers_the_waiting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
