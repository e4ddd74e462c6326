#include "bench_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENT_ID    "bench"
#define HEADER_BYTES (4 + 2 + 2 + 4 + 2 + sizeof(CLIENT_ID) - 1)
#define REQUEST_MAX  1024

struct in_addr bench_loopback(uint32_t number)
{
    /* 127.0.0.1 and then upwards, past those that end with 0 or 255. */
    uint32_t host = number / 254 * 256 + number % 254 + 1;

    return (struct in_addr){.s_addr = htonl(0x7f000000U | (host & 0x00ffffffU))};
}

int bench_link_socket(const struct sockaddr_in *to, struct in_addr from)
{
    const struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr = from};
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return -1;
    }
    (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (bind(fd, (const struct sockaddr *)&own, sizeof(own)) != 0 ||
        (connect(fd, (const struct sockaddr *)to, sizeof(*to)) != 0 &&
            errno != EINPROGRESS)) {
        int why = errno;
        (void)close(fd);
        errno = why;
        return -1;
    }
    return fd;
}

enum err bench_link_open(struct bench_link *l, const struct sockaddr_in *to,
    struct in_addr from, SSL_CTX *context)
{
    l->in_length = 0;
    l->frame_length = 0;
    l->wants_write = true;
    l->tls = NULL;
    l->fd = bench_link_socket(to, from);
    if (l->fd < 0) {
        return ERR_CLOSED;
    }
    l->tls = SSL_new(context);
    if (l->tls == NULL || SSL_set_fd(l->tls, l->fd) != 1) {
        bench_link_close(l);
        return ERR_NOMEM;
    }
    SSL_set_connect_state(l->tls);
    return OK;
}

void bench_link_close(struct bench_link *l)
{
    SSL_free(l->tls);
    if (l->fd >= 0) {
        (void)close(l->fd);
    }
    l->tls = NULL;
    l->fd = -1;
}

static enum err wait_or_end(struct bench_link *l, int result)
{
    int why = SSL_get_error(l->tls, result);

    ERR_clear_error();
    l->wants_write = why == SSL_ERROR_WANT_WRITE;
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? ERR_AGAIN
                                                                     : ERR_CLOSED;
}

static bool is_connected(const struct bench_link *l)
{
    struct tcp_info info = {0};
    socklen_t length = sizeof(info);

    return getsockopt(l->fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 &&
           info.tcpi_state != TCP_SYN_SENT;
}

enum err bench_link_secure(struct bench_link *l)
{
    if (!is_connected(l)) {
        l->wants_write = true;
        return ERR_AGAIN;
    }
    int result = SSL_do_handshake(l->tls);
    return result == 1 ? OK : wait_or_end(l, result);
}

enum err bench_link_send(struct bench_link *l, const void *bytes, size_t length)
{
    size_t done = 0;
    int result = SSL_write_ex(l->tls, bytes, length, &done);

    if (result != 1) {
        ERR_clear_error();
    }
    l->wants_write = false;
    return result == 1 && done == length ? OK : ERR_CLOSED;
}

static uint8_t *put(uint8_t *at, uint32_t value, unsigned bytes)
{
    for (unsigned i = bytes; i > 0; i--) {
        *at++ = (uint8_t)(value >> (8 * (i - 1)));
    }
    return at;
}

enum err bench_link_ask(
    struct bench_link *l, int16_t key, int16_t version, const void *body, size_t length)
{
    uint8_t frame[REQUEST_MAX];
    uint8_t *at = frame;

    if (length > sizeof(frame) - HEADER_BYTES) {
        return ERR_FULL;
    }
    at = put(at, (uint32_t)(HEADER_BYTES - 4 + length), 4);
    at = put(at, (uint16_t)key, 2);
    at = put(at, (uint16_t)version, 2);
    at = put(at, 1, 4); /* the correlation id: one request at a time */
    at = put(at, sizeof(CLIENT_ID) - 1, 2);
    memcpy(at, CLIENT_ID, sizeof(CLIENT_ID) - 1);
    at += sizeof(CLIENT_ID) - 1;
    if (length > 0) {
        memcpy(at, body, length);
    }
    return bench_link_send(l, frame, HEADER_BYTES + length);
}

/* 0: not yet known. */
static size_t size_of_frame(const struct bench_link *l)
{
    const uint8_t *b = l->in;

    return l->in_length < 4 ? 0
                            : 4 + ((size_t)b[0] << 24 | (size_t)b[1] << 16 |
                                      (size_t)b[2] << 8 | (size_t)b[3]);
}

static void drop_frame(struct bench_link *l)
{
    l->in_length -= l->frame_length;
    memmove(l->in, l->in + l->frame_length, l->in_length);
    l->frame_length = 0;
}

enum err bench_link_answer(struct bench_link *l, struct bench_frame *out)
{
    drop_frame(l);
    for (;;) {
        size_t size = size_of_frame(l);
        size_t n = 0;
        if (size > sizeof(l->in) || (size > 0 && size < 8)) {
            return ERR_CLOSED;
        }
        if (size > 0 && l->in_length >= size) {
            l->frame_length = size;
            *out = (struct bench_frame){.bytes = l->in + 8, .length = size - 8};
            return OK;
        }
        int result =
            SSL_read_ex(l->tls, l->in + l->in_length, sizeof(l->in) - l->in_length, &n);
        if (result != 1) {
            return wait_or_end(l, result);
        }
        l->in_length += n;
    }
}
