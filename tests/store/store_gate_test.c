#include "store_world.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct world w;
static const struct world_options plain;

static int start(void **state)
{
    (void)state;
    world_start(&w, &plain);
    (void)world_gate(&w, 1);
    (void)world_gate(&w, 2);
    assert_int_equal(world_open(&w, 1, 0, true), 0);
    world_grant(&w, 1, 11, 1, IPC_OPERATION_WRITE);
    world_grant(&w, 2, 21, 1, IPC_OPERATION_READ);
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

static void send_raw(uint64_t gate, const void *bytes, size_t len)
{
    assert_int_equal(send(w.gates[gate - 1].fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

static void send_header(uint64_t gate, uint16_t number, uint16_t flags, uint32_t length)
{
    struct ipc_header h = {.number = number, .flags = flags, .length = length};
    uint8_t bytes[IPC_HEADER_BYTES];

    ipc_header_encode(&h, bytes);
    send_raw(gate, bytes, sizeof(bytes));
}

static void expect_breach(uint64_t gate)
{
    world_expect_end(&w, &w.gates[gate - 1]);
    const struct ipc_gate_kill *kill =
        &world_expect(&w, &w.warden, IPC_MSG_GATE_KILL)->gate_kill;
    assert_int_equal(kill->gate, gate);
    assert_int_equal(kill->reason, IPC_KILL_BREACH);
    /* Neither the process nor the others feel it. */
    assert_false(w.store.role.stopping);
    assert_int_equal(
        world_fetched(&w, 2, world_fetch(&w, 2, &(struct world_fetch){.handle = 21}))
            ->error,
        0);
}

static void every_message_that_is_not_a_gates_ends_its_channel(void **state)
{
    (void)state;
    for (int msg = 0; msg < IPC_MSG_COUNT; msg++) {
        const struct ipc_info *info = ipc_info((enum ipc_msg)msg);
        static uint8_t zeros[1024];
        if (msg == IPC_MSG_PRODUCE || msg == IPC_MSG_FETCH) {
            continue;
        }
        send_header(1, info->number, 0, (uint32_t)info->length_min);
        assert_true(info->length_min <= sizeof(zeros));
        if (info->length_min > 0) {
            send_raw(1, zeros, info->length_min);
        }
        expect_breach(1);
        ipc_channel_fini(&w.gates[0]);
        (void)world_gate(&w, 1);
        world_rounds(&w, 2);
    }
}

static void unknown_numbers_flags_and_lengths_end_the_channel(void **state)
{
    static const struct {
        uint16_t number;
        uint16_t flags;
        uint32_t length;
    } bad[] = {{0x7777, 0, 0}, {0x0308, 1, 100}, {0x0308, 0, 0xffffffff}, {0x0308, 0, 0},
        {0x030a, 0, 3u * 1024 * 1024}};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        send_header(1, bad[i].number, bad[i].flags, bad[i].length);
        expect_breach(1);
        ipc_channel_fini(&w.gates[0]);
        (void)world_gate(&w, 1);
        world_rounds(&w, 2);
    }
}

static void a_message_above_what_the_grants_allow_is_not_taken_in(void **state)
{
    static uint8_t bytes[8192];
    size_t sent = 0;

    (void)state;
    send_header(1, ipc_info(IPC_MSG_PRODUCE)->number, 0, 50u * 1024 * 1024);
    while (store_gate_find(&w.store, 1) != NULL && sent < 50u * 1024 * 1024) {
        ssize_t n =
            send(w.gates[0].fd, bytes, sizeof(bytes), MSG_NOSIGNAL | MSG_DONTWAIT);
        sent += n > 0 ? (size_t)n : 0;
        world_rounds(&w, 1);
    }
    assert_true(sent < 5u * 1024 * 1024);
    expect_breach(1);
}

static void a_fetch_with_a_torn_entry_or_none_is_a_breach(void **state)
{
    static const size_t sizes[] = {0, 1, FETCH_ENTRY_BYTES - 1, FETCH_ENTRY_BYTES + 1};
    static const uint8_t zeros[64];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct ipc_fetch fetch = {.partitions = {.ptr = zeros, .len = sizes[i]}};
        assert_int_equal(ipc_channel_send(&w.gates[0], IPC_MSG_FETCH, 1, &fetch, -1), OK);
        expect_breach(1);
        ipc_channel_fini(&w.gates[0]);
        (void)world_gate(&w, 1);
        world_rounds(&w, 2);
    }
}

static void a_gate_that_hangs_up_just_goes(void **state)
{
    (void)state;
    (void)world_produce(&w, 1, 11, 1, 1);
    ipc_channel_fini(&w.gates[0]);
    w.gates[0].fd = -1;
    world_rounds(&w, 5);
    assert_null(store_gate_find(&w.store, 1));
    world_expect_silence(&w, &w.warden);
    struct store_partition *p =
        store_partition_find(&w.store, &(struct ipc_uuid){.bytes = {1, 7}}, 0);
    assert_int_equal(log_partition_end_offset(p->log), 1);
    assert_int_equal(p->references, 3); /* the table, one grant, and the lazy list */
}

/* Answers stay in store until the gate reads; when it never does, it is ended. */
static void a_gate_that_does_not_read_is_held_back_and_then_ended(void **state)
{
    struct store_gate *g = store_gate_find(&w.store, 2);
    size_t sent = 0;

    (void)state;
    for (int i = 0; i < 40; i++) {
        (void)world_write(&w, 1, 11, 90);
    }
    while (g->channel.queued < STORE_GATE_WINDOW && sent < 10000) {
        assert_int_equal(ipc_channel_flush(&w.gates[1]), OK);
        if (g->fetch.state == STORE_FETCH_NONE) {
            (void)world_fetch(&w, 2, &(struct world_fetch){.handle = 21});
            sent++;
        }
        world_rounds(&w, 2);
    }
    assert_true(sent < 10000);
    assert_true(g->channel.queued < STORE_GATE_WINDOW + STORE_PIECE_MAX);
    assert_int_equal(w.store.queued, g->channel.queued);
    size_t before = g->channel.queued;
    (void)world_fetch(&w, 2, &(struct world_fetch){.handle = 21});
    world_rounds(&w, 5);
    assert_int_equal(g->channel.queued, before);
    assert_int_equal(g->fetch.state, STORE_FETCH_NONE); /* it is not even read */
    assert_true(g->stall.armed);
    g->stall.on_timer(g->stall.context); /* the time is over */
    world_rounds(&w, 2);
    assert_null(store_gate_find(&w.store, 2));
    assert_int_equal(w.store.queued, 0);
    assert_int_equal(
        world_expect(&w, &w.warden, IPC_MSG_GATE_KILL)->gate_kill.reason, IPC_KILL_QUEUE);
}

/* One fetch with many partitions is answered as fast as it is read, not at once. */
static void answers_are_made_as_the_gate_takes_them(void **state)
{
    enum { ENTRIES = 100 };
    struct store_gate *g = store_gate_find(&w.store, 2);
    struct ipc_fetch_entry entry = {
        .max_bytes = 1 << 20, .leader_epoch = -1, .last_fetched_epoch = -1};
    struct buf entries;

    (void)state;
    for (int i = 0; i < 40; i++) {
        (void)world_write(&w, 1, 11, 90);
    }
    buf_init(&entries, 65536);
    for (uint64_t i = 0; i < ENTRIES; i++) {
        entry.handle = 100 + i;
        world_grant(&w, 2, entry.handle, 1, IPC_OPERATION_READ);
        ipc_fetch_entry_add(&entries, &entry);
    }
    struct ipc_fetch fetch = {.max_bytes = INT32_MAX,
        .partitions = {.ptr = entries.bytes, .len = entries.length}};
    assert_int_equal(ipc_channel_send(&w.gates[1], IPC_MSG_FETCH, 5, &fetch, -1), OK);
    buf_fini(&entries);
    world_rounds(&w, 10);
    assert_true(g->channel.queued < 2 * STORE_GATE_WINDOW);
    assert_true(g->fetch.next < ENTRIES);
    for (uint32_t i = 0; i < ENTRIES; i++) {
        const struct ipc_fetched *f = world_fetched(&w, 2, 5);
        assert_int_equal(f->index, i);
        assert_int_equal(f->last, i == ENTRIES - 1);
        assert_int_equal(world_records(f, 0), 40 * 90);
    }
}

static void all_of_many_messages_that_came_at_once_are_answered(void **state)
{
    enum { COUNT = 100 }; /* more than are handled in one round */
    uint64_t requests[COUNT];

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        requests[i] = world_produce(&w, 1, 11, 1, 1);
    }
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(world_produced(&w, 1, requests[i]), 0);
    }
}

static void unanswered_produces_have_a_limit(void **state)
{
    struct store_gate *g = store_gate_find(&w.store, 1);

    (void)state;
    g->produce_count += STORE_PRODUCES_A_GATE - 1;
    assert_int_equal(world_produced(&w, 1, world_produce(&w, 1, 11, 1, 1)), 0);
    g->produce_count++;
    (void)world_produce(&w, 1, 11, 1, 1);
    store_gate_settle(g);
    world_expect_silence(&w, &w.gates[0]);
    g->produce_count = 0;
    store_gate_settle(g);
    assert_int_equal(world_expect(&w, &w.gates[0], IPC_MSG_PRODUCED)->produced.error, 0);
}

static void a_grant_may_overtake_the_wardens_word_of_the_gate(void **state)
{
    struct ipc_gate_add add = {.gate = 3};
    int ends[2];

    (void)state;
    /* Broker's message stands first in the loop's order, the warden's is only queued. */
    loop_remove(w.store.role.loop, &w.store.role.warden.watch);
    w.store.role.warden.watch.active = true;
    assert_int_equal(ipc_pair(IPC_STREAM, ends), OK);
    assert_int_equal(ipc_channel_send(&w.warden, IPC_MSG_GATE_ADD, 0, &add, ends[0]), OK);
    (void)close(ends[0]);
    world_grant(&w, 3, 31, 1, IPC_OPERATION_READ);
    world_rounds(&w, 3);
    struct store_gate *g = store_gate_find(&w.store, 3);
    assert_non_null(g);
    assert_non_null(store_grant_find(g, 31, IPC_OPERATION_READ));
    w.store.role.warden.watch.active = false;
    (void)close(ends[1]);
}

static void expect_core_end(void)
{
    world_expect_end(&w, &w.broker);
    assert_true(w.store.role.stopping);
}

static void a_breach_by_broker_ends_the_process(void **state)
{
    struct ipc_grant grant = {.gate = 1,
        .handle = 12,
        .topic_id = world_topic(1),
        .operation = 3,
        .max_message_bytes = 1};

    (void)state;
    assert_int_equal(ipc_channel_send(&w.broker, IPC_MSG_GRANT, 0, &grant, -1), OK);
    expect_core_end();
}

static void the_end_of_naming_comes_once(void **state)
{
    (void)state;
    world_named(&w);
    world_named(&w);
    expect_core_end();
}

static void gate_zero_is_no_gate(void **state)
{
    struct ipc_gate_add add = {.gate = 0};

    (void)state;
    assert_int_equal(
        ipc_channel_send(&w.warden, IPC_MSG_GATE_ADD, 0, &add, w.broker.fd), OK);
    world_rounds(&w, 2);
    assert_true(w.store.role.stopping);
}

static void a_handle_is_given_once(void **state)
{
    (void)state;
    world_grant(&w, 1, 11, 1, IPC_OPERATION_READ);
    expect_core_end();
}

static void handle_zero_is_no_handle(void **state)
{
    (void)state;
    world_grant(&w, 1, 0, 1, IPC_OPERATION_READ);
    expect_core_end();
}

static void without_broker_store_ends(void **state)
{
    (void)state;
    ipc_channel_fini(&w.broker);
    world_rounds(&w, 3);
    assert_true(w.store.role.stopping);
    w.broker.fd = -1;
}

static void stop_is_heard(void **state)
{
    struct ipc_stop message = {0};

    (void)state;
    assert_int_equal(ipc_channel_send(&w.warden, IPC_MSG_STOP, 0, &message, -1), OK);
    world_rounds(&w, 2);
    assert_true(w.store.role.stopping);
    assert_true(w.store.asked_to_stop);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_message_that_is_not_a_gates_ends_its_channel),
        TEST(unknown_numbers_flags_and_lengths_end_the_channel),
        TEST(a_message_above_what_the_grants_allow_is_not_taken_in),
        TEST(a_fetch_with_a_torn_entry_or_none_is_a_breach),
        TEST(a_gate_that_hangs_up_just_goes),
        TEST(a_gate_that_does_not_read_is_held_back_and_then_ended),
        TEST(answers_are_made_as_the_gate_takes_them),
        TEST(all_of_many_messages_that_came_at_once_are_answered),
        TEST(unanswered_produces_have_a_limit),
        TEST(a_grant_may_overtake_the_wardens_word_of_the_gate),
        TEST(a_breach_by_broker_ends_the_process),
        TEST(the_end_of_naming_comes_once),
        TEST(gate_zero_is_no_gate),
        TEST(a_handle_is_given_once),
        TEST(handle_zero_is_no_handle),
        TEST(without_broker_store_ends),
        TEST(stop_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
