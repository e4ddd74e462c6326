#include "audit_line.h"

#include "auditlog_time.h"
#include "ipc_words.h"
#include "text.h"

#include <inttypes.h>

static const char *kind_name(uint16_t kind)
{
    switch (kind) {
    case IPC_EVENT_AUTHENTICATION:
        return "authentication";
    case IPC_EVENT_DENIED:
        return "denied";
    case IPC_EVENT_ADMIN:
        return "admin";
    case IPC_EVENT_PROCESS:
        return "process";
    case IPC_EVENT_RELOAD:
        return "reload";
    case IPC_EVENT_SESSION:
        return "session";
    case IPC_EVENT_PRODUCE:
        return "produce";
    case IPC_EVENT_CONSUME:
        return "consume";
    case IPC_EVENT_GROUP:
        return "group";
    case IPC_EVENT_GAP:
        return "gap";
    case IPC_EVENT_AUDIT:
        return "audit";
    case IPC_EVENT_PERMISSIVE:
        return "permissive";
    default:
        return "unknown";
    }
}

static const char *outcome_name(uint8_t outcome)
{
    switch (outcome) {
    case IPC_OUTCOME_SUCCESS:
        return "success";
    case IPC_OUTCOME_FAILURE:
        return "failure";
    case IPC_OUTCOME_DENIED:
        return "denied";
    default:
        return "unknown";
    }
}

static void add_text(struct buf *out, const char *name, struct ipc_view value)
{
    if (value.len == 0) {
        return;
    }
    buf_add_format(out, ",\"%s\":", name);
    text_add_json(out, value.ptr, value.len);
}

static void add_number(struct buf *out, const char *name, uint64_t value)
{
    if (value != 0) {
        buf_add_format(out, ",\"%s\":%" PRIu64, name, value);
    }
}

/* Which records; they are there also where they are 0. */
static void add_range(struct buf *out, const struct ipc_event *event)
{
    if (event->kind != IPC_EVENT_PRODUCE && event->kind != IPC_EVENT_CONSUME) {
        return;
    }
    buf_add_format(out,
        ",\"partition\":%" PRId32 ",\"first_offset\":%" PRId64 ",\"last_offset\":%" PRId64
        ",\"records\":%" PRIu64,
        event->partition, event->first_offset, event->last_offset, event->records);
}

void audit_line_add(struct buf *out, uint64_t sequence, enum ipc_role source,
    const struct ipc_event *event)
{
    buf_add_text(out, "{\"time\":");
    auditlog_time_add(out, event->time_ms);
    buf_add_format(out,
        ",\"seq\":%" PRIu64 ",\"source\":\"%s\",\"event\":\"%s\",\"outcome\":\"%s\"",
        sequence, ipc_role_name(source), kind_name(event->kind),
        outcome_name(event->outcome));
    add_number(out, "session", event->session);
    add_text(out, "principal", event->principal);
    add_text(out, "address", event->address);
    add_text(out, "listener", event->listener);
    add_text(out, "mechanism", event->mechanism);
    add_text(out, "client_id", event->client_id);
    add_text(out, "api", event->api);
    add_text(out, "operation", event->operation);
    add_text(out, "resource", event->resource);
    add_text(out, "name", event->name);
    add_text(out, "rule", event->rule);
    add_number(out, "serial", event->serial);
    add_text(out, "decision", event->decision);
    add_text(out, "reason", event->reason);
    if (event->count > 1) {
        buf_add_format(out, ",\"count\":%" PRIu32, event->count);
    }
    add_range(out, event);
    add_number(out, "bytes", event->bytes);
    if (event->first_time_ms != 0) {
        buf_add_text(out, ",\"first_time\":");
        auditlog_time_add(out, event->first_time_ms);
    }
}
