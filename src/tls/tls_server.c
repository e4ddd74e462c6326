#include "tls_server.h"

#include "mem.h"
#include "tls_bio.h"
#include "tls_context_private.h"
#include "tls_transcript.h"
#include "tls_wait.h"

#include <limits.h>
#include <openssl/err.h>
#include <poll.h>

struct tls_connection {
    SSL *ssl;
    struct tls_bio socket;
    struct tls_transcript transcript;
    bool broken; /* no goodbye any more */
};

/* Waits for what the last call of OpenSSL wants; OK: call it again. */
static enum err after(struct tls_connection *c, int result, int64_t deadline_ms)
{
    switch (SSL_get_error(c->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return tls_wait(c->socket.fd, POLLIN, deadline_ms);
    case SSL_ERROR_WANT_WRITE:
        return tls_wait(c->socket.fd, POLLOUT, deadline_ms);
    case SSL_ERROR_ZERO_RETURN:
        return ERR_CLOSED;
    default:
        c->broken = true;
        return c->socket.hung_up ? ERR_CLOSED : ERR_INVALID;
    }
}

static enum err shake_hands(struct tls_connection *c, int64_t deadline_ms)
{
    for (;;) {
        ERR_clear_error();
        int result = SSL_accept(c->ssl);
        if (result == 1) {
            return OK;
        }
        enum err e = after(c, result, deadline_ms);
        if (e != OK) {
            return e;
        }
    }
}

static void describe(enum err e, bool signing_failed, struct tls_problem *problem)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    if (signing_failed) {
        tls_problem_set(problem, "the server's signature was not made: %s", err_text(e));
    } else if (e == ERR_TIMEOUT) {
        tls_problem_set(problem, "the TLS handshake did not end in time");
    } else if (e == ERR_CLOSED) {
        tls_problem_set(
            problem, "the client closed the connection during the TLS handshake");
    } else if (e == ERR_INVALID) {
        tls_problem_set(problem, "the TLS handshake failed: %s",
            reason != NULL ? reason : "no reason given");
    } else {
        tls_problem_set(problem, "the TLS handshake failed: %s", err_text(e));
    }
}

static struct tls_connection *connection_new(struct tls_context *context, int fd)
{
    struct tls_connection *c = mem_alloc(1, sizeof(*c));

    if (c == NULL) {
        return NULL;
    }
    c->socket.fd = fd;
    c->ssl = SSL_new(context->ssl);
    BIO *bio = c->ssl != NULL ? tls_bio_new(context->socket, &c->socket) : NULL;
    if (bio == NULL) {
        SSL_free(c->ssl);
        mem_free(c);
        return NULL;
    }
    SSL_set_bio(c->ssl, bio, bio);
    if (tls_policy_apply(context, c->ssl) != OK) {
        c->broken = true;
        tls_close(&c, 0);
        return NULL;
    }
    if (context->ask != TLS_ASK_NOTHING &&
        tls_transcript_begin(&c->transcript, c->ssl, context->ask) != OK) {
        c->broken = true;
        tls_close(&c, 0);
    }
    return c;
}

enum err tls_accept(struct tls_context *context, int fd, int64_t deadline_ms,
    struct tls_connection **out, struct tls_problem *problem)
{
    struct tls_connection *c = connection_new(context, fd);
    enum err e = ERR_NOMEM;

    context->signed_result = OK;
    if (c != NULL) {
        e = shake_hands(c, deadline_ms);
    }
    if (e == OK) {
        e = tls_policy_check(context, c->ssl);
    }
    if (e == OK) {
        *out = c;
        return OK;
    }
    bool signing_failed = context->signed_result != OK;
    e = signing_failed ? context->signed_result : e;
    describe(e, signing_failed, problem);
    ERR_clear_error();
    if (c != NULL) {
        c->broken = true;
        tls_close(&c, 0);
    }
    return e;
}

enum err tls_get_transcript(
    const struct tls_connection *c, const uint8_t **bytes_out, size_t *length_out)
{
    const struct tls_transcript *t = &c->transcript;

    if (!t->proved) {
        return ERR_NOT_FOUND;
    }
    if (buf_error(&t->bytes) != OK) {
        return buf_error(&t->bytes);
    }
    *bytes_out = t->bytes.bytes;
    *length_out = t->bytes.length;
    return OK;
}

void tls_forget_transcript(struct tls_connection *c)
{
    tls_transcript_fini(&c->transcript);
}

enum err tls_read(struct tls_connection *c, void *room, size_t size, int64_t deadline_ms,
    size_t *length_out)
{
    for (;;) {
        ERR_clear_error();
        int result = SSL_read(c->ssl, room, size > INT_MAX ? INT_MAX : (int)size);
        if (result > 0) {
            *length_out = (size_t)result;
            return OK;
        }
        enum err e = after(c, result, deadline_ms);
        if (e != OK) {
            return e;
        }
    }
}

bool tls_has_pending(const struct tls_connection *c)
{
    return SSL_pending(c->ssl) > 0;
}

enum err tls_write(
    struct tls_connection *c, const void *bytes, size_t length, int64_t deadline_ms)
{
    const uint8_t *next = bytes;

    while (length > 0) {
        ERR_clear_error();
        int result = SSL_write(c->ssl, next, length > INT_MAX ? INT_MAX : (int)length);
        if (result > 0) {
            next += result;
            length -= (size_t)result;
            continue;
        }
        enum err e = after(c, result, deadline_ms);
        if (e != OK) {
            c->broken =
                true; /* OpenSSL still holds a part that it must not be kept from */
            return e;
        }
    }
    return OK;
}

void tls_close(struct tls_connection **c, int64_t deadline_ms)
{
    struct tls_connection *old = *c;

    if (old == NULL) {
        return;
    }
    enum err e = old->broken || old->socket.hung_up ? ERR_CLOSED : OK;
    while (e == OK) {
        ERR_clear_error();
        int result = SSL_shutdown(old->ssl);
        if (result >= 0) {
            break; /* ours is out; we do not wait for the peer's */
        }
        e = after(old, result, deadline_ms);
    }
    ERR_clear_error();
    SSL_free(old->ssl);
    tls_transcript_fini(&old->transcript);
    mem_free(old);
    *c = NULL;
}
