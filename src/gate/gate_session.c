#include "gate_session.h"

#include "clock.h"
#include "gate_fetch.h"
#include "gate_frame.h"
#include "gate_produce.h"
#include "gate_proof.h"
#include "gate_relay.h"
#include "gate_versions.h"
#include "mem.h"
#include "tls_peek.h"
#include "tls_server.h"
#include "wire_admin_api.h"
#include "wire_code.h"
#include "wire_codec.h"
#include "wire_sasl_authenticate.h"
#include "wire_sasl_handshake.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define HANG_UP_GRACE_MS 1000
#define LENGTH_BYTES     4

_Noreturn void gate_session_end(struct gate *g, int status)
{
    gate_connection_close(&g->connection);
    _exit(status);
}

void gate_log(struct gate *g, enum ipc_log_code code, uint32_t detail, const void *text,
    size_t length)
{
    struct ipc_gate_log line = {.code = (uint16_t)code,
        .detail = detail,
        .text = ipc_cut((struct ipc_view){.ptr = text, .len = length}, 128)};

    if (g->log_budget > 0) {
        g->log_budget--;
        if (ipc_channel_send(&g->broker, IPC_MSG_GATE_LOG, 0, &line, -1) != OK) {
            gate_session_end(g, IPC_GATE_EXIT_NEIGHBOUR);
        }
    }
}

void gate_throttle(struct gate *g, int32_t ms)
{
    g->throttle_ms = ms > g->throttle_ms ? ms : g->throttle_ms;
}

enum err gate_wait(struct gate *g, int fd, bool to_write, int64_t deadline_ms)
{
    bool is_idle = fd == g->connection.fd || fd < 0; /* no request is in hand */

    for (;;) {
        struct pollfd p[3] = {{.fd = fd, .events = to_write ? POLLIN | POLLOUT : POLLIN},
            {.fd = g->role.warden.channel.fd, .events = POLLIN},
            {.fd = is_idle ? -1 : g->connection.fd, .events = POLLRDHUP}};
        int64_t left = deadline_ms < 0 ? -1 : deadline_ms - clock_mono_ms();
        if (deadline_ms >= 0 && left <= 0) {
            return ERR_TIMEOUT;
        }
        int n = poll(p, 3, left > INT_MAX ? INT_MAX : (int)left);
        if (n < 0 && errno != EINTR) {
            return ERR_IO;
        }
        if (n > 0 && p[1].revents != 0) {
            ipc_link_drain(&g->role.warden); /* STOP, or its end */
            if (g->role.warden.channel.fd < 0) {
                gate_session_end(g, IPC_GATE_EXIT_NEIGHBOUR);
            }
            if (g->role.stopping && is_idle) {
                return ERR_CLOSED;
            }
        }
        if (n > 0 && p[0].revents != 0) {
            return OK;
        }
        if (n > 0 && p[2].revents != 0) {
            /* The client hung up: what it asked for gets a moment, then nobody waits for
             * it. */
            is_idle = true;
            int64_t soon = clock_mono_ms() + HANG_UP_GRACE_MS;
            deadline_ms = deadline_ms < 0 || deadline_ms > soon ? soon : deadline_ms;
        }
    }
}

enum err gate_await(struct gate *g, struct ipc_channel *c, enum ipc_msg msg,
    uint64_t request, int64_t deadline_ms, struct ipc_received *out)
{
    for (;;) {
        enum err e = ipc_channel_flush(c);
        if (e == OK) {
            e = ipc_channel_receive(c, out);
        }
        if (e == OK) {
            return out->msg == msg && out->request == request ? OK : ERR_INVALID;
        }
        if (e == ERR_AGAIN) {
            e = gate_wait(g, c->fd, ipc_channel_wants_write(c), deadline_ms);
        }
        if (e != OK) {
            return e;
        }
    }
}

static void say_throttle(const struct gate *g, const struct wire_api *api, void *response)
{
    const struct wire_field *field = wire_field_find(api->response, "ThrottleTimeMs");

    if (field != NULL && g->throttle_ms > 0) {
        memcpy(
            (uint8_t *)response + field->offset, &g->throttle_ms, sizeof(g->throttle_ms));
    }
}

enum err gate_session_respond(
    struct gate *g, const struct wire_request_header *h, void *response)
{
    say_throttle(g, h->api, response);
    buf_reset(&g->out);
    buf_add(&g->out, "\0\0\0\0", LENGTH_BYTES);
    wire_header_encode(h->api, h->version, h->correlation_id, &g->out);
    wire_encode(h->api->response, h->version, wire_api_is_flexible(h->api, h->version),
        response, &g->out);
    if (buf_error(&g->out) != OK) {
        return buf_error(&g->out);
    }
    uint32_t length = (uint32_t)(g->out.length - LENGTH_BYTES);
    for (int i = 0; i < LENGTH_BYTES; i++) {
        g->out.bytes[i] = (uint8_t)(length >> (24 - 8 * i));
    }
    return OK;
}

enum err gate_session_write(struct gate *g)
{
    return gate_connection_write(&g->connection, g->out.bytes, g->out.length);
}

enum err gate_session_refuse(struct gate *g, const struct wire_request_header *h,
    enum ipc_log_code code, const char *text)
{
    uint32_t detail = (uint32_t)(uint16_t)h->key << 16 | (uint16_t)h->version;

    g->exit_status = IPC_GATE_EXIT_PEER_FAULT;
    gate_log(g, code, detail, text, strlen(text));
    return ERR_CLOSED;
}

/* What may come in which state of authentication; the rest ends the connection, as in
 * Kafka. */
static bool may_come_now(const struct gate *g, const struct wire_request_header *h)
{
    switch (g->auth) {
    case GATE_AUTH_NONE:
        return h->key == WIRE_API_API_VERSIONS || h->key == WIRE_API_SASL_HANDSHAKE;
    case GATE_AUTH_VERSIONS:
        return h->key == WIRE_API_SASL_HANDSHAKE;
    case GATE_AUTH_HANDSHAKE:
        return h->key == WIRE_API_SASL_AUTHENTICATE;
    case GATE_AUTH_RAW:
        return false;
    case GATE_AUTH_DONE:
        return true;
    }
    return false;
}

static enum err serve(
    struct gate *g, const struct wire_request_header *h, const void *request)
{
    bool answer = true;
    bool accepted = false;
    enum err e;

    switch (h->key) {
    case WIRE_API_API_VERSIONS:
        e = gate_versions(g, h, request, &accepted);
        if (e == OK && accepted && g->auth == GATE_AUTH_NONE) {
            g->auth = GATE_AUTH_VERSIONS;
        }
        break;
    case WIRE_API_PRODUCE:
        e = gate_produce(g, h, request, &answer);
        break;
    case WIRE_API_FETCH:
        e = gate_fetch(g, h, request);
        break;
    case WIRE_API_ALTER_USER_SCRAM_CREDENTIALS:
        return gate_relay_scram(g, h, request);
    default:
        return gate_relay(g, h, request);
    }
    return e == OK && answer ? gate_session_write(g) : e;
}

/* A request that we do not speak: only ApiVersions gets an answer (KIP-511). */
static enum err on_unsupported(struct gate *g, const struct wire_request_header *h)
{
    bool before_auth = g->auth == GATE_AUTH_NONE || g->auth == GATE_AUTH_DONE;

    if (h->key == WIRE_API_API_VERSIONS && before_auth) {
        enum err e = gate_versions_unsupported(g, h->correlation_id);
        return e == OK ? gate_session_write(g) : e;
    }
    return gate_session_refuse(g, h, IPC_LOG_UNSUPPORTED, "");
}

static enum err on_not_now(struct gate *g, const struct wire_request_header *h)
{
    struct sasl_handshake_response second = {.error_code = WIRE_CODE_ILLEGAL_SASL_STATE};

    if (h->key == WIRE_API_SASL_HANDSHAKE && g->auth == GATE_AUTH_HANDSHAKE &&
        gate_session_respond(g, h, &second) == OK) {
        (void)!gate_session_write(g); /* it closes in any case */
    }
    g->exit_status = IPC_GATE_EXIT_PEER_FAULT;
    if (h->key == WIRE_API_API_VERSIONS || h->key == WIRE_API_SASL_HANDSHAKE ||
        h->key == WIRE_API_SASL_AUTHENTICATE) {
        return gate_session_refuse(g, h, IPC_LOG_SASL_STATE, "");
    }
    gate_log(g, IPC_LOG_SASL_REQUIRED, (uint32_t)(uint16_t)h->key, h->client_id.ptr,
        h->client_id.len);
    return ERR_CLOSED;
}

/*
 * Requests that a client in use ends with a few bytes too many, which Apache Kafka does not
 * look at. All of librdkafka: a null array of four bytes where the flexible form has one
 * (OffsetFetch up to 2.0.2; Metadata up to 2.16.0, whose flags then come late), and a tag
 * section written twice (ListGroups up to 2.0.2, AlterUserScramCredentials up to 2.16.0).
 */
static const struct {
    int16_t key;
    int16_t version_min; /* flexible ones */
    size_t length;
    uint8_t byte_max; /* each of them at most */
} known_tails[] = {
    {WIRE_API_METADATA, 9, 3, 1},
    {WIRE_API_OFFSET_FETCH, 6, 3, 0},
    {WIRE_API_LIST_GROUPS, 3, 1, 0},
    {WIRE_API_ALTER_USER_SCRAM_CREDENTIALS, 0, 1, 0},
};

/* How many bytes to leave out of this body; 0: none are known to be harmless. */
static size_t known_tail(
    const struct wire_request_header *h, const struct wire_reader *body)
{
    for (size_t i = 0; i < sizeof(known_tails) / sizeof(known_tails[0]); i++) {
        size_t n = known_tails[i].length;
        if (h->key != known_tails[i].key || h->version < known_tails[i].version_min ||
            body->left <= n) {
            continue;
        }
        const uint8_t *tail = body->pos + body->left - n;
        size_t harmless = 0;
        while (harmless < n && tail[harmless] <= known_tails[i].byte_max) {
            harmless++;
        }
        return harmless == n ? n : 0;
    }
    return 0;
}

/* Under another name other quotas may hold: broker hears of it with the next OPEN. */
static void note_client(struct gate *g, struct wire_view id)
{
    struct gate_client_id *known = &g->client_id;
    struct ipc_view cut =
        ipc_cut((struct ipc_view){.ptr = id.ptr, .len = id.len}, sizeof(known->bytes));

    if (cut.len == known->length &&
        (cut.len == 0 || memcmp(cut.ptr, known->bytes, cut.len) == 0)) {
        return;
    }
    known->length = cut.len;
    if (cut.len > 0) {
        memcpy(known->bytes, cut.ptr, cut.len);
    }
    gate_grants_fini(&g->grants);
    gate_grants_init(&g->grants);
}

/* To authenticate again a client has no more room than the first time. */
static bool is_too_large_for_sasl(
    const struct gate *g, const struct wire_request_header *h)
{
    return (h->key == WIRE_API_SASL_HANDSHAKE || h->key == WIRE_API_SASL_AUTHENTICATE) &&
           g->frame.length > g->config.preauth_frame_max;
}

static enum err on_frame(struct gate *g)
{
    struct wire_reader r = wire_reader_init(g->frame.bytes, g->frame.length);
    struct wire_request_header h = {.key = -1, .version = -1};
    enum wire_err w = g->is_admin ? wire_header_decode_by(&r, wire_admin_find, &h)
                                  : wire_header_decode(&r, &h);

    if (w == WIRE_ERR_VERSION) {
        return on_unsupported(g, &h);
    }
    if (w != WIRE_OK) {
        return gate_session_refuse(g, &h, IPC_LOG_MALFORMED, wire_err_text(w));
    }
    if (!may_come_now(g, &h)) {
        return on_not_now(g, &h);
    }
    if (is_too_large_for_sasl(g, &h)) {
        g->exit_status = IPC_GATE_EXIT_PEER_FAULT;
        gate_log(g, IPC_LOG_FRAME_SIZE, (uint32_t)g->frame.length, NULL, 0);
        return ERR_CLOSED;
    }
    note_client(g, h.client_id);
    void *request = arena_alloc(&g->arena, 1, h.api->request->struct_size);
    if (request == NULL) {
        return ERR_NOMEM;
    }
    struct wire_reader body = r;
    w = wire_decode(h.api->request, h.version, h.flexible, &r, &g->arena, request);
    size_t tail = w == WIRE_ERR_TRAILING ? known_tail(&h, &body) : 0;
    if (tail > 0) {
        body.left -= tail;
        w = wire_decode(h.api->request, h.version, h.flexible, &body, &g->arena, request);
    }
    if (w != WIRE_OK) {
        return gate_session_refuse(g, &h, IPC_LOG_MALFORMED, wire_err_text(w));
    }
    return serve(g, &h, request);
}

/* After SaslHandshake v0 a frame is a bare token, and so is the answer (KIP-43). */
static enum err on_raw_token(struct gate *g)
{
    const struct wire_api *api = wire_api_find(WIRE_API_SASL_AUTHENTICATE);
    struct wire_request_header h = {.key = api->key, .version = 0, .api = api};
    struct sasl_authenticate_request request = {
        .auth_bytes = {.ptr = g->frame.bytes, .len = g->frame.length}};
    struct ipc_received answer;
    enum err e = gate_relay_ask(g, &h, &request, true, &answer);
    struct sasl_authenticate_response *r =
        e == OK ? gate_relay_answer(g, api, &answer) : NULL;

    if (r == NULL) {
        gate_session_end(g, IPC_GATE_EXIT_NEIGHBOUR);
    }
    if (r->error_code != 0) {
        g->exit_status = IPC_GATE_EXIT_AUTH_FAIL;
        return ERR_CLOSED; /* the old form has no way to say no but this */
    }
    if (answer.body.response.authenticated != 0) {
        g->auth = GATE_AUTH_DONE;
    }
    gate_throttle(g, answer.body.response.throttle_ms);
    uint32_t length = (uint32_t)r->auth_bytes.len;
    uint8_t head[LENGTH_BYTES] = {(uint8_t)(length >> 24), (uint8_t)(length >> 16),
        (uint8_t)(length >> 8), (uint8_t)length};
    buf_reset(&g->out);
    buf_add(&g->out, head, LENGTH_BYTES);
    buf_add(&g->out, r->auth_bytes.ptr, r->auth_bytes.len);
    return buf_error(&g->out) == OK ? gate_session_write(g) : buf_error(&g->out);
}

static enum err serve_one(struct gate *g)
{
    enum err e = gate_frame_read(g);

    if (e == ERR_TIMEOUT && g->auth != GATE_AUTH_DONE) {
        g->exit_status = IPC_GATE_EXIT_PEER_FAULT;
        gate_log(g, IPC_LOG_TIMEOUT, 0, "authentication", 14);
    }
    if (e != OK) {
        return e;
    }
    if (g->auth == GATE_AUTH_HANDSHAKE || g->auth == GATE_AUTH_RAW) {
        if (++g->auth_rounds > g->config.auth_rounds_max) {
            g->exit_status = IPC_GATE_EXIT_PEER_FAULT;
            return ERR_CLOSED;
        }
    }
    e = g->auth == GATE_AUTH_RAW ? on_raw_token(g) : on_frame(g);
    arena_reset(&g->arena);
    if (g->auth_rounds > 0 && g->auth_rounds <= g->config.auth_rounds_max &&
        g->frame.bytes != NULL) {
        mem_wipe(g->frame.bytes, g->frame.length); /* it held a password */
        g->auth_rounds = g->auth == GATE_AUTH_DONE ? 0 : g->auth_rounds;
    }
    /* A large request must not keep its memory for the life of the connection. */
    if (g->frame.capacity > (1u << 20)) {
        buf_fini(&g->frame);
    }
    if (g->out.capacity > (1u << 20)) {
        buf_fini(&g->out);
    }
    gate_batch_scratch_trim(&g->batch);
    gate_frame_end(g);
    return e;
}

static enum err refuse_protocol(struct gate *g, const struct tls_peek *peek)
{
    static const char http[] = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n"
                               "Connection: close\r\n\r\nthis is a Kafka port\n";
    bool has_tls = (g->listener->protocol & 1) != 0;

    if (peek->speech == TLS_SPEECH_HTTP) {
        gate_log(g, IPC_LOG_HTTP, 0, NULL, 0);
        (void)!gate_connection_write(
            &g->connection, (const uint8_t *)http, sizeof(http) - 1);
    } else if (has_tls && peek->speech == TLS_SPEECH_KAFKA) {
        gate_log(g, IPC_LOG_PLAINTEXT_ON_TLS,
            (uint32_t)(uint16_t)peek->api_key << 16 | (uint16_t)peek->api_version,
            peek->client_id, peek->client_id_length);
    } else if (!has_tls && peek->speech == TLS_SPEECH_TLS) {
        gate_log(g, IPC_LOG_TLS_ON_PLAINTEXT, 0, NULL, 0);
    } else {
        return OK;
    }
    g->exit_status = IPC_GATE_EXIT_PEER_FAULT;
    return ERR_CLOSED;
}

/* Looks at what the client speaks before anything parses it; then TLS, if the listener
 * has it. */
static enum err open_connection(struct gate *g)
{
    int64_t deadline = clock_mono_ms() + g->config.handshake_timeout_ms;
    uint8_t first[TLS_PEEK_BYTES];
    struct tls_peek peek;
    struct tls_problem problem;
    enum err e = tls_peek_socket(g->connection.fd, deadline, first, &peek);

    if (e == OK) {
        e = refuse_protocol(g, &peek);
    }
    if (e == OK && (g->listener->protocol & 1) != 0) {
        e = tls_context_policy(g->tls, tlspolicy_get(g->listener->tls_policy), &problem);
    }
    if (e == OK && (g->listener->protocol & 1) != 0) {
        e = gate_proof_ask(g);
    }
    if (e == OK && (g->listener->protocol & 1) != 0) {
        e = tls_accept(g->tls, g->connection.fd, deadline, &g->connection.tls, &problem);
        if (e == ERR_INVALID || e == ERR_TIMEOUT) {
            g->exit_status = IPC_GATE_EXIT_PEER_FAULT;
        }
        if (e != OK && e != ERR_CLOSED) {
            gate_log(g, IPC_LOG_TLS_FAILED, 0, problem.text, strlen(problem.text));
        }
    }
    return e;
}

int gate_session_run(struct gate *g)
{
    bool has_sasl = (g->listener->protocol & 2) != 0;
    enum err e;

    g->auth = has_sasl ? GATE_AUTH_NONE : GATE_AUTH_DONE;
    g->is_admin = g->listener->protocol == IPC_PROTOCOL_ADMIN;
    e = g->is_admin ? OK : open_connection(g);
    g->auth_deadline_ms = clock_mono_ms() + g->config.auth_timeout_ms;
    if (e == OK) {
        e = gate_proof_show(g, g->auth_deadline_ms + GATE_AUTH_GRACE_MS);
    }
    while (e == OK && !g->role.stopping) {
        e = serve_one(g);
    }
    gate_connection_close(&g->connection);
    return g->exit_status;
}
