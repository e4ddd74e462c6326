/*
 * tls_server - the server's side of one TLS connection, for a program that does one thing
 * at a time: each call waits with poll until it is done or its deadline passed.
 *
 * Trust: the peer is a stranger. Every wait has a deadline (monotonic ms; negative: none;
 * in the past: what can be done without waiting). After any error but ERR_TIMEOUT of a
 * read, the connection is good for tls_close() only.
 *
 * Ownership: borrows the context and the socket, which stays open after tls_close(). The
 * socket may block or not: it is never waited on but by poll.
 */
#ifndef TLS_SERVER_H
#define TLS_SERVER_H

#include "tls_context.h"
#include "tls_peek.h"

#include <stdbool.h>

struct tls_connection;

/*
 * ERR_TIMEOUT, ERR_CLOSED (the client went away), ERR_INVALID (its fault), ERR_NOMEM, or
 * what the signer returned; each with the problem said.
 */
enum err tls_accept(struct tls_context *context, int fd, int64_t deadline_ms,
    struct tls_connection **out, struct tls_problem *problem) MUST_CHECK;

/*
 * The handshake messages of both sides up to the proof of the client's certificate, which
 * are the connection's. ERR_NOT_FOUND: it was asked for none, or showed none. ERR_FULL:
 * there are more than TLS_TRANSCRIPT_MAX bytes. ERR_NOMEM.
 */
enum err tls_get_transcript(const struct tls_connection *c, const uint8_t **bytes_out,
    size_t *length_out) MUST_CHECK;
/* Gives their memory back. */
void tls_forget_transcript(struct tls_connection *c);

/* One byte or more; ERR_CLOSED at the end, whether the client said goodbye or not. */
enum err tls_read(struct tls_connection *c, void *room, size_t size, int64_t deadline_ms,
    size_t *length_out) MUST_CHECK;
/* Bytes that tls_read() has without the socket: do not poll before they are taken. */
bool tls_has_pending(const struct tls_connection *c);

/* All of it. After ERR_TIMEOUT an unknown part was sent: close. */
enum err tls_write(struct tls_connection *c, const void *bytes, size_t length,
    int64_t deadline_ms) MUST_CHECK;

/* Says goodbye where that is still possible, and frees. Harmless on NULL. */
void tls_close(struct tls_connection **c, int64_t deadline_ms);

#endif
