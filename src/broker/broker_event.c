#include "broker_event.h"

#include "broker_denial.h"
#include "broker_quota.h"
#include "clock.h"
#include "log.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

static struct ipc_view view_of(const char *text, size_t max)
{
    return text == NULL ? (struct ipc_view){0} : ipc_cut(ipc_text(text), max);
}

static uint64_t send(struct broker *b, struct ipc_event *event, bool is_change)
{
    event->time_ms = event->time_ms == 0 ? clock_wall_ms() : event->time_ms;
    event->count = event->count == 0 ? 1 : event->count;
    return broker_trail_add(b, event, is_change);
}

const char *broker_event_api(const struct broker_session *s, const char *operation)
{
    const struct wire_api *api = s->busy ? broker_session_api(s, s->call.key) : NULL;

    if (api != NULL) {
        return api->name;
    }
    return strcmp(operation, "write") == 0 ? "Produce" : "Fetch"; /* an OPEN */
}

static void name_session(const struct broker_session *s, struct ipc_event *event)
{
    event->session = s->gate;
    event->principal = ipc_text(s->principal);
    event->address = ipc_text(s->address);
    event->listener = ipc_text(broker_session_listener(s)->name);
    event->mechanism = ipc_text(s->mechanism);
    event->client_id = ipc_text(s->client_id);
    if (event->api.len == 0 && s->busy) {
        event->api = ipc_text(broker_event_api(s, ""));
    }
}

/* The later of two records is behind the earlier. */
static void wait_for(struct broker_session *s, uint64_t record)
{
    if (s->busy && !s->is_admin && record > s->record) {
        s->record = record;
    }
}

void broker_event_needs_record(struct broker_session *s, uint64_t record)
{
    if (s->broker->trail.mode == IPC_AUDIT_BLOCK) {
        wait_for(s, record);
    }
}

uint64_t broker_event_of(struct broker_session *s, struct ipc_event *event)
{
    name_session(s, event);
    uint64_t record = send(s->broker, event, false);
    broker_event_needs_record(s, record);
    return record;
}

static void send_change(struct broker_session *s, struct ipc_event *event)
{
    bool is_made = event->outcome == IPC_OUTCOME_SUCCESS;

    name_session(s, event);
    uint64_t record = send(s->broker, event, is_made);
    broker_quota_change(s);
    if (is_made) {
        wait_for(s, record);
    } else {
        broker_event_needs_record(s, record); /* nothing was changed */
    }
}

void broker_event_authentication(
    struct broker_session *s, enum ipc_outcome outcome, const char *reason)
{
    struct ipc_event event = {.kind = IPC_EVENT_AUTHENTICATION,
        .outcome = (uint8_t)outcome,
        .reason = view_of(reason, 255)};

    (void)broker_event_of(s, &event);
}

void broker_event_denied(struct broker_session *s, const char *operation,
    const char *resource, struct wire_view name, const char *rule)
{
    const struct broker_refusal refusal = {
        .operation = operation, .resource = resource, .name = name, .rule = rule};

    broker_denial_add(s, &refusal);
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

    if (s != NULL) {
        send_change(s, &event);
    } else {
        (void)send(b, &event, true);
    }
}

void broker_event_look(struct broker_session *s, const char *operation,
    const char *resource, struct wire_view name)
{
    struct ipc_event event = {.kind = IPC_EVENT_ADMIN,
        .outcome = IPC_OUTCOME_SUCCESS,
        .operation = view_of(operation, 32),
        .resource = view_of(resource, 32),
        .name = ipc_cut((struct ipc_view){.ptr = name.ptr, .len = name.len}, 255)};

    (void)broker_event_of(s, &event);
}

void broker_event_group(struct broker_session *s, const char *operation,
    struct wire_view group, enum ipc_outcome outcome, uint32_t count)
{
    struct ipc_event event = {.kind = IPC_EVENT_GROUP,
        .outcome = (uint8_t)outcome,
        .operation = view_of(operation, 32),
        .resource = ipc_text("group"),
        .name = ipc_cut((struct ipc_view){.ptr = group.ptr, .len = group.len}, 255),
        .count = count};

    send_change(s, &event);
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
    copy_text(out->client_id, sizeof(out->client_id), s->client_id);
}

static void name_author(const struct broker_author *author, struct ipc_event *event)
{
    event->session = author->session;
    event->principal = ipc_text(author->principal);
    event->address = ipc_text(author->address);
    event->listener = ipc_text(author->listener);
    event->mechanism = ipc_text(author->mechanism);
    event->client_id = ipc_text(author->client_id);
}

void broker_event_group_by(struct broker *b, const struct broker_author *author,
    const char *operation, struct wire_view group, uint32_t count)
{
    struct ipc_event event = {.kind = IPC_EVENT_GROUP,
        .outcome = IPC_OUTCOME_SUCCESS,
        .operation = view_of(operation, 32),
        .resource = ipc_text("group"),
        .name = ipc_cut((struct ipc_view){.ptr = group.ptr, .len = group.len}, 255),
        .count = count};

    name_author(author, &event);
    (void)send(b, &event, true);
    broker_quota_change_by(b, author);
}

void broker_event_by(
    struct broker *b, const struct broker_author *author, struct ipc_event *event)
{
    name_author(author, event);
    (void)send(b, event, false);
}

void broker_event_admin_by(struct broker *b, const struct broker_author *author,
    const char *operation, const char *resource, struct wire_view name,
    enum ipc_outcome outcome, const char *reason)
{
    struct ipc_event event = {.kind = IPC_EVENT_ADMIN,
        .outcome = (uint8_t)outcome,
        .operation = view_of(operation, 32),
        .resource = view_of(resource, 32),
        .name = ipc_cut((struct ipc_view){.ptr = name.ptr, .len = name.len}, 255),
        .reason = view_of(reason, 255)};

    name_author(author, &event);
    (void)send(b, &event, true);
    broker_quota_change_by(b, author);
}

void broker_event_ended(struct broker_session *s, const char *by)
{
    char reason[BROKER_PRINCIPAL_MAX + 16];
    struct ipc_event event = {.kind = IPC_EVENT_SESSION, .outcome = IPC_OUTCOME_SUCCESS};

    (void)snprintf(reason, sizeof(reason), "ended by %s", by);
    event.reason = view_of(reason, 255);
    (void)broker_event_of(s, &event);
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
