#include "ipc_channel.h"

#include "clock.h"
#include "ipc_fixture.h"
#include "mem.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PACKET  65536
#define PAYLOAD (PACKET - IPC_HEADER_BYTES)
#define QUEUE   ((size_t)32 * 1024 * 1024)

static uint8_t packet[2 * PACKET];
static uint8_t large[8 * 1024 * 1024 + 1];

static void expect(struct ipc_channel *c, enum err want)
{
    struct ipc_received m;

    assert_int_equal(ipc_channel_receive(c, &m), want);
    assert_int_equal(m.fd, -1);
}

/* One packet of an attacker, made from a good one; what receiving it says. */
static enum err offer(enum ipc_role self, enum ipc_role peer, const uint8_t *bytes,
    size_t length, size_t descriptors)
{
    struct ipc_channel c;
    struct ipc_received m;
    size_t before = ipc_count_descriptors();
    int raw = ipc_open(&c, IPC_PACKETS, self, peer, 0);

    ipc_raw_send(raw, bytes, length, descriptors);
    enum err e = ipc_channel_receive(&c, &m);
    if (m.fd >= 0) {
        close(m.fd);
    }
    ipc_channel_fini(&c);
    close(raw);
    assert_int_equal(ipc_count_descriptors(), before);
    return e;
}

static void set_header(uint16_t number, uint16_t flags, uint32_t length, uint64_t request)
{
    const struct ipc_header h = {number, flags, length, request};

    ipc_header_encode(&h, packet);
}

static void every_message_arrives_as_it_was_sent(void **state)
{
    (void)state;
    for (int i = 0; i < IPC_MSG_COUNT; i++) {
        const struct ipc_info *info = ipc_info((enum ipc_msg)i);
        struct ipc_channel c;
        struct ipc_channel d;
        struct ipc_received m;
        union ipc_any any;
        enum ipc_role from = ipc_first_role(info->from);
        enum ipc_role to = ipc_first_role(info->to);
        int raw = ipc_open(&c, IPC_PACKETS, to, from, QUEUE);
        size_t length = ipc_packet_of((enum ipc_msg)i, 0, IPC_SHAPE_SMALL, packet);

        assert_int_equal(ipc_channel_init(&d, raw, IPC_PACKETS, from, to, QUEUE), OK);
        assert_int_equal(ipc_decode((enum ipc_msg)i, packet + IPC_HEADER_BYTES,
                             length - IPC_HEADER_BYTES, &any),
            OK);
        assert_int_equal(
            ipc_channel_send(&d, (enum ipc_msg)i, 77, &any, info->fds == 1 ? 0 : -1), OK);
        assert_false(ipc_channel_wants_write(&d));
        assert_int_equal(ipc_channel_receive(&c, &m), OK);
        assert_int_equal(m.msg, i);
        assert_true(m.request == 77);
        assert_int_equal(m.fd >= 0, info->fds == 1);
        if (m.fd >= 0) {
            assert_true((fcntl(m.fd, F_GETFD) & FD_CLOEXEC) != 0);
            close(m.fd);
        }
        struct buf out;
        buf_init(&out, PACKET);
        ipc_encode(m.msg, &m.body, &out);
        assert_int_equal(out.length, length - IPC_HEADER_BYTES);
        if (out.length > 0) {
            assert_memory_equal(out.bytes, packet + IPC_HEADER_BYTES, out.length);
        }
        buf_fini(&out);
        assert_true(c.received == 1);
        expect(&c, ERR_AGAIN);
        assert_true(c.received == 1);
        ipc_channel_fini(&d);
        expect(&c, ERR_CLOSED);
        ipc_channel_fini(&c);
        expect(&c, ERR_CLOSED);
        ipc_channel_fini(&c);
    }
}

static void nobody_sends_but_whom_the_catalogue_names(void **state)
{
    (void)state;
    for (int i = 0; i < IPC_MSG_COUNT; i++) {
        const struct ipc_info *info = ipc_info((enum ipc_msg)i);
        size_t length = ipc_packet_of((enum ipc_msg)i, 0, IPC_SHAPE_SMALL, packet);
        for (unsigned self = 1; self <= IPC_DIAL; self <<= 1) {
            for (unsigned peer = 1; peer <= IPC_DIAL; peer <<= 1) {
                bool allowed = (info->from & peer) != 0 && (info->to & self) != 0;
                assert_int_equal(offer((enum ipc_role)self, (enum ipc_role)peer, packet,
                                     length, info->fds),
                    allowed ? OK : ERR_INVALID);
            }
        }
    }
}

static void exactly_the_descriptors_of_the_catalogue_are_taken(void **state)
{
    (void)state;
    for (int i = 0; i < IPC_MSG_COUNT; i++) {
        const struct ipc_info *info = ipc_info((enum ipc_msg)i);
        size_t length = ipc_packet_of((enum ipc_msg)i, 0, IPC_SHAPE_SMALL, packet);
        enum ipc_role to = ipc_first_role(info->to);
        for (unsigned peer = 1; peer <= IPC_DIAL; peer <<= 1) {
            if ((info->from & peer) == 0) {
                continue;
            }
            for (size_t n = 0; n <= 16; n++) {
                /* From a gate none can come: the kernel drops them. */
                bool good = n == info->fds || peer == IPC_GATE;
                assert_int_equal(offer(to, (enum ipc_role)peer, packet, length, n),
                    good ? OK : ERR_INVALID);
            }
        }
    }
}

static void no_descriptor_of_a_refused_packet_is_kept(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 16; n++) {
        memset(packet, 0xee, 40);
        assert_int_equal(offer(IPC_KEYS, IPC_WARDEN, packet, 40, n), ERR_INVALID);
        assert_int_equal(offer(IPC_KEYS, IPC_WARDEN, packet, 3, n), ERR_INVALID);
        assert_int_equal(offer(IPC_KEYS, IPC_WARDEN, packet, PACKET + 1, n), ERR_INVALID);
        /* An empty packet can not be told from the end. */
        assert_int_equal(
            offer(IPC_KEYS, IPC_WARDEN, packet, 0, n), n == 0 ? ERR_CLOSED : ERR_INVALID);
    }
}

static void headers_that_lie_are_refused(void **state)
{
    const uint16_t number = ipc_info(IPC_MSG_GATE_GONE)->number;
    size_t length = ipc_packet_of(IPC_MSG_GATE_GONE, 5, IPC_SHAPE_SMALL, packet);
    uint32_t body = (uint32_t)(length - IPC_HEADER_BYTES);

    (void)state;
    assert_int_equal(offer(IPC_KEYS, IPC_WARDEN, packet, length, 0), OK);
    for (size_t n = 1; n < length; n++) {
        assert_int_equal(offer(IPC_KEYS, IPC_WARDEN, packet, n, 0), ERR_INVALID);
    }
    assert_int_equal(offer(IPC_KEYS, IPC_WARDEN, packet, length + 1, 0), ERR_INVALID);
    set_header(number, 0, body - 1, 5);
    assert_int_equal(offer(IPC_KEYS, IPC_WARDEN, packet, length, 0), ERR_INVALID);
    assert_int_equal(offer(IPC_KEYS, IPC_WARDEN, packet, length - 1, 0), ERR_INVALID);
    set_header(number, 0, body + 1, 5);
    assert_int_equal(offer(IPC_KEYS, IPC_WARDEN, packet, length, 0), ERR_INVALID);
    assert_int_equal(offer(IPC_KEYS, IPC_WARDEN, packet, length + 1, 0), ERR_INVALID);
    set_header(number, 0, UINT32_MAX, 5);
    assert_int_equal(offer(IPC_KEYS, IPC_WARDEN, packet, length, 0), ERR_INVALID);
    for (unsigned flags = 1; flags <= 0x8000; flags <<= 1) {
        set_header(number, (uint16_t)flags, body, 5);
        assert_int_equal(offer(IPC_KEYS, IPC_WARDEN, packet, length, 0), ERR_INVALID);
    }
    set_header(0x7777, 0, body, 5);
    assert_int_equal(offer(IPC_KEYS, IPC_WARDEN, packet, length, 0), ERR_INVALID);
}

static int pair(struct ipc_channel *gate, struct ipc_channel *broker, size_t queue_max)
{
    int raw = ipc_open(broker, IPC_PACKETS, IPC_BROKER, IPC_GATE, queue_max);

    assert_int_equal(
        ipc_channel_init(gate, raw, IPC_PACKETS, IPC_GATE, IPC_BROKER, queue_max), OK);
    return raw;
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

static void messages_of_every_size_around_a_packet_arrive(void **state)
{
    const size_t around = PAYLOAD - 17; /* a body that fills one packet to the brim */
    struct ipc_channel gate;
    struct ipc_channel broker;
    struct ipc_received m;

    (void)state;
    for (size_t i = 0; i < sizeof(large); i++) {
        large[i] = (uint8_t)(i * 31 + i / 256);
    }
    pair(&gate, &broker, QUEUE);
    const size_t sizes[] = {0, around - 1, around, around + 1, around + PAYLOAD - 4,
        around + PAYLOAD - 3, around + 2 * PAYLOAD, sizeof(large) - 1};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct ipc_request r = {.body = {.ptr = large, .len = sizes[i]}};
        assert_int_equal(ipc_channel_send(&gate, IPC_MSG_REQUEST, i, &r, -1), OK);
        pump(&gate, &broker, &m);
        assert_true(m.request == i);
        assert_int_equal(m.body.request.body.len, sizes[i]);
        if (sizes[i] > 0) {
            assert_memory_equal(m.body.request.body.ptr, large, sizes[i]);
        }
    }
    expect(&broker, ERR_AGAIN);
    assert_true(broker.in.capacity <= (size_t)1024 * 1024); /* not kept for ever */
    ipc_channel_fini(&gate);
    ipc_channel_fini(&broker);
}

static void the_queue_takes_so_much_and_no_more(void **state)
{
    struct ipc_channel gate;
    struct ipc_channel broker;
    struct ipc_received m;
    struct ipc_request r = {.body = {.ptr = large, .len = 1000}};
    size_t sent = 0;
    enum err e;

    (void)state;
    pair(&gate, &broker, 3 * (IPC_HEADER_BYTES + 17 + 1000));
    while ((e = ipc_channel_send(&gate, IPC_MSG_REQUEST, sent, &r, -1)) == OK) {
        sent++;
    }
    assert_int_equal(e, ERR_FULL);
    assert_int_equal(gate.queued, gate.queue_max);
    assert_true(ipc_channel_wants_write(&gate));
    r.body.len = 5 * PACKET;
    assert_int_equal(ipc_channel_send(&gate, IPC_MSG_REQUEST, sent, &r, -1), ERR_FULL);
    for (size_t i = 0; i < sent; i++) {
        pump(&gate, &broker, &m);
        assert_true(m.request == i); /* in order, each once */
    }
    assert_int_equal(gate.queued, 0);
    assert_false(ipc_channel_wants_write(&gate));
    expect(&broker, ERR_AGAIN);
    ipc_channel_fini(&gate);
    ipc_channel_fini(&broker);
}

/* Whatever allocation fails: all of a message arrives or nothing, and the next one does.
 */
static void a_failed_allocation_leaves_no_half_message(void **state)
{
    (void)state;
    for (long n = 0; n < 12; n++) {
        struct ipc_channel gate;
        struct ipc_channel broker;
        struct ipc_received m;
        struct ipc_request r = {.body = {.ptr = large, .len = 6 * PACKET}};
        pair(&gate, &broker, QUEUE);
        mem_fail_after(n);
        enum err e = ipc_channel_send(&gate, IPC_MSG_REQUEST, 1, &r, -1);
        mem_fail_after(-1);
        assert_true(e == OK || e == ERR_NOMEM);
        if (e == ERR_NOMEM) {
            assert_int_equal(gate.queued, 0);
            assert_false(ipc_channel_wants_write(&gate));
            r.body.len = 10;
            assert_int_equal(ipc_channel_send(&gate, IPC_MSG_REQUEST, 2, &r, -1), OK);
        }
        pump(&gate, &broker, &m);
        assert_true(m.request == (e == OK ? 1 : 2));
        ipc_channel_fini(&gate);
        ipc_channel_fini(&broker);
    }
}

static void a_receiver_without_memory_says_so(void **state)
{
    struct ipc_channel gate;
    struct ipc_channel broker;
    struct ipc_received m;
    struct ipc_request r = {.body = {.ptr = large, .len = 2 * PACKET}};
    int ends[2];

    (void)state;
    pair(&gate, &broker, QUEUE);
    assert_int_equal(ipc_channel_send(&gate, IPC_MSG_REQUEST, 1, &r, -1), OK);
    mem_fail_after(0);
    assert_int_equal(ipc_channel_receive(&broker, &m), ERR_NOMEM);
    mem_fail_after(-1);
    ipc_channel_fini(&gate);
    ipc_channel_fini(&broker);
    assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
    mem_fail_after(0);
    assert_int_equal(
        ipc_channel_init(&gate, ends[0], IPC_PACKETS, IPC_GATE, IPC_BROKER, 0),
        ERR_NOMEM);
    mem_fail_after(-1);
    ipc_channel_fini(&gate);
    close(ends[1]);
}

/* Fills the socket of c, so that what comes next waits in the queue. */
static void stuff(struct ipc_channel *c, enum ipc_msg msg, const void *message)
{
    while (!ipc_channel_wants_write(c)) {
        assert_int_equal(ipc_channel_send(c, msg, 0, message, -1), OK);
    }
}

static void the_wardens_descriptor_waits_in_the_queue(void **state)
{
    struct ipc_channel warden;
    struct ipc_channel keys;
    struct ipc_received m;
    struct ipc_gate_gone gone = {.gate = 1};
    struct ipc_gate_add add = {.gate = 2};
    struct stat want;
    struct stat got;
    size_t before = ipc_count_descriptors();
    int raw = ipc_open(&keys, IPC_PACKETS, IPC_KEYS, IPC_WARDEN, QUEUE);
    int file = open("/dev/null", O_RDONLY | O_CLOEXEC);

    (void)state;
    assert_int_equal(fstat(file, &want), 0);
    assert_int_equal(
        ipc_channel_init(&warden, raw, IPC_PACKETS, IPC_WARDEN, IPC_KEYS, QUEUE), OK);
    stuff(&warden, IPC_MSG_GATE_GONE, &gone);
    assert_int_equal(ipc_channel_send(&warden, IPC_MSG_GATE_ADD, 9, &add, file), OK);
    assert_int_equal(ipc_channel_send(&warden, IPC_MSG_GATE_ADD, 9, &add, file), OK);
    close(file); /* borrowed for the call only */
    do {
        pump(&warden, &keys, &m);
    } while (m.msg == IPC_MSG_GATE_GONE);
    assert_int_equal(m.msg, IPC_MSG_GATE_ADD);
    assert_true(m.fd >= 0);
    assert_int_equal(fstat(m.fd, &got), 0);
    assert_true(want.st_rdev == got.st_rdev);
    close(m.fd);
    ipc_channel_fini(&warden); /* the second one may still wait */
    ipc_channel_fini(&keys);
    assert_int_equal(ipc_count_descriptors(), before);
}

static void a_descriptor_that_can_not_wait_takes_its_message_back(void **state)
{
    struct ipc_channel porter;
    struct ipc_channel gate;
    struct ipc_client client = {.gate = 1};
    size_t sent = 0;
    size_t got = 0;
    struct ipc_received m;
    size_t before = ipc_count_descriptors();
    int raw = ipc_open(&gate, IPC_PACKETS, IPC_GATE, IPC_PORTER, QUEUE);

    (void)state;
    assert_int_equal(
        ipc_channel_init(&porter, raw, IPC_PACKETS, IPC_PORTER, IPC_GATE, QUEUE), OK);
    enum err e;
    while ((e = ipc_channel_send(&porter, IPC_MSG_CLIENT, sent, &client, 0)) == OK) {
        sent++;
    }
    assert_int_equal(e, ERR_FULL);
    assert_false(ipc_channel_wants_write(&porter));
    assert_int_equal(porter.queued, 0);
    while (ipc_channel_receive(&gate, &m) == OK) {
        assert_true(m.request == got && m.fd >= 0);
        close(m.fd);
        got++;
    }
    assert_int_equal(got, sent);
    assert_int_equal(ipc_channel_send(&porter, IPC_MSG_CLIENT, sent, &client, 0), OK);
    ipc_channel_fini(&porter);
    ipc_channel_fini(&gate);
    assert_int_equal(ipc_count_descriptors(), before);
}

static void sending_a_descriptor_keeps_no_copy(void **state)
{
    struct ipc_channel warden;
    struct ipc_gate_add add = {.gate = 2};
    int raw = ipc_open(&warden, IPC_PACKETS, IPC_WARDEN, IPC_KEYS, QUEUE);
    size_t before = ipc_count_descriptors();

    (void)state;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(ipc_channel_send(&warden, IPC_MSG_GATE_ADD, 0, &add, 0), OK);
    }
    assert_int_equal(ipc_count_descriptors(), before);
    ipc_channel_fini(&warden);
    close(raw);
}

static void a_descriptor_goes_with_a_whole_message_only(void **state)
{
    struct ipc_channel warden;
    struct ipc_keys_start start = {.certificate_chain = {.ptr = large, .len = 65536}};
    int raw = ipc_open(&warden, IPC_PACKETS, IPC_WARDEN, IPC_KEYS, QUEUE);

    (void)state;
    assert_int_equal(
        ipc_channel_send(&warden, IPC_MSG_KEYS_START, 0, &start, 0), ERR_FULL);
    start.certificate_chain.len = PAYLOAD - 32; /* the other fields */
    assert_int_equal(ipc_channel_send(&warden, IPC_MSG_KEYS_START, 0, &start, 0), OK);
    ipc_channel_fini(&warden);
    close(raw);
}

/* --- fragments of an attacker ----------------------------------------------------- */

struct part {
    uint16_t flags;
    size_t length;  /* of the packet's body, with the total of a first one */
    uint32_t total; /* of a first one */
    enum ipc_msg msg;
    uint64_t request;
    size_t descriptors;
};

/* Sends the parts to a broker from a gate, or the porter; the first answer that is not
 * "not yet". */
static enum err offer_parts(enum ipc_role peer, const struct part *parts, size_t count)
{
    struct ipc_channel c;
    struct ipc_received m;
    size_t before = ipc_count_descriptors();
    int raw = ipc_open(&c, IPC_PACKETS, IPC_BROKER, peer, 0);
    enum err e = ERR_AGAIN;

    for (size_t i = 0; i < count && e == ERR_AGAIN; i++) {
        memset(packet, 0, sizeof(packet));
        set_header(ipc_info(parts[i].msg)->number, parts[i].flags,
            (uint32_t)parts[i].length, parts[i].request);
        memcpy(packet + IPC_HEADER_BYTES, &parts[i].total, 4);
        ipc_raw_send(
            raw, packet, IPC_HEADER_BYTES + parts[i].length, parts[i].descriptors);
        e = ipc_channel_receive(&c, &m);
    }
    assert_true(c.in.capacity < 4 * PACKET); /* what was announced is not allocated */
    ipc_channel_fini(&c);
    close(raw);
    assert_int_equal(ipc_count_descriptors(), before);
    return e;
}

#define FIRST IPC_FLAG_FIRST
#define NEXT  IPC_FLAG_NEXT
#define REQ   IPC_MSG_REQUEST

static void fragments_that_break_a_rule_are_refused(void **state)
{
    const uint32_t two = 2 * PAYLOAD - 4;
    const uint32_t three = 3 * PAYLOAD;
    const uint32_t max = (uint32_t)ipc_info(REQ)->length_max;
    const struct part bad[][2] = {
        /* a next one without a first */
        {{NEXT, PAYLOAD, 0, REQ, 1, 0}},
        /* both flags */
        {{FIRST | NEXT, PAYLOAD, two, REQ, 1, 0}},
        /* no room for the total */
        {{FIRST, 3, two, REQ, 1, 0}},
        /* a total of nothing, one that needs no fragments, and above the maximum */
        {{FIRST, PAYLOAD, 0, REQ, 1, 0}},
        {{FIRST, PAYLOAD, PAYLOAD - 4, REQ, 1, 0}},
        {{FIRST, PAYLOAD, PAYLOAD, REQ, 1, 0}},
        {{FIRST, PAYLOAD, max + 1, REQ, 1, 0}},
        {{FIRST, PAYLOAD, UINT32_MAX, REQ, 1, 0}},
        /* a first that is not full */
        {{FIRST, 4, two, REQ, 1, 0}},
        {{FIRST, PAYLOAD - 1, two, REQ, 1, 0}},
        /* a second first, a whole message in between */
        {{FIRST, PAYLOAD, two, REQ, 1, 0}, {FIRST, PAYLOAD, two, REQ, 1, 0}},
        {{FIRST, PAYLOAD, two, REQ, 1, 0}, {0, PAYLOAD, 0, REQ, 1, 0}},
        /* another message, another request */
        {{FIRST, PAYLOAD, three, REQ, 1, 0}, {NEXT, PAYLOAD, 0, IPC_MSG_OPEN, 1, 0}},
        {{FIRST, PAYLOAD, three, REQ, 1, 0}, {NEXT, PAYLOAD, 0, REQ, 2, 0}},
        /* nothing in it, not full, more than was announced */
        {{FIRST, PAYLOAD, two, REQ, 1, 0}, {NEXT, 0, 0, REQ, 1, 0}},
        {{FIRST, PAYLOAD, two, REQ, 1, 0}, {NEXT, PAYLOAD - 1, 0, REQ, 1, 0}},
        {{FIRST, PAYLOAD, two - 1, REQ, 1, 0}, {NEXT, PAYLOAD, 0, REQ, 1, 0}},
        /* a message that is not sent by this peer */
        {{FIRST, PAYLOAD, two, IPC_MSG_READ_DATA, 1, 0}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        size_t count = bad[i][1].flags != 0 || bad[i][1].length != 0 ? 2 : 1;
        assert_int_equal(offer_parts(IPC_GATE, bad[i], count), ERR_INVALID);
    }
    const struct part good[] = {
        {FIRST, PAYLOAD, two, REQ, 1, 0}, {NEXT, PAYLOAD, 0, REQ, 1, 0}};
    /* Whole, but zeros are not a request. */
    assert_int_equal(offer_parts(IPC_GATE, good, 1), ERR_AGAIN);
    assert_int_equal(offer_parts(IPC_GATE, good, 2), ERR_INVALID);
}

static void no_whole_message_comes_between_fragments(void **state)
{
    struct ipc_channel c;
    int raw = ipc_open(&c, IPC_PACKETS, IPC_BROKER, IPC_GATE, 0);
    uint32_t total = 3 * PAYLOAD;

    (void)state;
    memset(packet, 0, sizeof(packet));
    set_header(ipc_info(REQ)->number, FIRST, PAYLOAD, 1);
    memcpy(packet + IPC_HEADER_BYTES, &total, 4);
    ipc_raw_send(raw, packet, PACKET, 0);
    expect(&c, ERR_AGAIN);
    size_t length = ipc_packet_of(IPC_MSG_GATE_LOG, 1, IPC_SHAPE_SMALL, packet);
    ipc_raw_send(raw, packet, length, 0);
    expect(&c, ERR_INVALID);
    ipc_channel_fini(&c);
    close(raw);
}

static void a_packet_has_a_largest_size(void **state)
{
    const uint32_t body = PAYLOAD - 17;

    (void)state;
    memset(packet, 0, sizeof(packet));
    set_header(ipc_info(REQ)->number, 0, PAYLOAD, 1);
    memcpy(packet + IPC_HEADER_BYTES + 13, &body, 4);
    assert_int_equal(offer(IPC_BROKER, IPC_GATE, packet, PACKET, 0), OK);
    /* What the kernel cut off to that size is not taken for whole. */
    assert_int_equal(offer(IPC_BROKER, IPC_GATE, packet, PACKET + 1, 0), ERR_INVALID);
}

static void fragments_carry_no_descriptors(void **state)
{
    const uint32_t two = 2 * PAYLOAD - 4;
    const enum ipc_msg data = IPC_MSG_READ_DATA;
    const struct part bad[][2] = {
        {{FIRST, PAYLOAD, two, data, 1, 1}},
        {{FIRST, PAYLOAD, two, data, 1, 2}},
        {{FIRST, PAYLOAD, two, data, 1, 0}, {NEXT, PAYLOAD, 0, data, 1, 1}},
        {{FIRST, PAYLOAD, two, data, 1, 0}, {NEXT, PAYLOAD, 0, data, 1, 2}},
    };
    const struct part start = {FIRST, PAYLOAD, PAYLOAD + 1, IPC_MSG_POLICY, 1, 1};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(offer_parts(IPC_STORE, bad[i], i < 2 ? 1 : 2), ERR_INVALID);
    }
    assert_int_equal(offer_parts(IPC_WARDEN, &start, 1), ERR_INVALID);
}

static void the_end_in_the_middle_of_a_message_is_the_end(void **state)
{
    struct ipc_channel c;
    int raw = ipc_open(&c, IPC_PACKETS, IPC_BROKER, IPC_GATE, 0);
    uint32_t total = 2 * PAYLOAD;

    (void)state;
    set_header(ipc_info(REQ)->number, FIRST, PAYLOAD, 1);
    memcpy(packet + IPC_HEADER_BYTES, &total, 4);
    ipc_raw_send(raw, packet, PACKET, 0);
    close(raw);
    expect(&c, ERR_CLOSED);
    ipc_channel_fini(&c);
}

static void sending_to_nobody_is_an_error_and_no_signal(void **state)
{
    struct ipc_channel c;
    struct ipc_gate_log log = {.code = 1};
    int raw = ipc_open(&c, IPC_PACKETS, IPC_GATE, IPC_BROKER, QUEUE);

    (void)state;
    close(raw);
    assert_int_equal(ipc_channel_send(&c, IPC_MSG_GATE_LOG, 0, &log, -1), ERR_CLOSED);
    ipc_channel_fini(&c);
    assert_int_equal(ipc_channel_send(&c, IPC_MSG_GATE_LOG, 0, &log, -1), ERR_CLOSED);
    assert_int_equal(c.queued, 0);
    /* What is no socket is an error of the world. */
    c.fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    c.queue_max = QUEUE;
    assert_int_equal(ipc_channel_send(&c, IPC_MSG_GATE_LOG, 0, &log, -1), ERR_IO);
    expect(&c, ERR_IO);
    ipc_channel_fini(&c);
}

static void waiting_ends_with_a_message_a_deadline_or_the_end(void **state)
{
    struct ipc_channel c;
    struct ipc_received m;
    int raw = ipc_open(&c, IPC_PACKETS, IPC_KEYS, IPC_WARDEN, QUEUE);
    size_t length = ipc_packet_of(IPC_MSG_STOP, 3, IPC_SHAPE_SMALL, packet);

    (void)state;
    assert_int_equal(ipc_channel_wait(&c, 0, &m), ERR_TIMEOUT);
    assert_int_equal(ipc_channel_wait(&c, clock_mono_ms() + 10, &m), ERR_TIMEOUT);
    ipc_raw_send(raw, packet, length, 0);
    assert_int_equal(ipc_channel_wait(&c, -1, &m), OK);
    assert_int_equal(m.msg, IPC_MSG_STOP);
    close(raw);
    assert_int_equal(ipc_channel_wait(&c, -1, &m), ERR_CLOSED);
    ipc_channel_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_arrives_as_it_was_sent),
        cmocka_unit_test(nobody_sends_but_whom_the_catalogue_names),
        cmocka_unit_test(exactly_the_descriptors_of_the_catalogue_are_taken),
        cmocka_unit_test(no_descriptor_of_a_refused_packet_is_kept),
        cmocka_unit_test(headers_that_lie_are_refused),
        cmocka_unit_test(messages_of_every_size_around_a_packet_arrive),
        cmocka_unit_test(the_queue_takes_so_much_and_no_more),
        cmocka_unit_test(a_failed_allocation_leaves_no_half_message),
        cmocka_unit_test(a_receiver_without_memory_says_so),
        cmocka_unit_test(the_wardens_descriptor_waits_in_the_queue),
        cmocka_unit_test(a_descriptor_that_can_not_wait_takes_its_message_back),
        cmocka_unit_test(sending_a_descriptor_keeps_no_copy),
        cmocka_unit_test(a_descriptor_goes_with_a_whole_message_only),
        cmocka_unit_test(fragments_that_break_a_rule_are_refused),
        cmocka_unit_test(no_whole_message_comes_between_fragments),
        cmocka_unit_test(a_packet_has_a_largest_size),
        cmocka_unit_test(fragments_carry_no_descriptors),
        cmocka_unit_test(the_end_in_the_middle_of_a_message_is_the_end),
        cmocka_unit_test(sending_to_nobody_is_an_error_and_no_signal),
        cmocka_unit_test(waiting_ends_with_a_message_a_deadline_or_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
