/*
 * gate_connection - the client's bytes: frames in, bytes out, over TLS or plain TCP.
 *
 * Trust: the peer chose every byte and when it comes. A frame's length is bounded before
 * memory is taken, and memory grows as bytes arrive. Every wait has a deadline.
 *
 * Ownership: owns the socket and the TLS state.
 */
#ifndef GATE_CONNECTION_H
#define GATE_CONNECTION_H

#include "buf.h"
#include "err.h"

#include <stdbool.h>
#include <stdint.h>

struct tls_connection;

struct gate_connection {
    int fd;                     /* -1: none yet */
    struct tls_connection *tls; /* NULL: plain */
};

/*
 * Reads the four length bytes of a frame, waiting until idle_deadline_ms for the first of
 * them and a bounded time for the rest. ERR_CLOSED: the client left. ERR_TIMEOUT.
 */
enum err gate_connection_read_length(
    struct gate_connection *c, int64_t idle_deadline_ms, int32_t *length_out) MUST_CHECK;
/*
 * Reads on until out has length bytes. The whole must be there by the deadline, and each
 * 64 KiB of it within a bounded time: a client that drips is closed.
 */
enum err gate_connection_read_body(struct gate_connection *c, size_t length,
    int64_t deadline_ms, struct buf *out) MUST_CHECK;
/* All of it; each 256 KiB must be taken within a bounded time. */
enum err gate_connection_write(
    struct gate_connection *c, const uint8_t *bytes, size_t length) MUST_CHECK;
/* True: bytes wait inside TLS, so that poll() on the socket would not tell. */
bool gate_connection_pending(const struct gate_connection *c);
void gate_connection_close(struct gate_connection *c);

#endif
