#include "gate_connection.h"

#include "clock.h"
#include "tls_server.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define LENGTH_BYTES      4
#define LENGTH_TIMEOUT_MS 10000 /* for the other three bytes, once one is there */
#define CLOSE_TIMEOUT_MS  100
#define STEP_TIMEOUT_MS   30000
#define WRITE_STEP        ((size_t)256 * 1024)
#define READ_STEP         ((size_t)64 * 1024)

static enum err wait_for(int fd, short events, int64_t deadline_ms)
{
    for (;;) {
        int64_t left = deadline_ms - clock_mono_ms();
        if (left <= 0) {
            return ERR_TIMEOUT;
        }
        struct pollfd p = {.fd = fd, .events = events};
        int n = poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left);
        if (n > 0) {
            return OK;
        }
        if (n < 0 && errno != EINTR) {
            return ERR_IO;
        }
    }
}

static enum err from_errno(void)
{
    return errno == ECONNRESET || errno == EPIPE || errno == ETIMEDOUT ? ERR_CLOSED
                                                                       : ERR_IO;
}

/* At least one byte. */
static enum err read_some(struct gate_connection *c, uint8_t *out, size_t size,
    int64_t deadline_ms, size_t *length_out)
{
    if (c->tls != NULL) {
        return tls_read(c->tls, out, size, deadline_ms, length_out);
    }
    for (;;) {
        ssize_t n = recv(c->fd, out, size, MSG_DONTWAIT);
        if (n > 0) {
            *length_out = (size_t)n;
            return OK;
        }
        if (n == 0) {
            return ERR_CLOSED;
        }
        if (errno == EINTR) {
            continue;
        }
        if (errno != EAGAIN) {
            return from_errno();
        }
        enum err e = wait_for(c->fd, POLLIN, deadline_ms);
        if (e != OK) {
            return e;
        }
    }
}

enum err gate_connection_read_length(
    struct gate_connection *c, int64_t idle_deadline_ms, int32_t *length_out)
{
    uint8_t bytes[LENGTH_BYTES];
    size_t have = 0;
    int64_t deadline_ms = idle_deadline_ms;

    while (have < LENGTH_BYTES) {
        size_t n = 0;
        enum err e = read_some(c, bytes + have, LENGTH_BYTES - have, deadline_ms, &n);
        if (e != OK) {
            return e;
        }
        have += n;
        deadline_ms = clock_mono_ms() + LENGTH_TIMEOUT_MS;
    }
    *length_out = (int32_t)((uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
                            (uint32_t)bytes[2] << 8 | (uint32_t)bytes[3]);
    return OK;
}

enum err gate_connection_read_body(
    struct gate_connection *c, size_t length, int64_t deadline_ms, struct buf *out)
{
    int64_t step_deadline_ms = 0;
    size_t step_end = 0;

    while (out->length < length) {
        size_t left = length - out->length;
        size_t n = 0;
        uint8_t *room = buf_reserve(out, left < READ_STEP ? left : READ_STEP);
        if (room == NULL) {
            return buf_error(out);
        }
        if (out->length >= step_end) {
            step_end = out->length + READ_STEP;
            step_deadline_ms = clock_mono_ms() + STEP_TIMEOUT_MS;
        }
        enum err e = read_some(c, room, left < READ_STEP ? left : READ_STEP,
            deadline_ms < step_deadline_ms ? deadline_ms : step_deadline_ms, &n);
        if (e != OK) {
            return e;
        }
        buf_grew(out, n);
    }
    return OK;
}

static enum err write_step(
    struct gate_connection *c, const uint8_t *bytes, size_t length, int64_t deadline_ms)
{
    if (c->tls != NULL) {
        return tls_write(c->tls, bytes, length, deadline_ms);
    }
    while (length > 0) {
        ssize_t n = send(c->fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n >= 0) {
            bytes += n;
            length -= (size_t)n;
            continue;
        }
        if (errno == EINTR) {
            continue;
        }
        if (errno != EAGAIN) {
            return from_errno();
        }
        enum err e = wait_for(c->fd, POLLOUT, deadline_ms);
        if (e != OK) {
            return e;
        }
    }
    return OK;
}

enum err gate_connection_write(
    struct gate_connection *c, const uint8_t *bytes, size_t length)
{
    enum err e = OK;

    while (e == OK && length > 0) {
        size_t step = length < WRITE_STEP ? length : WRITE_STEP;
        e = write_step(c, bytes, step, clock_mono_ms() + STEP_TIMEOUT_MS);
        bytes += step;
        length -= step;
    }
    return e;
}

bool gate_connection_pending(const struct gate_connection *c)
{
    return c->tls != NULL && tls_has_pending(c->tls);
}

void gate_connection_close(struct gate_connection *c)
{
    if (c->tls != NULL) {
        tls_close(&c->tls, clock_mono_ms() + CLOSE_TIMEOUT_MS);
    }
    if (c->fd >= 0) {
        (void)close(c->fd);
    }
    c->fd = -1;
}
