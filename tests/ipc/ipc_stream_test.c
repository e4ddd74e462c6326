/* The stream form of ipc_channel: bulk between a gate and the store. */
#include "ipc_channel.h"
#include "ipc_fixture.h"
#include "mem.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUEUE ((size_t)64 * 1024 * 1024)

static uint8_t bytes[4096];
static uint8_t large[9 * 1024 * 1024];

static void put(int raw, const uint8_t *from, size_t length)
{
    while (length > 0) {
        ssize_t n = send(raw, from, length, MSG_NOSIGNAL);
        assert_true(n > 0);
        from += n;
        length -= (size_t)n;
    }
}

static void expect(struct ipc_channel *c, enum err want)
{
    struct ipc_received m;

    assert_int_equal(ipc_channel_receive(c, &m), want);
    assert_int_equal(m.fd, -1);
}

static void expect_produce(struct ipc_channel *c, uint64_t request)
{
    struct ipc_received m;

    assert_int_equal(ipc_channel_receive(c, &m), OK);
    assert_int_equal(m.msg, IPC_MSG_PRODUCE);
    assert_true(m.request == request);
    assert_true(ipc_view_equals(m.body.produce.batch, "abc"));
}

static void a_message_split_at_every_byte_arrives_whole(void **state)
{
    size_t length = ipc_packet_of(IPC_MSG_PRODUCE, 7, IPC_SHAPE_SMALL, bytes);

    (void)state;
    for (size_t at = 1; at < length; at++) {
        struct ipc_channel c;
        int raw = ipc_open(&c, IPC_STREAM, IPC_STORE, IPC_GATE, 0);
        put(raw, bytes, at);
        expect(&c, ERR_AGAIN);
        assert_false(ipc_channel_has_message(&c)); /* a part of one */
        put(raw, bytes + at, length - at);
        expect_produce(&c, 7);
        assert_false(ipc_channel_has_message(&c));
        expect(&c, ERR_AGAIN);
        close(raw);
        expect(&c, ERR_CLOSED);
        ipc_channel_fini(&c);
    }
}

static void messages_that_were_read_at_once_come_out_one_by_one(void **state)
{
    struct ipc_channel c;
    int raw = ipc_open(&c, IPC_STREAM, IPC_STORE, IPC_GATE, 0);
    size_t length = 0;

    (void)state;
    for (uint64_t i = 0; i < 3; i++) {
        length += ipc_packet_of(IPC_MSG_PRODUCE, i, IPC_SHAPE_SMALL, bytes + length);
    }
    assert_false(ipc_channel_has_message(&c));
    put(raw, bytes, length - 1);
    expect_produce(&c, 0);
    assert_true(ipc_channel_has_message(&c));
    expect_produce(&c, 1);
    assert_false(ipc_channel_has_message(&c)); /* but its last byte */
    expect(&c, ERR_AGAIN);
    put(raw, bytes + length - 1, 1);
    close(raw);
    expect_produce(&c, 2); /* what was sent before the end counts */
    expect(&c, ERR_CLOSED);
    assert_true(c.received == 3);
    ipc_channel_fini(&c);
    assert_false(ipc_channel_has_message(&c));
}

static void a_length_above_the_maximum_is_refused_by_its_header(void **state)
{
    const struct ipc_info *info = ipc_info(IPC_MSG_PRODUCE);
    const uint32_t lengths[] = {(uint32_t)info->length_max + 1, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ipc_channel c;
        struct ipc_header h = {.number = info->number, .length = lengths[i]};
        int raw = ipc_open(&c, IPC_STREAM, IPC_STORE, IPC_GATE, 0);
        ipc_header_encode(&h, bytes);
        put(raw, bytes, IPC_HEADER_BYTES - 1);
        expect(&c, ERR_AGAIN);
        size_t capacity = c.in.capacity;
        put(raw, bytes + IPC_HEADER_BYTES - 1, 1);
        expect(&c, ERR_INVALID);
        expect(&c, ERR_INVALID); /* and stays so */
        assert_int_equal(c.in.capacity, capacity);
        ipc_channel_fini(&c);
        close(raw);
    }
    struct ipc_channel c;
    struct ipc_header h = {.number = info->number, .length = (uint32_t)info->length_max};
    int raw = ipc_open(&c, IPC_STREAM, IPC_STORE, IPC_GATE, 0);
    ipc_header_encode(&h, bytes);
    put(raw, bytes, IPC_HEADER_BYTES);
    expect(&c, ERR_AGAIN);
    assert_true(c.in.capacity <= (size_t)512 * 1024); /* announced, not allocated */
    ipc_channel_fini(&c);
    close(raw);
}

static void what_will_be_refused_counts_as_a_message(void **state)
{
    const uint16_t number = ipc_info(IPC_MSG_PRODUCE)->number;
    const uint32_t most = (uint32_t)ipc_info(IPC_MSG_PRODUCE)->length_max;
    const struct ipc_header second[] = {{.number = number, .length = most},
        {.number = number, .length = most + 1}, {.number = 0x7777, .length = 100},
        {.number = number, .flags = 0x8000, .length = 100}};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct ipc_channel c;
        int raw = ipc_open(&c, IPC_STREAM, IPC_STORE, IPC_GATE, 0);
        size_t length = ipc_packet_of(IPC_MSG_PRODUCE, 7, IPC_SHAPE_SMALL, bytes);
        ipc_header_encode(&second[i], bytes + length);
        put(raw, bytes, length + IPC_HEADER_BYTES);
        expect_produce(&c, 7);
        assert_int_equal(ipc_channel_has_message(&c), i > 0);
        expect(&c, i == 0 ? ERR_AGAIN : ERR_INVALID);
        ipc_channel_fini(&c);
        close(raw);
    }
}

static enum err offer(
    enum ipc_role self, enum ipc_role peer, const struct ipc_header *h, size_t length)
{
    struct ipc_channel c;
    struct ipc_received m;
    int raw = ipc_open(&c, IPC_STREAM, self, peer, 0);

    ipc_header_encode(h, bytes);
    put(raw, bytes, IPC_HEADER_BYTES + length);
    enum err e = ipc_channel_receive(&c, &m);
    ipc_channel_fini(&c);
    close(raw);
    return e;
}

static void a_header_that_breaks_a_rule_ends_the_stream(void **state)
{
    const uint16_t fetch = ipc_info(IPC_MSG_FETCH)->number;
    size_t length =
        ipc_packet_of(IPC_MSG_FETCH, 0, IPC_SHAPE_SMALL, bytes) - IPC_HEADER_BYTES;
    struct ipc_header h = {.number = fetch, .length = (uint32_t)length};

    (void)state;
    assert_int_equal(offer(IPC_STORE, IPC_GATE, &h, length), OK);
    assert_int_equal(offer(IPC_BROKER, IPC_GATE, &h, length), ERR_INVALID);
    assert_int_equal(offer(IPC_STORE, IPC_BROKER, &h, length), ERR_INVALID);
    assert_int_equal(offer(IPC_GATE, IPC_STORE, &h, length), ERR_INVALID);
    h.length--;
    assert_int_equal(offer(IPC_STORE, IPC_GATE, &h, length), ERR_INVALID);
    h.length += 2;
    assert_int_equal(offer(IPC_STORE, IPC_GATE, &h, length), ERR_AGAIN);
    assert_int_equal(offer(IPC_STORE, IPC_GATE, &h, length + 1), ERR_INVALID);
    h.length--;
    for (unsigned flags = 1; flags <= 0x8000; flags <<= 1) {
        h.flags = (uint16_t)flags;
        assert_int_equal(offer(IPC_STORE, IPC_GATE, &h, length), ERR_INVALID);
    }
    h = (struct ipc_header){.number = 0x7777};
    assert_int_equal(offer(IPC_STORE, IPC_GATE, &h, 0), ERR_INVALID);
}

/* Sends and receives in turns until the message is there. */
static void pump(struct ipc_channel *from, struct ipc_channel *to, struct ipc_received *m)
{
    enum err e;

    while ((e = ipc_channel_receive(to, m)) == ERR_AGAIN) {
        assert_int_equal(ipc_channel_flush(from), OK);
    }
    assert_int_equal(e, OK);
}

static void large_messages_go_in_parts_and_leave_no_large_buffer(void **state)
{
    struct ipc_channel gate;
    struct ipc_channel store;
    struct ipc_received m;
    struct ipc_produce p = {.batch = {.ptr = large, .len = sizeof(large)}};
    int raw = ipc_open(&store, IPC_STREAM, IPC_STORE, IPC_GATE, QUEUE);

    (void)state;
    for (size_t i = 0; i < sizeof(large); i++) {
        large[i] = (uint8_t)(i * 31 + i / 256);
    }
    assert_int_equal(
        ipc_channel_init(&gate, raw, IPC_STREAM, IPC_GATE, IPC_STORE, QUEUE), OK);
    assert_int_equal(ipc_channel_send(&gate, IPC_MSG_PRODUCE, 1, &p, -1), OK);
    assert_true(ipc_channel_wants_write(&gate));
    p.batch.len = 3;
    assert_int_equal(ipc_channel_send(&gate, IPC_MSG_PRODUCE, 2, &p, -1), OK);
    pump(&gate, &store, &m);
    assert_true(m.request == 1);
    assert_int_equal(m.body.produce.batch.len, sizeof(large));
    assert_memory_equal(m.body.produce.batch.ptr, large, sizeof(large));
    pump(&gate, &store, &m);
    assert_true(m.request == 2);
    assert_false(ipc_channel_wants_write(&gate));
    assert_int_equal(gate.queued, 0);
    expect(&store, ERR_AGAIN);
    assert_true(store.in.capacity <= (size_t)1024 * 1024);
    ipc_channel_fini(&gate);
    ipc_channel_fini(&store);
}

static void the_queue_of_a_stream_is_bounded(void **state)
{
    struct ipc_channel gate;
    struct ipc_produce p = {.batch = {.ptr = large, .len = 1000}};
    size_t one = IPC_HEADER_BYTES + 18 + 1000;
    int raw = ipc_open(&gate, IPC_STREAM, IPC_GATE, IPC_STORE, one);

    (void)state;
    enum err e;
    while ((e = ipc_channel_send(&gate, IPC_MSG_PRODUCE, 1, &p, -1)) == OK) {
        assert_true(gate.queued <= one);
    }
    assert_int_equal(e, ERR_FULL);
    p.batch.len = 1001;
    assert_int_equal(ipc_channel_send(&gate, IPC_MSG_PRODUCE, 1, &p, -1), ERR_FULL);
    ipc_channel_fini(&gate);
    close(raw);
}

static void a_reader_without_memory_says_so(void **state)
{
    struct ipc_channel c;
    struct ipc_received m;
    int raw = ipc_open(&c, IPC_STREAM, IPC_STORE, IPC_GATE, 0);

    (void)state;
    mem_fail_after(0);
    assert_int_equal(ipc_channel_receive(&c, &m), ERR_NOMEM);
    mem_fail_after(-1);
    ipc_channel_fini(&c);
    close(raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_split_at_every_byte_arrives_whole),
        cmocka_unit_test(messages_that_were_read_at_once_come_out_one_by_one),
        cmocka_unit_test(a_length_above_the_maximum_is_refused_by_its_header),
        cmocka_unit_test(what_will_be_refused_counts_as_a_message),
        cmocka_unit_test(a_header_that_breaks_a_rule_ends_the_stream),
        cmocka_unit_test(large_messages_go_in_parts_and_leave_no_large_buffer),
        cmocka_unit_test(the_queue_of_a_stream_is_bounded),
        cmocka_unit_test(a_reader_without_memory_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
