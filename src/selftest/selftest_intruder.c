#include "selftest_intruder.h"

#include "clock.h"
#include "ipc_words.h"
#include "selftest_client.h"
#include "wire_fixed.h"
#include "wire_sasl_authenticate.h"
#include "wire_sasl_handshake.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FOUND_MAX            ((size_t)64 * 1024 * 1024)
#define ADDRESSES            60000 /* of 127.0.0.0/8, from 127.0.1.0 on */
#define FIRST_ADDRESS        255
#define HANDSHAKE_VERSION    1
#define AUTHENTICATE_VERSION 2

static void put_number(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        out[i] = (uint8_t)(value >> (8 * i));
    }
}

static uint32_t number_at(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

static void write_all(struct selftest_intruder *t, const void *bytes, size_t length)
{
    const uint8_t *at = bytes;

    while (length > 0 && !t->ended) {
        ssize_t n = send(t->fd, at, length, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return; /* what was found before its end is still to be read */
        }
        at += n;
        length -= (size_t)n;
    }
}

static bool read_all(struct selftest_intruder *t, uint8_t *out, size_t length)
{
    while (length > 0) {
        ssize_t n = recv(t->fd, out, length, 0);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            t->ended = n == 0 || errno != EAGAIN;
            return false;
        }
        out += n;
        length -= (size_t)n;
    }
    return true;
}

/* Takes one report. False: none in time, or the gate is gone. */
static bool take_report(struct selftest_intruder *t, int64_t deadline_ms)
{
    struct pollfd wait = {.fd = t->fd, .events = POLLIN};
    uint8_t head[PUPPET_HEAD];
    int64_t left = deadline_ms - clock_mono_ms();

    if (t->ended || poll(&wait, 1, left < 0 ? 0 : (int)left) != 1 ||
        !read_all(t, head, sizeof(head))) {
        return false;
    }
    unsigned channel = head[1] % PUPPET_CHANNELS;
    size_t length = number_at(head + 8);
    buf_reset(&t->report);
    uint8_t *bytes = buf_reserve(&t->report, length + 1);
    if (bytes == NULL || !read_all(t, bytes, length)) {
        return false;
    }
    if (head[0] == PUPPET_TAKEN && length == 8) {
        t->gate = number_at(bytes) | (uint64_t)number_at(bytes + 4) << 32;
    } else if (head[0] == PUPPET_CLOSED) {
        t->closed[channel] = true;
    } else if (head[0] == PUPPET_FOUND) {
        buf_add(&t->found, bytes, length);
        if (channel != PUPPET_STORE) { /* packets keep their borders */
            uint8_t size[4];
            put_number(size, (uint32_t)length);
            buf_add(&t->arrived[channel], size, sizeof(size));
        }
        buf_add(&t->arrived[channel], bytes, length);
    }
    return true;
}

bool selftest_intruder_open(
    struct selftest_intruder *t, struct selftest_instance *i, enum selftest_door door)
{
    unsigned address = FIRST_ADDRESS + i->connections++ % ADDRESSES;

    *t = (struct selftest_intruder){.fd = selftest_client_connect(i, door, address)};
    buf_init(&t->found, FOUND_MAX);
    buf_init(&t->report, FOUND_MAX);
    buf_init(&t->out, IPC_REQUEST_MAX);
    for (size_t n = 0; n < PUPPET_CHANNELS; n++) {
        buf_init(&t->arrived[n], FOUND_MAX);
    }
    if (t->fd < 0) {
        return false;
    }
    write_all(t, PUPPET_MAGIC, PUPPET_MAGIC_BYTES);
    return take_report(t, clock_mono_ms() + SELFTEST_WAIT_MS);
}

void selftest_intruder_close(struct selftest_intruder *t)
{
    if (t->fd >= 0) {
        (void)close(t->fd);
    }
    t->fd = -1;
    buf_fini(&t->found);
    buf_fini(&t->report);
    buf_fini(&t->out);
    for (size_t n = 0; n < PUPPET_CHANNELS; n++) {
        buf_fini(&t->arrived[n]);
    }
}

void selftest_intruder_say(struct selftest_intruder *t, enum puppet_channel to,
    enum puppet_order how, const void *bytes, size_t length, uint32_t count)
{
    uint8_t head[PUPPET_HEAD] = {(uint8_t)how, (uint8_t)to};

    INVARIANT(length <= PUPPET_LENGTH_MAX);
    put_number(head + 4, count);
    put_number(head + 8, (uint32_t)length);
    write_all(t, head, sizeof(head));
    write_all(t, bytes, length);
}

void selftest_intruder_send(struct selftest_intruder *t, enum puppet_channel to,
    enum ipc_msg msg, const void *message)
{
    struct ipc_header header = {.number = ipc_info(msg)->number, .request = ++t->request};
    struct buf bytes;

    buf_init(&bytes, PUPPET_LENGTH_MAX);
    buf_add(&bytes, "0123456789abcdef", IPC_HEADER_BYTES);
    ipc_encode(msg, message, &bytes);
    INVARIANT(buf_error(&bytes) == OK);
    header.length = (uint32_t)(bytes.length - IPC_HEADER_BYTES);
    ipc_header_encode(&header, bytes.bytes);
    selftest_intruder_say(t, to, PUPPET_SEND, bytes.bytes, bytes.length, 1);
    buf_fini(&bytes);
}

void selftest_intruder_ask(struct selftest_intruder *t, enum wire_api_key key,
    int16_t version, const void *request)
{
    const struct wire_api *api = wire_api_find((int16_t)key);

    buf_reset(&t->out);
    wire_fixed_encode(api->request, request, &t->out);
    INVARIANT(buf_error(&t->out) == OK);
    struct ipc_request ask = {.api_key = (int16_t)key,
        .api_version = version,
        .correlation_id = 1,
        .client_id = ipc_text("intruder"),
        .body = {.ptr = t->out.bytes, .len = t->out.length}};
    selftest_intruder_send(t, PUPPET_BROKER, IPC_MSG_REQUEST, &ask);
}

/* A whole message at the front of what arrived; its bytes go to t->report. */
static bool take_message(
    struct selftest_intruder *t, enum puppet_channel from, struct ipc_header *header)
{
    struct buf *b = &t->arrived[from];
    size_t front = from == PUPPET_STORE ? 0 : 4;

    if (b->length < front + IPC_HEADER_BYTES) {
        return false;
    }
    *header = ipc_header_decode(b->bytes + front);
    size_t whole = front + IPC_HEADER_BYTES + header->length;
    if (b->length < whole) {
        return false;
    }
    buf_reset(&t->report);
    buf_add(&t->report, b->bytes + front + IPC_HEADER_BYTES, header->length);
    buf_consume(b, whole);
    return true;
}

enum selftest_heard selftest_intruder_hear(struct selftest_intruder *t,
    enum puppet_channel from, int wait_ms, enum ipc_msg *msg_out, union ipc_any *out)
{
    int64_t deadline = clock_mono_ms() + wait_ms;
    struct ipc_header header;

    for (;;) {
        if (take_message(t, from, &header)) {
            return ipc_find(header.number, msg_out) == OK &&
                           ipc_decode(*msg_out, t->report.bytes, t->report.length, out) ==
                               OK
                       ? SELFTEST_MESSAGE
                       : SELFTEST_SILENCE;
        }
        if (t->ended) {
            return SELFTEST_KILLED;
        }
        /* Where the channel ended, the gate's end follows from the warden, or never. */
        int64_t soon = clock_mono_ms() + SELFTEST_KILL_MS;
        bool closed = t->closed[from];
        if (!take_report(t, closed && soon < deadline ? soon : deadline) && !t->ended) {
            return closed ? SELFTEST_CLOSED : SELFTEST_SILENCE;
        }
    }
}

static bool answered(struct selftest_intruder *t, union ipc_any *out)
{
    enum ipc_msg msg;

    return selftest_intruder_hear(t, PUPPET_BROKER, SELFTEST_WAIT_MS, &msg, out) ==
               SELFTEST_MESSAGE &&
           msg == IPC_MSG_RESPONSE;
}

bool selftest_intruder_login(
    struct selftest_intruder *t, const struct selftest_instance *i, const char *user)
{
    static const char plain[] = "PLAIN";
    struct sasl_handshake_request handshake = {
        .mechanism = {.ptr = (const uint8_t *)plain, .len = sizeof(plain) - 1}};
    union ipc_any answer;
    uint8_t token[256];

    selftest_intruder_ask(t, WIRE_API_SASL_HANDSHAKE, HANDSHAKE_VERSION, &handshake);
    if (!answered(t, &answer)) {
        return false;
    }
    int n = snprintf((char *)token, sizeof(token), "%c%s%c%s", 0, user, 0, i->password);
    struct sasl_authenticate_request proof = {
        .auth_bytes = {.ptr = token, .len = (size_t)n}};
    selftest_intruder_ask(t, WIRE_API_SASL_AUTHENTICATE, AUTHENTICATE_VERSION, &proof);
    return answered(t, &answer) && answer.response.authenticated != 0;
}

uint64_t selftest_intruder_grant(
    struct selftest_intruder *t, const char *topic, uint8_t operation, int16_t *error_out)
{
    struct ipc_open open = {.operation = operation, .topic = ipc_text(topic)};
    union ipc_any answer;
    enum ipc_msg msg;

    selftest_intruder_send(t, PUPPET_BROKER, IPC_MSG_OPEN, &open);
    *error_out = -1;
    if (selftest_intruder_hear(t, PUPPET_BROKER, SELFTEST_WAIT_MS, &msg, &answer) !=
            SELFTEST_MESSAGE ||
        msg != IPC_MSG_OPENED) {
        return 0;
    }
    *error_out = answer.opened.error;
    return answer.opened.error == 0 ? answer.opened.handle : 0;
}
