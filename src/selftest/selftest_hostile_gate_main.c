/*
 * schloss-hostile-gate - a gate that can be taken over: all of the real one, and a way to
 * make it a puppet.
 *
 * Sees:       what a gate sees, on the genuine channels, in the genuine sandbox.
 * Holds:      what a gate holds.
 * Talks to:   porter, broker, keys, store, warden; and schloss-selftest as its client.
 * May call:   profile `gate`.
 * If taken:   it is: a client that begins with PUPPET_MAGIC sends any bytes on any
 * channel and gets all that comes back. Only schloss-selftest starts it, in an instance
 * of its own.
 *
 * It is linked with --wrap=gate_session_run: the library `gate` is the one that ships.
 */
#include "gate_process.h"
#include "gate_session.h"
#include "sandbox_libraries.h"
#include "selftest_puppet.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BYTES ((size_t)64 * 1024)

struct puppet {
    uint64_t gate;
    int client;
    int channels[PUPPET_CHANNELS];
    bool deaf[PUPPET_CHANNELS];
};

/* Names of the linker, for --wrap. */
int __real_gate_session_run(struct gate *g);
int __wrap_gate_session_run(struct gate *g);

static uint8_t space[PUPPET_HEAD + PUPPET_LENGTH_MAX];

static void wait_for(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};

    (void)poll(&p, 1, -1);
}

/* All of it, or the client is gone and with it the intruder. */
static void write_client(const struct puppet *p, const uint8_t *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = send(p->client, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN) {
            wait_for(p->client, POLLOUT);
        } else if (n <= 0) {
            _exit(0);
        } else {
            bytes += n;
            length -= (size_t)n;
        }
    }
}

static void read_client(const struct puppet *p, uint8_t *out, size_t length)
{
    while (length > 0) {
        ssize_t n = recv(p->client, out, length, MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN) {
            wait_for(p->client, POLLIN);
        } else if (n <= 0) {
            _exit(0);
        } else {
            out += n;
            length -= (size_t)n;
        }
    }
}

static uint32_t number_at(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

static void report(const struct puppet *p, enum puppet_report what, unsigned channel,
    const uint8_t *bytes, size_t length)
{
    uint8_t head[PUPPET_HEAD] = {(uint8_t)what, (uint8_t)channel};

    for (int i = 0; i < 4; i++) {
        head[8 + i] = (uint8_t)(length >> (8 * i));
    }
    write_client(p, head, sizeof(head));
    write_client(p, bytes, length);
}

static void channel_ended(struct puppet *p, unsigned channel)
{
    p->channels[channel] = -1;
    report(p, PUPPET_CLOSED, channel, NULL, 0);
}

/* Sends once: false when the channel took nothing more or is gone. */
static bool send_raw(
    struct puppet *p, unsigned channel, const uint8_t *bytes, size_t length, bool with_fd)
{
    struct iovec part = {.iov_len = length};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

    memcpy(&part.iov_base, &bytes, sizeof(bytes));
    if (with_fd) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof(control.bytes);
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &p->client, sizeof(int));
    }
    for (;;) {
        ssize_t n = sendmsg(p->channels[channel], &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0) {
            part.iov_base = (uint8_t *)part.iov_base + n;
            part.iov_len -= (size_t)n;
            if (part.iov_len == 0) {
                return true;
            }
        } else if (errno == EAGAIN) {
            struct pollfd wait = {.fd = p->channels[channel], .events = POLLOUT};
            if (poll(&wait, 1, 2000) != 1) {
                return false;
            }
        } else {
            channel_ended(p, channel);
            return false;
        }
    }
}

static void on_order(struct puppet *p)
{
    read_client(p, space, PUPPET_HEAD);
    unsigned what = space[0];
    unsigned channel = space[1];
    uint32_t count = number_at(space + 4);
    uint32_t length = number_at(space + 8);

    if (channel >= PUPPET_CHANNELS || length > PUPPET_LENGTH_MAX || what == PUPPET_END) {
        _exit(0);
    }
    read_client(p, space + PUPPET_HEAD, length);
    if (what == PUPPET_DEAF) {
        p->deaf[channel] = true;
        return;
    }
    for (uint32_t i = 0; i < count && p->channels[channel] >= 0; i++) {
        if (!send_raw(p, channel, space + PUPPET_HEAD, length, what == PUPPET_SEND_FD)) {
            break;
        }
    }
}

static void on_channel(struct puppet *p, unsigned channel)
{
    ssize_t n = recv(p->channels[channel], space, READ_BYTES, MSG_DONTWAIT);

    if (n > 0) {
        report(p, PUPPET_FOUND, channel, space, (size_t)n);
    } else if (n == 0 || errno != EAGAIN) {
        channel_ended(p, channel);
    }
}

static _Noreturn void obey(struct puppet *p)
{
    read_client(p, space, PUPPET_MAGIC_BYTES);
    uint8_t number[8];
    for (int i = 0; i < 8; i++) {
        number[i] = (uint8_t)(p->gate >> (8 * i));
    }
    report(p, PUPPET_TAKEN, 0, number, sizeof(number));
    for (;;) {
        struct pollfd wait[PUPPET_CHANNELS + 1];
        for (unsigned i = 0; i < PUPPET_CHANNELS; i++) {
            wait[i] =
                (struct pollfd){.fd = p->deaf[i] ? -1 : p->channels[i], .events = POLLIN};
        }
        wait[PUPPET_CHANNELS] = (struct pollfd){.fd = p->client, .events = POLLIN};
        if (poll(wait, PUPPET_CHANNELS + 1, -1) < 0) {
            continue;
        }
        for (unsigned i = 0; i < PUPPET_CHANNELS; i++) {
            if (wait[i].revents != 0) {
                on_channel(p, i);
            }
        }
        if (wait[PUPPET_CHANNELS].revents != 0) {
            on_order(p);
        }
    }
}

/* Waits for as many bytes as tell an order from TLS, and leaves them where they are. */
static bool is_takeover(int client)
{
    uint8_t first[PUPPET_MAGIC_BYTES];

    for (;;) {
        wait_for(client, POLLIN);
        ssize_t n = recv(client, first, sizeof(first), MSG_PEEK | MSG_DONTWAIT);
        if (n <= 0 || memcmp(first, PUPPET_MAGIC, (size_t)n) != 0) {
            return false;
        }
        if (n == (ssize_t)sizeof(first)) {
            return true;
        }
    }
}

int __wrap_gate_session_run(struct gate *g)
{
    struct puppet p = {.gate = g->config.gate,
        .client = g->connection.fd,
        .channels = {g->role.warden.channel.fd, g->porter.fd, g->broker.fd, g->keys.fd,
            g->store.fd}};

    if (is_takeover(p.client)) {
        obey(&p);
    }
    return __real_gate_session_run(g);
}

int main(int argc, char **argv)
{
    sandbox_print_libraries(argc, argv, NULL);
    return gate_process(argc, argv);
}
