#include "broker_authn.h"

#include "broker_api.h"
#include "broker_authz.h"
#include "broker_credential.h"
#include "broker_debt.h"
#include "broker_event.h"
#include "broker_knows.h"
#include "broker_lifetime.h"
#include "broker_principal.h"
#include "broker_proof.h"
#include "broker_review.h"
#include "log.h"
#include "mem.h"
#include "scope.h"
#include "text.h"
#include "wire_code.h"
#include "wire_sasl_authenticate.h"
#include "wire_sasl_handshake.h"

#include <schloss/auth_plugin.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MECHANISMS_MAX 32 /* as many as conf takes */
#define AUTH_QUEUE     ((size_t)64 * 1024 * 1024)

static struct wire_view text_view(const char *text)
{
    return (struct wire_view){.ptr = (const uint8_t *)text, .len = strlen(text)};
}

/* Words with commas between them, as views. */
static int32_t list_words(const char *at, struct wire_view out[MECHANISMS_MAX])
{
    int32_t count = 0;

    while (*at != '\0' && count < MECHANISMS_MAX) {
        size_t n = strcspn(at, ",");
        if (n > 0) {
            out[count++] = (struct wire_view){.ptr = (const uint8_t *)at, .len = n};
        }
        at += n + (at[n] == ',' ? 1 : 0);
    }
    return count;
}

static bool has_word(const char *words, struct wire_view word)
{
    struct wire_view list[MECHANISMS_MAX];
    int32_t count = list_words(words, list);

    for (int32_t i = 0; i < count; i++) {
        if (meta_view_equal(list[i], word)) {
            return true;
        }
    }
    return false;
}

/* What the judge of proofs is told comes from us; a client would say what it likes. */
static bool may_choose(const char *enabled, struct wire_view mechanism)
{
    return !meta_view_equal(mechanism, text_view(BROKER_PROOF_MECHANISM)) &&
           has_word(enabled, mechanism);
}

/* NULL: none has it. The warden lets each mechanism of a listener be of one alone. */
static struct broker_authority *find_authority(
    const struct broker_session *s, const char *mechanism)
{
    struct broker *b = s->broker;

    for (size_t i = 0; i < BROKER_AUTHORITIES_MAX; i++) {
        struct broker_authority *a = &b->authorities[i];
        if (a->present && !a->absent[s->listener] &&
            has_word(a->mechanisms, text_view(mechanism))) {
            return a;
        }
    }
    return NULL;
}

static void choose(struct broker_session *s, struct wire_view mechanism, bool again)
{
    s->rounds = 0;
    if (again) {
        broker_lifetime_renew(s, mechanism);
        return;
    }
    memcpy(s->mechanism, mechanism.ptr, mechanism.len);
    s->mechanism[mechanism.len] = '\0';
    s->state = SESSION_HANDSHAKE;
}

void broker_on_sasl_handshake(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct sasl_handshake_request *r = request;
    struct broker *b = s->broker;
    const char *enabled = broker_session_listener(s)->mechanisms;
    struct wire_view list[MECHANISMS_MAX];
    struct sasl_handshake_response response = {
        .mechanisms = {.items = list, .count = list_words(enabled, list)}};

    bool again = broker_lifetime_may_renew(s, call->version);
    bool goes_on = s->state == SESSION_AUTHENTICATED && !again;

    if (s->state != SESSION_UNKNOWN && !again) {
        response.error_code = WIRE_CODE_ILLEGAL_SASL_STATE;
        response.mechanisms.count = 0;
    } else if (!may_choose(enabled, r->mechanism) ||
               r->mechanism.len >= sizeof(s->mechanism)) {
        response.error_code = WIRE_CODE_UNSUPPORTED_SASL_MECHANISM;
        broker_event_authentication(s, IPC_OUTCOME_FAILURE, "mechanism is not enabled");
    } else {
        choose(s, r->mechanism, again);
    }
    if (response.error_code != 0 && !goes_on) {
        broker_respond_and_end(b, call, &response);
    } else {
        broker_respond(b, call, &response);
    }
}

/* Something of ours failed, which is not the client's guilt: it may come again. */
static void give_up(struct broker_session *s, const char *reason)
{
    broker_event_authentication(s, IPC_OUTCOME_FAILURE, reason);
    broker_session_kill(s, IPC_KILL_NEIGHBOUR);
}

/* The message is for the client, the reason for the audit. */
static void refuse(struct broker_session *s, const struct broker_call *call,
    const char *message, const char *reason)
{
    struct sasl_authenticate_response response = {
        .error_code = WIRE_CODE_SASL_AUTHENTICATION_FAILED,
        .error_message = text_view(message),
        .auth_bytes = text_view("")};

    s->state = SESSION_UNKNOWN;
    broker_event_authentication(s, IPC_OUTCOME_FAILURE, reason);
    broker_respond_and_end(s->broker, call, &response);
}

/* The client is told nothing but that it failed. */
static void fail(
    struct broker_session *s, const struct broker_call *call, const char *reason)
{
    refuse(s, call, "Authentication failed", reason);
}

/* It proved who it is, but a session is one principal's to its end. */
static void refuse_other(
    struct broker_session *s, const struct broker_call *call, struct ipc_view principal)
{
    char name[4 * BROKER_PRINCIPAL_MAX + 1];
    char reason[sizeof(name) + 32];

    (void)snprintf(reason, sizeof(reason), "re-authentication as %s",
        text_escape(name, sizeof(name), principal.ptr, principal.len));
    refuse(s, call, "Cannot change principals during re-authentication", reason);
}

/* The client is told, as it can do something about it: close sessions. */
static void refuse_another(
    struct broker_session *s, const struct broker_call *call, struct ipc_view principal)
{
    char reason[BROKER_PRINCIPAL_REASON];

    refuse(s, call, "Too many sessions of this user",
        broker_principal_reason(reason, principal));
}

static struct broker_auth *present(struct broker_authority *a)
{
    return &a->processes[a->now];
}

bool broker_authn_has(const struct broker_authority *a, struct ipc_view mechanism)
{
    return a->present && has_word(a->mechanisms, (struct wire_view){.ptr = mechanism.ptr,
                                                     .len = mechanism.len});
}

struct broker_auth *broker_authn_present(struct broker *b, struct ipc_view mechanism)
{
    for (size_t i = 0; i < BROKER_AUTHORITIES_MAX; i++) {
        struct broker_authority *a = &b->authorities[i];
        if (broker_authn_has(a, mechanism)) {
            return ipc_link_is_open(&present(a)->link) ? present(a) : NULL;
        }
    }
    return NULL;
}

void broker_authn_cancel(struct broker_session *s)
{
    struct ipc_auth_cancel cancel = {.session = s->gate, .attempt = s->attempt};

    if (s->auth != NULL && (s->state == SESSION_AUTHENTICATING ||
                               (s->state == SESSION_HANDSHAKE && s->rounds > 0))) {
        (void)!ipc_link_send(&s->auth->link, IPC_MSG_AUTH_CANCEL, 0, &cancel, -1);
        broker_debt_drop(s);
    }
}

enum err broker_authn_begin(struct broker_session *s, const char *mechanism)
{
    struct broker_authority *authority = find_authority(s, mechanism);

    s->auth = authority == NULL ? NULL : present(authority);
    if (authority == NULL) {
        return ERR_NOT_FOUND;
    }
    struct ipc_auth_begin begin = {.session = s->gate,
        .attempt = ++s->attempt,
        .mechanism = ipc_text(mechanism),
        .address = ipc_text(s->address)};
    broker_debt_add(s);
    return ipc_link_send(&s->auth->link, IPC_MSG_AUTH_BEGIN, 0, &begin, -1);
}

enum err broker_authn_step(struct broker_session *s, struct ipc_view bytes)
{
    struct ipc_auth_step step = {
        .session = s->gate, .attempt = s->attempt, .bytes = bytes};

    broker_debt_add(s);
    return ipc_link_send(&s->auth->link, IPC_MSG_AUTH_STEP, 0, &step, -1);
}

void broker_on_sasl_authenticate(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct sasl_authenticate_request *r = request;
    struct broker *b = s->broker;
    enum err e = OK;

    if (s->state != SESSION_HANDSHAKE) {
        struct sasl_authenticate_response response = {
            .error_code = WIRE_CODE_ILLEGAL_SASL_STATE,
            .error_message = text_view("SaslHandshake comes first"),
            .auth_bytes = text_view("")};
        broker_respond(b, call, &response);
        return;
    }
    if (broker_lifetime_has_other_mechanism(s)) {
        refuse(s, call, "Cannot change the mechanism during re-authentication",
            "re-authentication with another mechanism");
        return;
    }
    if (r->auth_bytes.len > IPC_SASL_MAX || s->rounds >= b->config.auth_rounds_max) {
        broker_authn_cancel(s);
        fail(s, call, "too many rounds or too many bytes");
        return;
    }
    s->state = SESSION_AUTHENTICATING;
    if (++s->rounds == 1) {
        e = broker_authn_begin(s, s->mechanism);
    }
    if (e == OK) {
        e = broker_authn_step(
            s, (struct ipc_view){.ptr = r->auth_bytes.ptr, .len = r->auth_bytes.len});
    }
    if (e != OK) {
        give_up(s, "auth can not be reached");
    }
}

/* What auth says is believed, but not what no log or policy could show: control characters. */
bool broker_authn_is_principal(struct ipc_view p)
{
    if (p.len <= 5 || memcmp(p.ptr, "User:", 5) != 0 || !text_is_utf8(p.ptr, p.len)) {
        return false;
    }
    for (size_t i = 0; i < p.len; i++) {
        if (p.ptr[i] < 0x20 || p.ptr[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

/* The plugin's reason, for the audit; a number that we do not know says nothing. */
const char *broker_authn_reason(uint16_t reason, const char *otherwise)
{
    static const char *const texts[] = {
#define REASON_TEXT(name, number, text) [number] = text,
        SCHLOSS_AUTH_REASONS(REASON_TEXT)
#undef REASON_TEXT
    };

    if (reason >= sizeof(texts) / sizeof(texts[0]) || texts[reason] == NULL) {
        return otherwise;
    }
    return texts[reason];
}

bool broker_authn_is_replaced(const struct broker_session *s)
{
    return s->auth != present(s->auth->authority);
}

void broker_authn_ask_again(struct broker_session *s)
{
    if (broker_authn_is_replaced(s)) {
        s->doubtful = true;
        broker_knows_ask(present(s->auth->authority), s);
    }
}

/* Whatever the code of a plugin says: nobody but whom the administrator lets it name. */
bool broker_authn_is_in_scope(const struct broker_session *s, struct ipc_view principal)
{
    const struct broker_authority *a = s->auth->authority;
    const char *scope = a->scopes[s->listener];
    char text[BROKER_PRINCIPAL_MAX + 1];

    if (principal.len > BROKER_PRINCIPAL_MAX || scope == NULL) {
        return false;
    }
    memcpy(text, principal.ptr, principal.len);
    text[principal.len] = '\0';
    if (!scope_allows(a->principals, text) || !scope_allows(scope, text)) {
        char name[4 * BROKER_PRINCIPAL_MAX + 1];
        log_err("%s named %s on listener %s, which is outside its scope [IPC021]",
            a->name, text_escape(name, sizeof(name), principal.ptr, principal.len),
            broker_session_listener(s)->name);
        return false;
    }
    return true;
}

/* Who it is now, or that it still is. */
static enum err accept(struct broker_session *s, const struct ipc_auth_result *result)
{
    bool again = broker_lifetime_is_renewing(s);
    enum err e = broker_authz_set_facts(s, result);

    if (e == OK && again) {
        s->state = SESSION_AUTHENTICATED;
        broker_lifetime_start(s, result->expires_ms);
    } else if (e == OK) {
        s->authority = s->auth->authority;
        e = broker_session_trust(s, result->principal, result->expires_ms);
    }
    if (e == OK) {
        broker_principal_login(s);
        broker_event_authentication(
            s, IPC_OUTCOME_SUCCESS, again ? "re-authentication" : NULL);
    }
    return e;
}

/* False: it was refused. A session that proves again who it is counts already. */
static bool may_enter(
    struct broker_session *s, const struct broker_call *call, struct ipc_view principal)
{
    enum err e =
        broker_lifetime_is_renewing(s) ? OK : broker_principal_enter(s, principal);

    if (e == ERR_FULL) {
        refuse_another(s, call, principal);
    } else if (e != OK) {
        give_up(s, "no memory to count a session");
    }
    return e == OK;
}

static void allow(struct broker_session *s, const struct ipc_auth_result *result)
{
    struct broker_call call = s->call;
    struct sasl_authenticate_response response = {
        .auth_bytes = {.ptr = result->bytes.ptr, .len = result->bytes.len}};

    if (!broker_authn_is_principal(result->principal)) {
        give_up(s, "auth named no usable principal");
        return;
    }
    if (!broker_authn_is_in_scope(s, result->principal)) {
        fail(s, &call, "outside the scope of its authority");
        return;
    }
    if (broker_lifetime_has_other_principal(s, result->principal)) {
        refuse_other(s, &call, result->principal);
        return;
    }
    if (!may_enter(s, &call, result->principal)) {
        return;
    }
    if (accept(s, result) != OK) {
        give_up(s, "auth named no usable principal");
        return;
    }
    response.session_lifetime_ms = s->lifetime.ms;
    broker_authn_ask_again(s);
    if (!broker_review_session(s)) {
        return; /* it is in other groups now, and lost what it reads */
    }
    broker_respond_authenticated(s->broker, &call, &response);
}

/* What ends an attempt; auth says no more of it, but where it could not even begin. */
static void settle(struct broker_session *s, enum ipc_verdict verdict)
{
    broker_debt_pay(s, verdict == IPC_VERDICT_ALLOW || verdict == IPC_VERDICT_DENY);
    if (verdict != IPC_VERDICT_CONTINUE) {
        broker_debt_drop(s);
        s->state = SESSION_UNKNOWN;
    }
}

/* Between two messages of its attempt: auth ends it when its time is over. */
static bool is_idle(const struct broker_session *s, const struct broker_auth *from,
    const struct ipc_auth_result *result)
{
    return s != NULL && s->state == SESSION_HANDSHAKE && s->rounds > 0 &&
           s->auth == from && s->attempt == result->attempt &&
           result->verdict == IPC_VERDICT_ERROR;
}

static enum err on_result(void *context, const struct ipc_received *m)
{
    struct broker_auth *from = context;
    struct broker *b = from->broker;
    const struct ipc_auth_result *result = &m->body.auth_result;
    struct broker_session *s = broker_session_find(b, result->session);

    if (is_idle(s, from, result)) {
        settle(s, IPC_VERDICT_ERROR);
        broker_event_authentication(s, IPC_OUTCOME_FAILURE,
            broker_authn_reason(result->reason, "no message in time"));
        broker_session_kill(s, IPC_KILL_EXPIRED);
        return OK;
    }
    if (s == NULL || s->state != SESSION_AUTHENTICATING || s->auth != from ||
        s->attempt != result->attempt) {
        /* The session ended, or the answer came too late, or from another. */
        return broker_debt_on_late(from);
    }
    settle(s, (enum ipc_verdict)result->verdict);
    if (broker_proof_is_judged(s)) {
        broker_proof_on_result(s, result);
        return OK;
    }
    struct broker_call call = s->call;
    switch ((enum ipc_verdict)result->verdict) {
    case IPC_VERDICT_ALLOW:
        allow(s, result);
        break;
    case IPC_VERDICT_CONTINUE: {
        struct sasl_authenticate_response response = {
            .auth_bytes = {.ptr = result->bytes.ptr, .len = result->bytes.len}};
        s->state = SESSION_HANDSHAKE;
        broker_respond(b, &call, &response);
        break;
    }
    case IPC_VERDICT_DENY:
        fail(s, &call, broker_authn_reason(result->reason, "credentials were refused"));
        break;
    case IPC_VERDICT_ERROR:
    default:
        give_up(s, broker_authn_reason(result->reason, "the mechanism failed"));
        break;
    }
    return OK;
}

/* About the sessions of that user which that authority let in. */
static void ask_about(struct broker *b, struct broker_authority *a, const char *principal)
{
    struct broker_session *s;

    if (!ipc_link_is_open(&present(a)->link)) {
        return; /* who comes next is asked about everybody */
    }
    for (size_t cursor = 0; (s = table_next(&b->sessions, &cursor)) != NULL;) {
        if (broker_session_is_trusted(s) && s->authority == a &&
            strcmp(s->principal, principal) == 0) {
            broker_knows_ask(present(a), s);
        }
    }
}

void broker_authn_ask_about(
    struct broker *b, struct ipc_view mechanism, struct wire_view user)
{
    char name[BROKER_PRINCIPAL_MAX + 1];

    if (user.len > BROKER_PRINCIPAL_MAX - 5) {
        return; /* nobody has such a name */
    }
    (void)snprintf(
        name, sizeof(name), "User:%.*s", (int)user.len, (const char *)user.ptr);
    for (size_t i = 0; i < BROKER_AUTHORITIES_MAX; i++) {
        if (broker_authn_has(&b->authorities[i], mechanism)) {
            ask_about(b, &b->authorities[i], name);
        }
    }
}

static void fail_all(struct broker_auth *auth)
{
    struct broker_session *s;

    for (size_t cursor = 0; (s = table_next(&auth->broker->sessions, &cursor)) != NULL;) {
        bool at_work = s->state == SESSION_AUTHENTICATING ||
                       (s->state == SESSION_HANDSHAKE && s->rounds > 0);
        if (at_work && s->auth == auth) {
            give_up(s, "auth went away");
        }
    }
    broker_credential_lost(auth);
}

/* It may live on without its channel, and keep others from being started in its place. */
static void tell_broken(struct broker_auth *auth)
{
    struct broker *b = auth->broker;
    const struct ipc_auth_broken broken = {
        .authority = (uint8_t)(auth->authority - b->authorities)};

    if (auth == present(auth->authority) &&
        ipc_link_send(&b->role.warden, IPC_MSG_AUTH_BROKEN, 0, &broken, -1) != OK) {
        log_err("the warden could not be told to end %s [IPC025]", auth->authority->name);
    }
}

static void on_auth_end(void *context, enum err why)
{
    struct broker_auth *auth = context;

    if (why == ERR_INVALID) {
        log_err("%s broke a rule between processes: its channel is closed [IPC020]",
            auth->authority->name);
    }
    if (why != ERR_CLOSED) {
        tell_broken(auth);
    }
    ipc_link_fini(&auth->link);
    fail_all(auth);
}

static const struct ipc_handler auth_handlers[IPC_MSG_COUNT] = {
    [IPC_MSG_AUTH_RESULT] = {IPC_AUTH, IPC_ANY_STATE, on_result},
    [IPC_MSG_AUTH_KNOWN] = {IPC_AUTH, IPC_ANY_STATE, broker_knows_on_known},
    [IPC_MSG_SEALING_KEY] = {IPC_AUTH, IPC_ANY_STATE, broker_credential_on_key},
    [IPC_MSG_CREDENTIAL_ANSWER] = {IPC_AUTH, IPC_ANY_STATE, broker_credential_on_answer},
};

static void copy_text(char *out, size_t size, struct ipc_view view)
{
    INVARIANT(view.len < size);
    if (view.len > 0) {
        memcpy(out, view.ptr, view.len);
    }
    out[view.len] = '\0';
}

enum err broker_authn_on_authority(struct broker *b, const struct ipc_authority *told)
{
    if (told->index >= BROKER_AUTHORITIES_MAX || b->authorities[told->index].present) {
        return ERR_INVALID;
    }
    struct broker_authority *a = &b->authorities[told->index];
    a->present = true;
    copy_text(a->name, sizeof(a->name), told->name);
    copy_text(a->mechanisms, sizeof(a->mechanisms), told->mechanisms);
    copy_text(a->principals, sizeof(a->principals), told->principals);
    broker_knows_init(a);
    return OK;
}

enum err broker_authn_on_scope(struct broker *b, const struct ipc_scope *told)
{
    if (told->authority >= BROKER_AUTHORITIES_MAX ||
        told->listener >= BROKER_LISTENERS_MAX) {
        return ERR_INVALID;
    }
    char **scope = &b->authorities[told->authority].scopes[told->listener];
    if (*scope != NULL) {
        return ERR_INVALID;
    }
    b->authorities[told->authority].absent[told->listener] = told->absent != 0;
    *scope = mem_copy_text(told->patterns.ptr, told->patterns.len);
    return *scope == NULL ? ERR_NOMEM : OK;
}

/* The place for a new process: one that is not the present one's, if that is there. */
static struct broker_auth *free_place(struct broker *b, struct broker_authority *a)
{
    if (ipc_link_is_open(&a->processes[a->now].link)) {
        a->now = 1 - a->now;
    }
    struct broker_auth *auth = &a->processes[a->now];
    ipc_link_fini(&auth->link);
    auth->broker = b;
    auth->authority = a;
    fail_all(auth);
    broker_debt_reset(auth);
    return auth;
}

enum err broker_authn_add(struct broker *b, uint8_t authority, int fd)
{
    struct ipc_channel channel;

    if (authority >= BROKER_AUTHORITIES_MAX || !b->authorities[authority].present) {
        (void)close(fd);
        return ERR_INVALID;
    }
    enum err e =
        ipc_channel_init(&channel, fd, IPC_PACKETS, IPC_BROKER, IPC_AUTH, AUTH_QUEUE);
    if (e != OK) {
        ipc_channel_fini(&channel);
        return e;
    }
    struct broker_auth *auth = free_place(b, &b->authorities[authority]);
    e = ipc_link_init(
        &auth->link, b->role.loop, &channel, auth_handlers, auth, on_auth_end);
    if (e == OK) {
        broker_credential_give(auth);
        broker_knows_ask_all(auth);
    }
    return e;
}
