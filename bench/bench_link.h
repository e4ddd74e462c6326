/*
 * bench_link - one connection of a client of our own: from an address that we choose, not
 * blocking, with TLS, frames of the protocol.
 *
 * librdkafka has neither a choice of its own address nor a thousand connections in one
 * thread.
 *
 * Trust: the broker is ours; what it sends is bounded all the same.
 * Ownership: the link owns socket and TLS state; the context of TLS is borrowed. A frame
 * is valid until the next call.
 * Limits: BENCH_FRAME_MAX bytes an answer; what is sent must fit into an empty socket.
 */
#ifndef BENCH_LINK_H
#define BENCH_LINK_H

#include "err.h"

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_FRAME_MAX ((size_t)4096)

struct bench_link {
    int fd; /* -1: closed */
    SSL *tls;
    bool wants_write; /* it waits for room, not for bytes */
    uint8_t in[BENCH_FRAME_MAX];
    size_t in_length;
    size_t frame_length; /* of the one that was handed out: dropped at the next call */
};

struct bench_frame {
    const uint8_t *bytes; /* behind the correlation id */
    size_t length;
};

/* An address of 127.0.0.0/8; number: 0 up to 16 million, 0 is 127.0.0.1. */
struct in_addr bench_loopback(uint32_t number);
/* A socket that connects, from that address. -1: errno says why. */
int bench_link_socket(const struct sockaddr_in *to, struct in_addr from);

enum err bench_link_open(struct bench_link *l, const struct sockaddr_in *to,
    struct in_addr from, SSL_CTX *context) MUST_CHECK;
void bench_link_close(struct bench_link *l);

/* These three: ERR_AGAIN: the socket has to be waited for. ERR_CLOSED: it ended. */
enum err bench_link_secure(struct bench_link *l) MUST_CHECK;
/* The bytes of a request from its API key on, without size, correlation id and client id.
 */
enum err bench_link_ask(struct bench_link *l, int16_t key, int16_t version,
    const void *body, size_t length) MUST_CHECK;
enum err bench_link_answer(struct bench_link *l, struct bench_frame *out) MUST_CHECK;
/* As they are. */
enum err bench_link_send(
    struct bench_link *l, const void *bytes, size_t length) MUST_CHECK;

#endif
