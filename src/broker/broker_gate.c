#include "broker_gate.h"

#include "broker_admin.h"
#include "broker_api.h"
#include "broker_credential.h"
#include "broker_event.h"
#include "broker_grant.h"
#include "broker_proof.h"
#include "broker_quota.h"
#include "broker_room.h"
#include "clock.h"
#include "wire_fixed.h"

#include <string.h>

#define GATE_LOG_MAX 64 /* lines a connection may cause */

/* Who it is and where it comes from must be known before what it wants is looked at. One
 * of them may end this very session. */
static void hear_authorities(struct broker *b)
{
    ipc_link_drain(&b->role.warden);
    ipc_link_drain(&b->porter);
    for (size_t i = 0; i < BROKER_AUTHORITIES_MAX; i++) {
        ipc_link_drain(&b->authorities[i].processes[0].link);
        ipc_link_drain(&b->authorities[i].processes[1].link);
    }
}

static void note_client(struct broker_session *s, struct ipc_view client_id)
{
    struct ipc_view cut = ipc_cut(client_id, sizeof(s->client_id) - 1);

    if (cut.len == strlen(s->client_id) &&
        (cut.len == 0 || memcmp(cut.ptr, s->client_id, cut.len) == 0)) {
        return;
    }
    if (cut.len > 0) {
        memcpy(s->client_id, cut.ptr, cut.len);
    }
    s->client_id[cut.len] = '\0';
    if (broker_session_is_trusted(s)) {
        broker_quota_bind(s);
    }
}

static enum err on_request(struct broker_session *s, const struct ipc_received *m)
{
    struct broker *b = s->broker;
    const struct ipc_request *r = &m->body.request;
    const struct broker_api *entry =
        s->is_admin ? broker_admin_find(r->api_key) : broker_api_find(r->api_key);
    const struct wire_api *api = broker_session_api(s, r->api_key);

    if (s->busy || entry == NULL || api == NULL ||
        !wire_api_accepts(api, r->api_version) || s->state == SESSION_WAITING ||
        broker_proof_is_wanted(s) ||
        (s->state != SESSION_AUTHENTICATED && !entry->before_authentication) ||
        clock_mono_ms() < s->quota.muted_until_ms) {
        return ERR_INVALID;
    }
    arena_reset(&b->arena);
    void *request = arena_alloc(&b->arena, 1, api->request->struct_size);
    struct wire_reader reader = wire_reader_init(r->body.ptr, r->body.len);
    if (request == NULL) {
        return ERR_FULL;
    }
    if (wire_fixed_decode(api->request, &reader, &b->arena, request) != WIRE_OK) {
        return ERR_INVALID;
    }
    note_client(s, r->client_id);
    if (!ipc_link_is_open(&s->link)) {
        return ERR_CLOSED; /* its quotas could not be told */
    }
    s->raw_sasl = r->raw_sasl != 0;
    s->busy = true;
    s->record = 0;
    s->call = (struct broker_call){.gate = s->gate,
        .request = m->request,
        .key = r->api_key,
        .version = r->api_version};
    struct broker_call call = s->call;
    broker_quota_begin(s);
    entry->handle(s, &call, request);
    broker_quota_end(s);
    if (r->api_key == WIRE_API_SASL_AUTHENTICATE) {
        ipc_channel_forget(&s->link.channel); /* a password was in it */
    }
    return OK;
}

static enum err on_open(struct broker_session *s, const struct ipc_received *m)
{
    if (s->busy || s->state != SESSION_AUTHENTICATED) {
        return ERR_INVALID;
    }
    note_client(s, m->body.open.client_id);
    if (!ipc_link_is_open(&s->link)) {
        return ERR_CLOSED;
    }
    broker_quota_begin(s);
    enum err e = broker_grant_on_open(s, m);
    broker_quota_end(s);
    return e;
}

static enum err on_room(struct broker_session *s, const struct ipc_received *m)
{
    if (s->busy || s->state != SESSION_AUTHENTICATED) {
        return ERR_INVALID;
    }
    return broker_room_on_room(s, m->body.room.bytes, m->request);
}

static enum err on_gate_log(struct broker_session *s, const struct ipc_received *m)
{
    if (s->state == SESSION_WAITING || ++s->notices > GATE_LOG_MAX) {
        return ERR_INVALID;
    }
    broker_event_gate_log(s, &m->body.gate_log);
    return OK;
}

static enum err on_seal_ask(struct broker_session *s, const struct ipc_received *m)
{
    if (s->busy || s->state != SESSION_AUTHENTICATED) {
        return ERR_INVALID;
    }
    broker_quota_begin(s);
    enum err e = broker_credential_on_seal_ask(s, m);
    broker_quota_end(s);
    return e;
}

static enum err on_message(struct broker_session *s, const struct ipc_received *m)
{
    if (s->state == SESSION_ENDING && m->msg != IPC_MSG_GATE_LOG) {
        return ERR_INVALID; /* it was told to end */
    }
    if (s->is_admin && m->msg != IPC_MSG_REQUEST && m->msg != IPC_MSG_GATE_LOG) {
        return ERR_INVALID; /* an administrator's gate has nothing to do with data */
    }
    switch (m->msg) {
    case IPC_MSG_REQUEST:
        return on_request(s, m);
    case IPC_MSG_OPEN:
        return on_open(s, m);
    case IPC_MSG_ROOM:
        return on_room(s, m);
    case IPC_MSG_SEAL_ASK:
        return on_seal_ask(s, m);
    case IPC_MSG_PROOF:
        return broker_proof_on_proof(s, m);
    default:
        return on_gate_log(s, m);
    }
}

/* Of a gate that is gone nothing counts any more but what it says about its end. */
static enum err after_authorities(void *context, const struct ipc_received *m)
{
    struct broker_session *s = context;

    hear_authorities(s->broker);
    if (m->msg != IPC_MSG_GATE_LOG) {
        broker_proof_hear(s); /* the handshake is over */
    }
    if (!ipc_link_is_open(&s->link)) {
        return ERR_CLOSED; /* they had it ended */
    }
    if (s->state == SESSION_GONE && (m->msg != IPC_MSG_GATE_LOG || s->port == 0)) {
        return OK;
    }
    return on_message(s, m);
}

const struct ipc_handler broker_gate_handlers[IPC_MSG_COUNT] = {
    [IPC_MSG_REQUEST] = {IPC_GATE, IPC_ANY_STATE, after_authorities},
    [IPC_MSG_OPEN] = {IPC_GATE, IPC_ANY_STATE, after_authorities},
    [IPC_MSG_ROOM] = {IPC_GATE, IPC_ANY_STATE, after_authorities},
    [IPC_MSG_GATE_LOG] = {IPC_GATE, IPC_ANY_STATE, after_authorities},
    [IPC_MSG_PROOF] = {IPC_GATE, IPC_ANY_STATE, after_authorities},
    [IPC_MSG_SEAL_ASK] = {IPC_GATE, IPC_ANY_STATE, after_authorities},
};
