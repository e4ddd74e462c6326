#include "audit_line.h"

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

#define DAY_MS        ((int64_t)86400000)
#define YEAR_10000_MS ((int64_t)253402300800000)
#define DAYS_TO_1970  719468 /* from 0000-03-01 */
#define DAYS_400      146097 /* days in 400 years */

/*
 * RFC 3339 in UTC with milliseconds; null where it can not be written. Not by gmtime_r():
 * the C library opens its time zone files there, which the sandbox answers with death.
 */
static void add_time(struct buf *out, int64_t time_ms)
{
    if (time_ms < 0 || time_ms >= YEAR_10000_MS) {
        buf_add_text(out, "null");
        return;
    }
    /* Years that begin in March put the leap day last. */
    int64_t days = time_ms / DAY_MS + DAYS_TO_1970;
    int ms = (int)(time_ms % DAY_MS);
    int era = (int)(days / DAYS_400);
    int day = (int)(days % DAYS_400);
    int year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= 365 * year + year / 4 - year / 100;
    int month = (5 * day + 2) / 153;
    day -= (153 * month + 2) / 5;
    month = month < 10 ? month + 3 : month - 9;
    year += 400 * era + (month <= 2 ? 1 : 0);
    buf_add_format(out, "\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\"", year, month, day + 1,
        ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
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
    add_time(out, event->time_ms);
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
        add_time(out, event->first_time_ms);
    }
    buf_add_text(out, "}\n");
}
