#include "gate_relay.h"

#include "clock.h"
#include "gate_offsets.h"
#include "gate_scram.h"
#include "gate_session.h"
#include "wire_fixed.h"
#include "wire_sasl_handshake.h"

enum err gate_relay_ask(struct gate *g, const struct wire_request_header *h,
    const void *request, bool raw_sasl, struct ipc_received *answer)
{
    uint64_t id = ++g->request;

    buf_reset(&g->fixed);
    wire_fixed_encode(h->api->request, request, &g->fixed);
    if (buf_error(&g->fixed) != OK) {
        return buf_error(&g->fixed);
    }
    struct ipc_request ask = {.api_key = h->key,
        .api_version = h->version,
        .correlation_id = h->correlation_id,
        .client_id = {.ptr = h->client_id.ptr, .len = h->client_id.len},
        .raw_sasl = raw_sasl,
        .body = {.ptr = g->fixed.bytes, .len = g->fixed.length}};
    enum err e = ipc_channel_send(&g->broker, IPC_MSG_REQUEST, id, &ask, -1);
    int64_t deadline =
        g->auth == GATE_AUTH_DONE ? -1 : g->auth_deadline_ms + GATE_AUTH_GRACE_MS;
    return e == OK ? gate_await(g, &g->broker, IPC_MSG_RESPONSE, id, deadline, answer)
                   : e;
}

void *gate_relay_answer(
    struct gate *g, const struct wire_api *api, const struct ipc_received *answer)
{
    struct ipc_view body = answer->body.response.body;
    struct wire_reader r = wire_reader_init(body.ptr, body.len);
    void *response = arena_alloc(&g->arena, 1, api->response->struct_size);

    if (response == NULL ||
        wire_fixed_decode(api->response, &r, &g->arena, response) != WIRE_OK) {
        return NULL;
    }
    return response;
}

static void note_sasl(struct gate *g, const struct wire_request_header *h,
    const void *response, const struct ipc_received *answer)
{
    if (answer->body.response.authenticated != 0) {
        g->auth = GATE_AUTH_DONE;
    } else if (h->key == WIRE_API_SASL_HANDSHAKE) {
        const struct sasl_handshake_response *r = response;
        if (r->error_code == 0 && g->auth == GATE_AUTH_DONE) { /* again (KIP-368) */
            g->auth_deadline_ms = clock_mono_ms() + g->config.auth_timeout_ms;
        }
        if (r->error_code == 0) {
            g->auth = h->version == 0 ? GATE_AUTH_RAW : GATE_AUTH_HANDSHAKE;
        }
    }
}

enum err gate_relay(
    struct gate *g, const struct wire_request_header *h, const void *request)
{
    struct ipc_received answer;
    enum err e = gate_relay_ask(g, h, request, false, &answer);
    void *response = e == OK ? gate_relay_answer(g, h->api, &answer) : NULL;

    if (e == ERR_FULL) {
        return gate_session_refuse(
            g, h, IPC_LOG_MALFORMED, "larger than such a request may be");
    }
    if (response == NULL) {
        gate_session_end(g, IPC_GATE_EXIT_NEIGHBOUR);
    }
    bool end = answer.body.response.end_session != 0;
    note_sasl(g, h, response, &answer);
    gate_throttle(g, answer.body.response.throttle_ms);
    if (h->key == WIRE_API_LIST_OFFSETS) {
        gate_offsets_refine(g, request, response);
    }
    e = gate_session_respond(g, h, response);
    if (e == OK) {
        e = gate_session_write(g);
    }
    if (end) {
        g->exit_status = IPC_GATE_EXIT_AUTH_FAIL;
        return ERR_CLOSED;
    }
    return e;
}

enum err gate_relay_scram(
    struct gate *g, const struct wire_request_header *h, const void *request)
{
    const void *sealed = NULL;
    enum err e = gate_scram_seal(g, request, &sealed);

    if (e == ERR_FULL) {
        e = gate_session_refuse(
            g, h, IPC_LOG_MALFORMED, "more changes than in one request");
    } else if (e == OK) {
        e = gate_relay(g, h, sealed);
    }
    gate_scram_forget(g);
    return e;
}
