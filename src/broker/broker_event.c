#include "broker_event.h"

#include "clock.h"
#include "log.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

#define DENIALS_ONE_BY_ONE 16

static struct ipc_view view_of(const char *text, size_t max)
{
    return text == NULL ? (struct ipc_view){0} : ipc_cut(ipc_text(text), max);
}

static void send(struct broker *b, struct broker_session *s, struct ipc_event *event)
{
    event->time_ms = clock_wall_ms();
    event->count = event->count == 0 ? 1 : event->count;
    if (s != NULL) {
        event->session = s->gate;
        event->principal = ipc_text(s->principal);
        event->address = ipc_text(s->address);
        event->listener = ipc_text(broker_session_listener(s)->name);
        event->mechanism = ipc_text(s->mechanism);
        event->client_id = ipc_text(s->client_id);
    }
    uint64_t left_out = 0;
    if (ipc_link_send(&b->audit, IPC_MSG_EVENT, 0, event, -1) != OK &&
        log_limit_allows(&b->audit_log, loop_now_ms(b->role.loop), &left_out)) {
        log_err("an audit event could not be sent; %llu more not shown [AUD003]",
            (unsigned long long)left_out);
    }
}

void broker_event_authentication(
    struct broker_session *s, enum ipc_outcome outcome, const char *reason)
{
    struct ipc_event event = {.kind = IPC_EVENT_AUTHENTICATION,
        .outcome = (uint8_t)outcome,
        .reason = view_of(reason, 255)};

    send(s->broker, s, &event);
}

void broker_event_denied(struct broker_session *s, const char *operation,
    const char *resource, struct wire_view name, const char *rule)
{
    struct ipc_event event = {.kind = IPC_EVENT_DENIED,
        .outcome = IPC_OUTCOME_DENIED,
        .operation = view_of(operation, 32),
        .resource = view_of(resource, 32),
        .name = ipc_cut((struct ipc_view){.ptr = name.ptr, .len = name.len}, 255),
        .rule = view_of(rule, 64)};

    if (++s->denials <= DENIALS_ONE_BY_ONE) {
        send(s->broker, s, &event);
    }
}

void broker_event_denied_more(struct broker_session *s)
{
    struct ipc_event event = {.kind = IPC_EVENT_DENIED,
        .outcome = IPC_OUTCOME_DENIED,
        .reason = view_of("further denials of the same request", 255),
        .count = s->denials - DENIALS_ONE_BY_ONE};

    if (s->denials > DENIALS_ONE_BY_ONE) {
        send(s->broker, s, &event);
    }
    s->denials = 0;
}

void broker_event_admin(struct broker *b, struct broker_session *s, const char *operation,
    const char *resource, struct wire_view name, enum ipc_outcome outcome,
    const char *reason)
{
    struct ipc_event event = {.kind = IPC_EVENT_ADMIN,
        .outcome = (uint8_t)outcome,
        .operation = view_of(operation, 32),
        .resource = view_of(resource, 32),
        .name = ipc_cut((struct ipc_view){.ptr = name.ptr, .len = name.len}, 255),
        .reason = view_of(reason, 255)};

    send(b, s, &event);
}

static void copy_text(char *out, size_t size, const char *text)
{
    (void)snprintf(out, size, "%s", text);
}

void broker_event_note_author(struct broker_author *out, const struct broker_session *s)
{
    out->session = s->gate;
    copy_text(out->principal, sizeof(out->principal), s->principal);
    copy_text(out->address, sizeof(out->address), s->address);
    copy_text(out->listener, sizeof(out->listener), broker_session_listener(s)->name);
    copy_text(out->mechanism, sizeof(out->mechanism), s->mechanism);
}

void broker_event_admin_by(struct broker *b, const struct broker_author *author,
    const char *operation, const char *resource, struct wire_view name,
    enum ipc_outcome outcome, const char *reason)
{
    struct ipc_event event = {.kind = IPC_EVENT_ADMIN,
        .outcome = (uint8_t)outcome,
        .session = author->session,
        .principal = ipc_text(author->principal),
        .address = ipc_text(author->address),
        .listener = ipc_text(author->listener),
        .mechanism = ipc_text(author->mechanism),
        .operation = view_of(operation, 32),
        .resource = view_of(resource, 32),
        .name = ipc_cut((struct ipc_view){.ptr = name.ptr, .len = name.len}, 255),
        .reason = view_of(reason, 255)};

    send(b, NULL, &event);
}

void broker_event_ended(struct broker_session *s, const char *by)
{
    char reason[BROKER_PRINCIPAL_MAX + 16];
    struct ipc_event event = {.kind = IPC_EVENT_SESSION, .outcome = IPC_OUTCOME_SUCCESS};

    (void)snprintf(reason, sizeof(reason), "ended by %s", by);
    event.reason = view_of(reason, 255);
    send(s->broker, s, &event);
}

static const char *api_name(uint32_t detail)
{
    const struct wire_api *api = wire_api_find((int16_t)(uint16_t)(detail >> 16));

    return api == NULL ? "an unknown request" : api->name;
}

static void print_line(const struct broker_session *s, const struct ipc_gate_log *line)
{
    const struct broker_listener *l = broker_session_listener(s);
    unsigned version = line->detail & 0xffff;
    char text[300];

    text_escape(text, sizeof(text), line->text.ptr, line->text.len);
    switch ((enum ipc_log_code)line->code) {
    case IPC_LOG_FRAME_SIZE:
        log_warn("%s:%u on listener %s announced a frame of %d bytes: closed [NET001]",
            s->address, s->port, l->name, (int)line->detail);
        break;
    case IPC_LOG_MALFORMED:
        log_warn("%s:%u on listener %s sent a malformed %s v%u (%s): closed [NET002]",
            s->address, s->port, l->name, api_name(line->detail), version, text);
        break;
    case IPC_LOG_UNSUPPORTED:
        log_warn(
            "%s:%u on listener %s sent api key %u version %u, which is not spoken here: "
            "closed [NET003]",
            s->address, s->port, l->name, line->detail >> 16, version);
        break;
    case IPC_LOG_PLAINTEXT_ON_TLS:
        log_warn("%s:%u speaks plaintext Kafka on TLS listener %s (client.id \"%s\", %s "
                 "v%u): set "
                 "security.protocol=%s [NET021]",
            s->address, s->port, l->name, text, api_name(line->detail), version,
            l->protocol == IPC_PROTOCOL_SASL_SSL ? "SASL_SSL" : "SSL");
        break;
    case IPC_LOG_TLS_ON_PLAINTEXT:
        log_warn("%s:%u speaks TLS on plaintext listener %s: set security.protocol=%s "
                 "[NET022]",
            s->address, s->port, l->name,
            l->protocol == IPC_PROTOCOL_SASL_PLAINTEXT ? "SASL_PLAINTEXT" : "PLAINTEXT");
        break;
    case IPC_LOG_HTTP:
        log_warn("%s:%u speaks HTTP on listener %s, which is a Kafka port [NET023]",
            s->address, s->port, l->name);
        break;
    case IPC_LOG_TLS_FAILED:
        log_warn("%s:%u on listener %s: TLS handshake failed (%s) [NET024]", s->address,
            s->port, l->name, text);
        break;
    case IPC_LOG_SASL_REQUIRED:
        log_warn(
            "%s:%u: listener %s requires SASL (%s) but client.id \"%s\" sent %s: set "
            "sasl.mechanism [NET031]",
            s->address, s->port, l->name, l->mechanisms, text,
            api_name(line->detail << 16));
        break;
    case IPC_LOG_SASL_STATE:
        log_warn("%s:%u on listener %s sent %s out of order during authentication: "
                 "closed [NET032]",
            s->address, s->port, l->name, api_name(line->detail));
        break;
    case IPC_LOG_TIMEOUT:
        log_warn("%s:%u on listener %s took too long (%s): closed [NET033]", s->address,
            s->port, l->name, text);
        break;
    default:
        break; /* a number that we do not know says nothing */
    }
}

void broker_event_gate_log(struct broker_session *s, const struct ipc_gate_log *line)
{
    struct broker *b = s->broker;
    uint64_t left_out = 0;

    if (!log_limit_allows(&b->gate_log, loop_now_ms(b->role.loop), &left_out)) {
        return;
    }
    if (left_out > 0) {
        log_warn("%llu lines about clients were not shown [NET000]",
            (unsigned long long)left_out);
    }
    print_line(s, line);
}
