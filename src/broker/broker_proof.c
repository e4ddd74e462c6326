#include "broker_proof.h"

#include "broker_authn.h"
#include "broker_authz.h"
#include "broker_event.h"
#include "broker_principal.h"
#include "log.h"
#include "tlspolicy.h"

#include <string.h>

#define KEYS_QUEUE ((size_t)64 * 1024) /* nothing is said to it */

_Static_assert(
    IPC_DIGEST_MAX + IPC_PROOF_MAX <= IPC_SASL_MAX, "a proof is one step of an attempt");

/* --- keys ------------------------------------------------------------------------- */

static enum err on_signed(void *context, const struct ipc_received *m)
{
    struct broker_keys *from = context;
    uint64_t gate = m->body.signed_text.gate;
    struct ipc_view told = m->body.signed_text.digest;
    uint8_t digest[IPC_DIGEST_MAX];

    if (told.len != sizeof(digest)) {
        return ERR_INVALID;
    }
    /* What the warden says may end this link, and with it the message in hand. */
    memcpy(digest, told.ptr, sizeof(digest));
    struct broker_session *s = broker_session_introduced(from->broker, gate);
    if (s != NULL) {
        memcpy(s->proof.digest, digest, sizeof(digest));
        s->proof.is_signed = true;
    }
    return OK;
}

static const struct ipc_handler keys_handlers[IPC_MSG_COUNT] = {
    [IPC_MSG_SIGNED] = {IPC_KEYS, IPC_ANY_STATE, on_signed},
};

static void on_keys_end(void *context, enum err why)
{
    struct broker_keys *keys = context;

    if (why == ERR_INVALID || why == ERR_DENIED) {
        log_err("keys broke a rule between processes: its channel is closed [IPC022]");
    }
    ipc_link_fini(&keys->link);
}

enum err broker_proof_add_keys(struct broker *b, int fd)
{
    struct ipc_channel channel;
    size_t index =
        ipc_link_is_open(&b->keys[b->keys_now].link) ? 1 - b->keys_now : b->keys_now;
    struct broker_keys *keys = &b->keys[index];

    ipc_link_fini(&keys->link);
    *keys = (struct broker_keys){.broker = b};
    enum err e =
        ipc_channel_init(&channel, fd, IPC_PACKETS, IPC_BROKER, IPC_KEYS, KEYS_QUEUE);
    if (e != OK) {
        ipc_channel_fini(&channel);
        return e;
    }
    e = ipc_link_init(
        &keys->link, b->role.loop, &channel, keys_handlers, keys, on_keys_end);
    if (e == OK) {
        b->keys_now = index;
    }
    return e;
}

/* keys said it before the gate could have its signature; it may not be read yet. */
static void hear_keys(struct broker *b)
{
    ipc_link_drain(&b->keys[0].link);
    ipc_link_drain(&b->keys[1].link);
}

void broker_proof_hear(struct broker_session *s)
{
    if (!s->proof.is_heard) {
        s->proof.is_heard = true;
        hear_keys(s->broker);
    }
}

/* A gate may have a signature that no listener of its own asks for. */
uint16_t broker_proof_tls(const struct broker_session *s)
{
    const uint16_t least = broker_session_listener(s)->tls_min;

    return least != 0 && s->proof.is_signed ? TLSPOLICY_1_3 : least;
}

/* --- how it ends ------------------------------------------------------------------ */

/* False: the gate does not live on. */
static bool tell(struct broker_session *s, bool ok)
{
    struct ipc_proven proven = {.ok = ok};

    if (!ipc_link_is_open(&s->link)) {
        return false; /* it was ended meanwhile */
    }
    if (ipc_link_send(&s->link, IPC_MSG_PROVEN, s->proof.request, &proven, -1) != OK) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return false;
    }
    return true;
}

static void note_mechanism(struct broker_session *s, const char *name)
{
    memcpy(s->mechanism, name, strlen(name) + 1);
}

/* The client's guilt: it is told by the end of its connection, and may not go on. */
static void refuse(struct broker_session *s, const char *reason)
{
    s->proof.state = BROKER_PROOF_REFUSED;
    broker_event_authentication(s, IPC_OUTCOME_FAILURE, reason);
    if (tell(s, false)) {
        broker_session_end_soon(s);
    }
}

/* Something of ours failed: it may come again. */
static void give_up(struct broker_session *s, const char *reason)
{
    s->proof.state = BROKER_PROOF_REFUSED;
    broker_event_authentication(s, IPC_OUTCOME_FAILURE, reason);
    broker_session_kill(s, IPC_KILL_NEIGHBOUR);
}

static void accept(struct broker_session *s)
{
    s->proof.state = BROKER_PROOF_GIVEN;
    (void)!tell(s, true);
}

static bool has_sasl(const struct broker_session *s)
{
    return (broker_session_listener(s)->protocol & 2) != 0;
}

/* --- the proof -------------------------------------------------------------------- */

bool broker_proof_want(struct broker_session *s)
{
    if (broker_session_listener(s)->client_auth == IPC_CLIENT_AUTH_NONE) {
        return false;
    }
    s->proof.state = BROKER_PROOF_WANTED;
    return true;
}

bool broker_proof_is_wanted(const struct broker_session *s)
{
    return s->proof.state != BROKER_PROOF_NONE && s->proof.state != BROKER_PROOF_GIVEN;
}

bool broker_proof_is_judged(const struct broker_session *s)
{
    return s->proof.state == BROKER_PROOF_JUDGED;
}

void broker_proof_forget(struct broker_session *s)
{
    buf_fini(&s->proof.judged);
}

/* An attempt of one step. */
static void begin_judgement(struct broker_session *s)
{
    enum err e = broker_authn_begin(s, BROKER_PROOF_MECHANISM);

    s->proof.state = BROKER_PROOF_JUDGED;
    s->state = SESSION_AUTHENTICATING;
    if (e == OK) {
        e = broker_authn_step(s, (struct ipc_view){.ptr = s->proof.judged.bytes,
                                     .len = s->proof.judged.length});
    }
    if (e != OK) {
        give_up(s, "auth can not be reached");
    }
}

/* Kept until the answer: a reload may put another judge in place meanwhile. */
static enum err keep(struct broker_session *s, struct ipc_view transcript)
{
    struct buf *judged = &s->proof.judged;

    buf_init(judged, IPC_DIGEST_MAX + IPC_PROOF_MAX);
    buf_add(judged, s->proof.digest, IPC_DIGEST_MAX);
    buf_add(judged, transcript.ptr, transcript.len);
    return buf_error(judged);
}

/* Its client showed no certificate; whoever has one may say so too, and is nobody. */
static void without_certificate(struct broker_session *s)
{
    const struct broker_listener *l = broker_session_listener(s);

    if (l->client_auth != IPC_CLIENT_AUTH_REQUESTED) {
        refuse(s, "a client certificate is required and none was shown");
        return;
    }
    if (has_sasl(s)) {
        note_mechanism(s, "");
        accept(s);
        return;
    }
    if (l->anonymous[0] == '\0') {
        refuse(s, "no client certificate was shown, and nobody is anonymous here");
        return;
    }
    note_mechanism(s, ""); /* before it is trusted: no rule for certificates is for it */
    if (broker_session_trust(s, ipc_text(l->anonymous), 0) != OK) {
        give_up(s, "the anonymous principal can not be used");
    } else {
        accept(s);
    }
}

enum err broker_proof_on_proof(struct broker_session *s, const struct ipc_received *m)
{
    struct ipc_view transcript = m->body.proof.transcript;

    if (s->proof.state != BROKER_PROOF_WANTED || s->state != SESSION_UNKNOWN || s->busy) {
        return ERR_INVALID;
    }
    hear_keys(s->broker);
    if (!ipc_link_is_open(&s->link)) {
        return ERR_CLOSED; /* it had it ended, and the message with it */
    }
    if (s->state != SESSION_UNKNOWN) {
        return OK; /* the gate is gone */
    }
    s->proof.request = m->request;
    note_mechanism(s, BROKER_PROOF_MECHANISM);
    if (transcript.len == 0) {
        without_certificate(s);
    } else if (!s->proof.is_signed) {
        give_up(s, "keys knows of no signature for this handshake");
    } else if (keep(s, transcript) != OK) {
        give_up(s, "no memory for the proof");
    } else {
        begin_judgement(s);
    }
    return OK;
}

/* False: it was refused. */
static bool may_enter(struct broker_session *s, struct ipc_view principal)
{
    char reason[BROKER_PRINCIPAL_REASON];
    enum err e = broker_principal_enter(s, principal);

    if (e == ERR_FULL) {
        refuse(s, broker_principal_reason(reason, principal));
    } else if (e != OK) {
        give_up(s, "no memory to count a session");
    }
    return e == OK;
}

static void allow(struct broker_session *s, const struct ipc_auth_result *result)
{
    s->proof.expires_ms = result->expires_ms;
    if (has_sasl(s)) { /* who it is comes now */
        s->state = SESSION_UNKNOWN;
        note_mechanism(s, "");
    } else if (!broker_authn_is_principal(result->principal)) {
        give_up(s, "auth named no usable principal");
        return;
    } else if (!broker_authn_is_in_scope(s, result->principal)) {
        refuse(s, "outside the scope of its authority");
        return;
    } else if (!may_enter(s, result->principal)) {
        return;
    } else if (broker_authz_set_facts(s, result) != OK ||
               broker_session_trust(s, result->principal, result->expires_ms) != OK) {
        give_up(s, "auth named no usable principal");
        return;
    } else {
        s->authority = s->auth->authority;
        broker_principal_login(s);
        broker_event_authentication(s, IPC_OUTCOME_SUCCESS, NULL);
    }
    accept(s);
}

void broker_proof_on_result(
    struct broker_session *s, const struct ipc_auth_result *result)
{
    if (result->verdict == IPC_VERDICT_ALLOW && broker_authn_is_replaced(s)) {
        begin_judgement(s); /* by the certificates and lists that are in force now */
        return;
    }
    broker_proof_forget(s);
    switch ((enum ipc_verdict)result->verdict) {
    case IPC_VERDICT_ALLOW:
        allow(s, result);
        break;
    case IPC_VERDICT_DENY:
        refuse(
            s, broker_authn_reason(result->reason, "the client certificate was refused"));
        break;
    case IPC_VERDICT_CONTINUE: /* there is one step */
    case IPC_VERDICT_ERROR:
    default:
        give_up(s, broker_authn_reason(result->reason, "the mechanism failed"));
        break;
    }
}
