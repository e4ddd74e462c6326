/* Messages whose form is wrong, and descriptors that nobody asked for. */
#include "selftest_ipc.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define FRAGMENT_BYTES 64

static void say(struct selftest_attack *a, enum puppet_channel to, uint16_t number,
    uint16_t flags, uint32_t announced, const void *bytes, size_t length)
{
    struct ipc_header header = {
        .number = number, .flags = flags, .length = announced, .request = 1};
    struct buf packet;
    uint8_t head[IPC_HEADER_BYTES];

    buf_init(&packet, PUPPET_LENGTH_MAX);
    ipc_header_encode(&header, head);
    buf_add(&packet, head, sizeof(head));
    buf_add(&packet, bytes, length);
    INVARIANT(buf_error(&packet) == OK);
    selftest_intruder_say(&a->intruder, to, PUPPET_SEND, packet.bytes, packet.length, 1);
    buf_fini(&packet);
}

static uint16_t number_of(enum ipc_msg msg)
{
    return ipc_info(msg)->number;
}

void selftest_attack_number_unknown(struct selftest_attack *a)
{
    say(a, PUPPET_BROKER, 0xffff, 0, 0, NULL, 0);
    selftest_outcome(a, PUPPET_BROKER);
}

void selftest_attack_warden_number(struct selftest_attack *a)
{
    say(a, PUPPET_WARDEN, 0xffff, 0, 0, NULL, 0);
    selftest_outcome(a, PUPPET_WARDEN);
}

void selftest_attack_stream_number(struct selftest_attack *a)
{
    say(a, PUPPET_STORE, 0xffff, 0, 0, NULL, 0);
    selftest_outcome(a, PUPPET_STORE);
}

void selftest_attack_header_short(struct selftest_attack *a)
{
    selftest_intruder_say(&a->intruder, PUPPET_BROKER, PUPPET_SEND, "short", 5, 1);
    selftest_outcome(a, PUPPET_BROKER);
}

void selftest_attack_warden_short(struct selftest_attack *a)
{
    selftest_intruder_say(&a->intruder, PUPPET_WARDEN, PUPPET_SEND, "short", 5, 1);
    selftest_outcome(a, PUPPET_WARDEN);
}

void selftest_attack_packet_empty(struct selftest_attack *a)
{
    selftest_intruder_say(&a->intruder, PUPPET_BROKER, PUPPET_SEND, "", 0, 1);
    selftest_outcome(a, PUPPET_BROKER);
}

void selftest_attack_porter_anything(struct selftest_attack *a)
{
    say(a, PUPPET_PORTER, number_of(IPC_MSG_SESSION_OPEN), 0, 0, NULL, 0);
    selftest_outcome(a, PUPPET_PORTER);
}

void selftest_attack_ready_again(struct selftest_attack *a)
{
    say(a, PUPPET_WARDEN, number_of(IPC_MSG_READY), 0, 0, NULL, 0);
    selftest_outcome(a, PUPPET_WARDEN);
}

void selftest_attack_length_over(struct selftest_attack *a)
{
    say(a, PUPPET_BROKER, number_of(IPC_MSG_GATE_LOG), 0, 4000, "text", 4);
    selftest_outcome(a, PUPPET_BROKER);
}

void selftest_attack_length_under(struct selftest_attack *a)
{
    static const uint8_t bytes[32];

    say(a, PUPPET_BROKER, number_of(IPC_MSG_GATE_LOG), 0, 10, bytes, sizeof(bytes));
    selftest_outcome(a, PUPPET_BROKER);
}

void selftest_attack_flags_unknown(struct selftest_attack *a)
{
    static const uint8_t bytes[10];

    say(a, PUPPET_BROKER, number_of(IPC_MSG_GATE_LOG), 0x8000, sizeof(bytes), bytes,
        sizeof(bytes));
    selftest_outcome(a, PUPPET_BROKER);
}

/* A fragment of a REQUEST; total 0: not the first. */
static void say_fragment(struct selftest_attack *a, uint32_t total, bool first)
{
    uint8_t bytes[4 + FRAGMENT_BYTES] = {(uint8_t)total, (uint8_t)(total >> 8),
        (uint8_t)(total >> 16), (uint8_t)(total >> 24)};
    size_t length = first ? sizeof(bytes) : FRAGMENT_BYTES;

    say(a, PUPPET_BROKER, number_of(IPC_MSG_REQUEST),
        first ? IPC_FLAG_FIRST : IPC_FLAG_NEXT, (uint32_t)length, bytes, length);
}

void selftest_attack_fragment_orphan(struct selftest_attack *a)
{
    say_fragment(a, 0, false);
    selftest_outcome(a, PUPPET_BROKER);
}

void selftest_attack_fragment_huge(struct selftest_attack *a)
{
    say_fragment(a, UINT32_MAX, true);
    selftest_outcome(a, PUPPET_BROKER);
}

void selftest_attack_fragment_nothing(struct selftest_attack *a)
{
    say_fragment(a, 0, true);
    selftest_outcome(a, PUPPET_BROKER);
}

void selftest_attack_fragment_over(struct selftest_attack *a)
{
    say_fragment(a, FRAGMENT_BYTES + 1, true);
    say_fragment(a, 0, false);
    selftest_outcome(a, PUPPET_BROKER);
}

void selftest_attack_fragment_interleaved(struct selftest_attack *a)
{
    struct ipc_gate_log line = {.code = 1};

    say_fragment(a, 100000, true);
    selftest_intruder_send(&a->intruder, PUPPET_BROKER, IPC_MSG_GATE_LOG, &line);
    selftest_outcome(a, PUPPET_BROKER);
}

void selftest_attack_fragment_mixed(struct selftest_attack *a)
{
    say_fragment(a, 100000, true);
    say_fragment(a, 100000, true);
    selftest_outcome(a, PUPPET_BROKER);
}

/* GATE_LOG: u16 code, u32 detail, text of at most 128 bytes. */
static void say_log(struct selftest_attack *a, uint8_t announced, uint32_t there)
{
    uint8_t bytes[512] = {0};

    bytes[6] = announced;
    say(a, PUPPET_BROKER, number_of(IPC_MSG_GATE_LOG), 0, 10 + there, bytes, 10 + there);
    selftest_outcome(a, PUPPET_BROKER);
}

void selftest_attack_field_over(struct selftest_attack *a)
{
    say_log(a, 100, 99);
}

void selftest_attack_text_over(struct selftest_attack *a)
{
    say_log(a, 129, 129);
}

void selftest_attack_bytes_left(struct selftest_attack *a)
{
    say_log(a, 20, 21);
}

void selftest_attack_log_flood(struct selftest_attack *a)
{
    struct ipc_gate_log line = {.code = 1, .text = ipc_text("flood")};

    for (int i = 0; i < 100; i++) {
        selftest_intruder_send(&a->intruder, PUPPET_BROKER, IPC_MSG_GATE_LOG, &line);
    }
    selftest_outcome(a, PUPPET_BROKER);
}

/*
 * The descriptor is the client's own socket. Once the gate has ended, its connection ends
 * too: unless somebody else holds a copy.
 */
static void attach(struct selftest_attack *a, enum puppet_channel to, enum ipc_msg msg)
{
    struct ipc_header header = {
        .number = ipc_info(msg)->number, .length = (uint32_t)ipc_info(msg)->length_min};
    uint8_t bytes[512] = {0};

    ipc_header_encode(&header, bytes);
    selftest_intruder_say(
        &a->intruder, to, PUPPET_SEND_FD, bytes, IPC_HEADER_BYTES + header.length, 1);
    selftest_intruder_say(&a->intruder, to, PUPPET_END, NULL, 0, 0);
    selftest_outcome(a, to);
    if (a->intruder.ended) {
        selftest_got(a, "dropped");
    } else {
        selftest_got(a, "kept");
    }
}

/* Harmless messages: what is shown is where the descriptor goes. */
void selftest_attack_broker_descriptor(struct selftest_attack *a)
{
    attach(a, PUPPET_BROKER, IPC_MSG_GATE_LOG);
}

void selftest_attack_keys_descriptor(struct selftest_attack *a)
{
    attach(a, PUPPET_KEYS, IPC_MSG_SIGN);
}

void selftest_attack_store_descriptor(struct selftest_attack *a)
{
    attach(a, PUPPET_STORE, IPC_MSG_FETCH);
}

void selftest_attack_warden_descriptor(struct selftest_attack *a)
{
    uint8_t bytes[IPC_HEADER_BYTES];
    struct ipc_header header = {.number = number_of(IPC_MSG_READY)};

    ipc_header_encode(&header, bytes);
    selftest_intruder_say(
        &a->intruder, PUPPET_WARDEN, PUPPET_SEND_FD, bytes, sizeof(bytes), 1);
    selftest_outcome(a, PUPPET_WARDEN);
}

void selftest_attack_stream_huge(struct selftest_attack *a)
{
    say(a, PUPPET_STORE, number_of(IPC_MSG_PRODUCE), 0, UINT32_MAX, NULL, 0);
    selftest_outcome(a, PUPPET_STORE);
}

void selftest_attack_stream_flags(struct selftest_attack *a)
{
    static const uint8_t bytes[32];

    say(a, PUPPET_STORE, number_of(IPC_MSG_FETCH), IPC_FLAG_NEXT, 17, bytes, 17);
    selftest_outcome(a, PUPPET_STORE);
}

void selftest_attack_stream_silence(struct selftest_attack *a)
{
    union ipc_any answer;
    enum ipc_msg msg;

    say(a, PUPPET_STORE, number_of(IPC_MSG_FETCH), 0, 1000, "half of it", 10);
    enum selftest_heard heard = selftest_intruder_hear(
        &a->intruder, PUPPET_STORE, SELFTEST_QUIET_MS, &msg, &answer);
    selftest_got(a, heard == SELFTEST_SILENCE ? "no answer" : "something");
}
