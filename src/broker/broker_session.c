#include "broker_session.h"

#include "broker_authn.h"
#include "broker_authz.h"
#include "broker_event.h"
#include "broker_gate.h"
#include "broker_grant.h"
#include "broker_lifetime.h"
#include "broker_principal.h"
#include "broker_proof.h"
#include "broker_quota.h"
#include "broker_room.h"
#include "clock.h"
#include "log.h"
#include "mem.h"
#include "wire_admin_api.h"
#include "wire_fixed.h"

#include <string.h>

#define SESSIONS_MAX     65536
#define SESSION_QUEUE    ((size_t)24 * 1024 * 1024)
#define GRANTS_A_SESSION 65536
#define ENDING_MS        5000 /* for a gate that was told to end its connection */
#define LAST_WORDS_MS    1000 /* for the channel of a dead gate to be read */

static struct broker_session *find_row(struct broker *b, uint64_t gate)
{
    return table_get(&b->sessions, &gate, sizeof(gate));
}

struct broker_session *broker_session_find(struct broker *b, uint64_t gate)
{
    struct broker_session *s = find_row(b, gate);

    return s == NULL || s->state == SESSION_GONE ? NULL : s;
}

const struct broker_listener *broker_session_listener(const struct broker_session *s)
{
    return &s->broker->listeners[s->listener];
}

/* A message of this very session may be in our hands: it is freed when the round ends. */
static void let_go(struct broker_session *s)
{
    struct broker *b = s->broker;

    (void)table_remove(&b->sessions, &s->gate, sizeof(s->gate));
    loop_timer_cancel(b->role.loop, &s->deadline);
    ipc_link_fini(&s->link);
    s->next_dead = b->dead;
    b->dead = s;
}

static void on_deadline(void *context)
{
    struct broker_session *s = context;

    if (s->state == SESSION_GONE) {
        let_go(s);
    } else if (s->state == SESSION_AUTHENTICATED) {
        /* Nothing that its address should be blamed for. */
        broker_event_authentication(s, IPC_OUTCOME_FAILURE, "the login expired");
        broker_session_kill(s, IPC_KILL_OVER);
    } else {
        broker_session_kill(s, IPC_KILL_EXPIRED);
    }
}

void broker_session_set_deadline(struct broker_session *s, int64_t in_ms)
{
    struct loop *loop = s->broker->role.loop;

    if (loop_timer_set(loop, &s->deadline, loop_now_ms(loop) + in_ms) != OK) {
        broker_session_kill(s, IPC_KILL_NEIGHBOUR);
    }
}

static void on_gate_end(void *context, enum err why)
{
    struct broker_session *s = context;

    /* A clean end is told by the warden too; a breach is ours to tell. */
    if (s->state == SESSION_GONE) {
        let_go(s);
    } else if (why == ERR_CLOSED) {
        ipc_link_fini(&s->link);
    } else {
        broker_session_kill(s, why == ERR_FULL ? IPC_KILL_QUEUE : IPC_KILL_BREACH);
    }
}

enum err broker_session_add(struct broker *b, uint64_t gate, int fd)
{
    struct broker_session *s = mem_alloc(1, sizeof(*s));
    struct ipc_channel channel;
    enum err e =
        ipc_channel_init(&channel, fd, IPC_PACKETS, IPC_BROKER, IPC_GATE, SESSION_QUEUE);

    if (e == OK && (s == NULL || b->sessions.count >= SESSIONS_MAX)) {
        e = ERR_FULL;
    }
    if (e == OK) {
        *s = (struct broker_session){.broker = b, .gate = gate};
        s->deadline = (struct loop_timer){.on_timer = on_deadline, .context = s};
        table_init(&s->grants, GRANTS_A_SESSION);
        e = ipc_link_init(
            &s->link, b->role.loop, &channel, broker_gate_handlers, s, on_gate_end);
    } else {
        ipc_channel_fini(&channel);
    }
    if (e == OK) {
        e = table_put(&b->sessions, &gate, sizeof(gate), s);
        if (e != OK) {
            ipc_link_fini(&s->link);
        }
    }
    if (e != OK) {
        mem_free(s);
    }
    return e;
}

static void forget_held(struct broker_session *s)
{
    if (s->is_held) {
        s->is_held = false;
        broker_trail_forget(s->broker, s->gate);
    }
}

static void revoke_all(struct broker_session *s, const char *why)
{
    struct ipc_revoke told = {.gate = s->gate, .handle = 0};

    if (s->has_granted) {
        broker_grant_tell(s->broker, &told);
    }
    broker_ledger_close(s, why, s->has_granted);
    s->has_granted = false;
    broker_grant_forget(s);
    broker_authz_forget(s);
}

void broker_session_remove(struct broker *b, uint64_t gate)
{
    struct broker_session *s = broker_session_find(b, gate);

    if (s == NULL) {
        return;
    }
    broker_authn_cancel(s);
    forget_held(s);
    revoke_all(s, "closed");
    broker_quota_release(s);
    broker_room_leave(s);
    broker_proof_forget(s);
    broker_principal_leave(s);
    s->busy = false;
    s->state = SESSION_GONE;
    /* Why it went may still lie in its channel, whose end comes after all of it. */
    if (!ipc_link_is_open(&s->link) ||
        loop_timer_set(b->role.loop, &s->deadline,
            loop_now_ms(b->role.loop) + LAST_WORDS_MS) != OK) {
        let_go(s);
    }
}

void broker_session_bury(struct broker *b)
{
    while (b->dead != NULL) {
        struct broker_session *s = b->dead;
        b->dead = s->next_dead;
        mem_free(s);
    }
}

void broker_session_end_soon(struct broker_session *s)
{
    if (s->state == SESSION_ENDING) {
        return; /* its time is not made longer */
    }
    broker_authn_cancel(s);
    revoke_all(s, "told to end"); /* it may have been trusted */
    s->state = SESSION_ENDING;
    broker_session_set_deadline(s, ENDING_MS);
}

static const char *kill_words(enum ipc_kill_reason reason)
{
    static const char *const words[] = {[IPC_KILL_BREACH] = "ended for a breach",
        [IPC_KILL_QUEUE] = "ended: it did not read, or there was no memory",
        [IPC_KILL_RIGHT_LOST] = "ended: it lost a right that it used",
        [IPC_KILL_EXPIRED] = "ended: it did not log in in time",
        [IPC_KILL_NEIGHBOUR] = "ended: a process that it needs failed",
        [IPC_KILL_OVER] = "ended: its login expired",
        [IPC_KILL_ENDED] = "ended by an administrator"};

    return words[reason];
}

void broker_session_kill(struct broker_session *s, enum ipc_kill_reason reason)
{
    struct ipc_gate_kill kill = {.gate = s->gate, .reason = (uint16_t)reason};

    broker_authn_cancel(s);
    if (reason == IPC_KILL_BREACH) {
        log_warn("the gate of %s:%u broke a rule between processes and is ended [IPC010]",
            s->address, s->port);
    }
    forget_held(s);
    revoke_all(s, kill_words(reason));
    broker_quota_release(s);
    broker_room_leave(s);
    broker_principal_leave(s);
    ipc_link_fini(&s->link);
    s->state = SESSION_ENDING;
    if (ipc_link_send(&s->broker->role.warden, IPC_MSG_GATE_KILL, 0, &kill, -1) != OK) {
        log_err("the warden could not be told to end a gate [IPC011]");
        s->broker->role.stopping = true; /* a gate that must not go on, would */
    }
}

/*
 * The warden tells us of a gate before it tells the porter or keys, but those may be heard
 * first. What the warden says may end their links, and with them the message in hand.
 */
struct broker_session *broker_session_introduced(struct broker *b, uint64_t gate)
{
    struct broker_session *s = find_row(b, gate);

    if (s == NULL) {
        ipc_link_drain(&b->role.warden);
        s = find_row(b, gate);
    }
    return s;
}

void broker_session_open(struct broker *b, const struct ipc_session_open *open)
{
    uint8_t listener = open->listener;
    uint16_t port = open->port;
    char address[IPC_ADDRESS_MAX + 1] = {0};

    memcpy(address, open->address.ptr, open->address.len);
    struct broker_session *s = broker_session_introduced(b, open->gate);
    bool known = listener < IPC_LISTENER_ADMIN && b->listeners[listener].present;
    bool gone = s != NULL && s->state == SESSION_GONE;
    if (s == NULL || (s->state != SESSION_WAITING && !(gone && known))) {
        return;
    }
    if (!known) {
        broker_session_kill(s, IPC_KILL_BREACH);
        return;
    }
    s->listener = listener;
    memcpy(s->address, address, sizeof(address));
    s->port = port;
    s->connected_ms = clock_wall_ms();
    if (gone) {
        return; /* where it came from goes with what it says last */
    }
    s->state = SESSION_UNKNOWN;
    const struct broker_listener *l = broker_session_listener(s);
    if (broker_proof_want(s) || (l->protocol & 2) != 0) {
        broker_session_set_deadline(s, b->config.auth_timeout_ms);
    } else if (broker_session_trust(s, ipc_text(l->anonymous), 0) != OK) {
        broker_session_kill(s, IPC_KILL_BREACH);
    }
}

enum err broker_session_trust(
    struct broker_session *s, struct ipc_view principal, int64_t expires_ms)
{
    struct ipc_session_trusted trusted = {.gate = s->gate};

    if (principal.len == 0 || principal.len > BROKER_PRINCIPAL_MAX) {
        return ERR_INVALID;
    }
    memcpy(s->principal, principal.ptr, principal.len);
    s->principal[principal.len] = '\0';
    s->is_super = broker_is_super(s->broker, s->principal);
    s->state = SESSION_AUTHENTICATED;
    broker_authz_trust(s, s->mechanism[0] == '\0');
    broker_ledger_open(s);
    broker_quota_bind(s);
    broker_lifetime_start(s, expires_ms);
    /* While the porter is restarted nobody counts; that is no reason to refuse anybody.
     */
    (void)!ipc_link_send(&s->broker->porter, IPC_MSG_SESSION_TRUSTED, 0, &trusted, -1);
    return OK;
}

const struct wire_api *broker_session_api(const struct broker_session *s, int16_t key)
{
    return s->is_admin ? wire_admin_find(key) : wire_api_find(key);
}

bool broker_session_is_trusted(const struct broker_session *s)
{
    return s->state == SESSION_AUTHENTICATED || broker_lifetime_is_renewing(s);
}

bool broker_is_waiting(struct broker *b, const struct broker_call *call)
{
    const struct broker_session *s = broker_session_find(b, call->gate);

    return s != NULL && s->busy && s->call.request == call->request;
}

static void send_response(struct broker_session *s, const struct broker_call *call,
    const struct ipc_response *response)
{
    bool ends = response->end_session != 0;

    s->busy = false;
    s->record = 0;
    enum err e = ipc_link_send(&s->link, IPC_MSG_RESPONSE, call->request, response, -1);
    if (e == OK && ends) {
        broker_session_end_soon(s);
    }
    if (e != OK && e != ERR_CLOSED) {
        log_err(
            "an answer to %s could not be sent: %s [IPC012]", s->address, err_text(e));
        broker_session_kill(s, IPC_KILL_QUEUE);
    }
}

void broker_session_answer(
    struct broker *b, const struct broker_call *call, const struct ipc_response *response)
{
    struct broker_session *s = broker_session_find(b, call->gate);

    if (broker_is_waiting(b, call)) {
        send_response(s, call, response);
    }
}

/* Until the record of what is answered is on disk. The session stays busy. */
static void hold(struct broker_session *s, const struct broker_call *call,
    const struct ipc_response *response)
{
    s->is_held = true;
    if (!broker_trail_hold(s->broker, s->record, call, response)) {
        log_err("an answer to %s can not wait for its record: its connection is ended "
                "[AUD014]",
            s->address);
        broker_session_kill(s, IPC_KILL_NEIGHBOUR);
    }
}

static void respond(struct broker *b, const struct broker_call *call,
    const void *response, struct ipc_response *flags)
{
    struct broker_session *s = broker_session_find(b, call->gate);

    if (!broker_is_waiting(b, call)) {
        return; /* the session is gone */
    }
    const struct wire_api *api = broker_session_api(s, call->key);
    flags->throttle_ms = broker_quota_close_request(s);
    buf_reset(&b->out);
    wire_fixed_encode(api->response, response, &b->out);
    if (buf_error(&b->out) != OK) {
        log_err("an answer to %s could not be sent: %s [IPC012]", s->address,
            err_text(buf_error(&b->out)));
        s->busy = false;
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    flags->body = (struct ipc_view){.ptr = b->out.bytes, .len = b->out.length};
    if (broker_trail_has(b, s->record)) {
        send_response(s, call, flags);
    } else {
        hold(s, call, flags);
    }
}

void broker_respond(
    struct broker *b, const struct broker_call *call, const void *response)
{
    struct ipc_response flags = {0};

    respond(b, call, response, &flags);
}

void broker_respond_and_end(
    struct broker *b, const struct broker_call *call, const void *response)
{
    struct ipc_response flags = {.end_session = 1};

    respond(b, call, response, &flags);
}

void broker_respond_authenticated(
    struct broker *b, const struct broker_call *call, const void *response)
{
    struct ipc_response flags = {.authenticated = 1};

    respond(b, call, response, &flags);
}
