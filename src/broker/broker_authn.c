#include "broker_authn.h"

#include "broker_api.h"
#include "broker_event.h"
#include "log.h"
#include "text.h"
#include "wire_code.h"
#include "wire_sasl_authenticate.h"
#include "wire_sasl_handshake.h"

#include <schloss/auth_plugin.h>
#include <string.h>

#define MECHANISMS_MAX 8
#define AUTH_QUEUE     ((size_t)64 * 1024 * 1024)

static struct wire_view text_view(const char *text)
{
    return (struct wire_view){.ptr = (const uint8_t *)text, .len = strlen(text)};
}

/* The enabled mechanisms as views into the configuration. */
static int32_t list_mechanisms(
    const struct broker *b, struct wire_view out[MECHANISMS_MAX])
{
    const char *at = b->config.mechanisms;
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

static bool is_enabled(const struct broker *b, struct wire_view mechanism)
{
    struct wire_view list[MECHANISMS_MAX];
    int32_t count = list_mechanisms(b, list);

    for (int32_t i = 0; i < count; i++) {
        if (meta_view_equal(list[i], mechanism)) {
            return true;
        }
    }
    return false;
}

void broker_on_sasl_handshake(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct sasl_handshake_request *r = request;
    struct broker *b = s->broker;
    struct wire_view list[MECHANISMS_MAX];
    struct sasl_handshake_response response = {
        .mechanisms = {.items = list, .count = list_mechanisms(b, list)}};

    if (s->state != SESSION_UNKNOWN) {
        response.error_code = WIRE_CODE_ILLEGAL_SASL_STATE;
        response.mechanisms.count = 0;
    } else if (!is_enabled(b, r->mechanism) || r->mechanism.len >= sizeof(s->mechanism)) {
        response.error_code = WIRE_CODE_UNSUPPORTED_SASL_MECHANISM;
        broker_event_authentication(s, IPC_OUTCOME_FAILURE, "mechanism is not enabled");
    } else {
        memcpy(s->mechanism, r->mechanism.ptr, r->mechanism.len);
        s->mechanism[r->mechanism.len] = '\0';
        s->state = SESSION_HANDSHAKE;
        s->rounds = 0;
    }
    if (response.error_code != 0 && s->state != SESSION_AUTHENTICATED) {
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

/* The client is told nothing but that it failed. */
static void fail(
    struct broker_session *s, const struct broker_call *call, const char *reason)
{
    struct sasl_authenticate_response response = {
        .error_code = WIRE_CODE_SASL_AUTHENTICATION_FAILED,
        .error_message = text_view("Authentication failed"),
        .auth_bytes = text_view("")};

    s->state = SESSION_UNKNOWN;
    broker_event_authentication(s, IPC_OUTCOME_FAILURE, reason);
    broker_respond_and_end(s->broker, call, &response);
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
    if (r->auth_bytes.len > IPC_SASL_MAX || ++s->rounds > b->config.auth_rounds_max) {
        struct ipc_auth_cancel cancel = {.session = s->gate, .attempt = s->attempt};
        if (s->rounds > 1) {
            (void)!ipc_link_send(
                &b->auth[s->auth].link, IPC_MSG_AUTH_CANCEL, 0, &cancel, -1);
        }
        fail(s, call, "too many rounds or too many bytes");
        return;
    }
    s->state = SESSION_AUTHENTICATING;
    if (s->rounds == 1) {
        s->auth = b->auth_now;
        struct ipc_auth_begin begin = {.session = s->gate,
            .attempt = ++s->attempt,
            .mechanism = ipc_text(s->mechanism),
            .address = ipc_text(s->address)};
        e = ipc_link_send(&b->auth[s->auth].link, IPC_MSG_AUTH_BEGIN, 0, &begin, -1);
    }
    if (e == OK) {
        struct ipc_auth_step step = {.session = s->gate,
            .attempt = s->attempt,
            .bytes = {.ptr = r->auth_bytes.ptr, .len = r->auth_bytes.len}};
        e = ipc_link_send(&b->auth[s->auth].link, IPC_MSG_AUTH_STEP, 0, &step, -1);
    }
    if (e != OK) {
        give_up(s, "auth can not be reached");
    }
}

/* What auth says is believed, but not what no log or policy could show: control characters. */
static bool is_principal(struct ipc_view p)
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
static const char *reason_text(uint16_t reason, const char *otherwise)
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

static void allow(struct broker_session *s, const struct ipc_auth_result *result)
{
    struct broker_call call = s->call;
    struct sasl_authenticate_response response = {
        .auth_bytes = {.ptr = result->bytes.ptr, .len = result->bytes.len}};

    if (!is_principal(result->principal) ||
        broker_session_trust(s, result->principal, result->expires_ms) != OK) {
        give_up(s, "auth named no usable principal");
        return;
    }
    broker_event_authentication(s, IPC_OUTCOME_SUCCESS, NULL);
    broker_respond_authenticated(s->broker, &call, &response);
}

enum err broker_authn_on_result(void *context, const struct ipc_received *m)
{
    struct broker_auth *from = context;
    struct broker *b = from->broker;
    const struct ipc_auth_result *result = &m->body.auth_result;
    struct broker_session *s = broker_session_find(b, result->session);

    if (s == NULL || s->state != SESSION_AUTHENTICATING ||
        s->attempt != result->attempt) {
        return OK; /* the session ended, or the answer came too late */
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
        fail(s, &call, reason_text(result->reason, "credentials were refused"));
        break;
    case IPC_VERDICT_ERROR:
    default:
        give_up(s, reason_text(result->reason, "the mechanism failed"));
        break;
    }
    return OK;
}

static void fail_all(struct broker *b, size_t auth)
{
    struct broker_session *s;

    for (size_t cursor = 0; (s = table_next(&b->sessions, &cursor)) != NULL;) {
        bool at_work = s->state == SESSION_AUTHENTICATING ||
                       (s->state == SESSION_HANDSHAKE && s->rounds > 0);
        if (at_work && s->auth == auth) {
            give_up(s, "auth went away");
        }
    }
}

static void on_auth_end(void *context, enum err why)
{
    struct broker_auth *auth = context;

    if (why == ERR_INVALID) {
        log_err("auth broke a rule between processes: its channel is closed [IPC020]");
    }
    ipc_link_fini(&auth->link);
    fail_all(auth->broker, auth->index);
}

static const struct ipc_handler auth_handlers[IPC_MSG_COUNT] = {
    [IPC_MSG_AUTH_RESULT] = {IPC_AUTH, IPC_ANY_STATE, broker_authn_on_result},
};

enum err broker_authn_add(struct broker *b, int fd)
{
    struct ipc_channel channel;
    size_t index =
        ipc_link_is_open(&b->auth[b->auth_now].link) ? 1 - b->auth_now : b->auth_now;
    struct broker_auth *auth = &b->auth[index];

    ipc_link_fini(&auth->link);
    fail_all(b, index);
    *auth = (struct broker_auth){.broker = b, .index = index};
    enum err e =
        ipc_channel_init(&channel, fd, IPC_PACKETS, IPC_BROKER, IPC_AUTH, AUTH_QUEUE);
    if (e != OK) {
        ipc_channel_fini(&channel);
        return e;
    }
    e = ipc_link_init(
        &auth->link, b->role.loop, &channel, auth_handlers, auth, on_auth_end);
    if (e == OK) {
        b->auth_now = index;
    }
    return e;
}
