/*
 * schloss audit export: the trail in the forms that other programs collect.
 *
 * One line a record: ocsf 1.3.0 (classes 3002 authentication, 6003 API activity, 6002
 * application lifecycle), cloudevents 1.0, or cef 0. A value in JSON is passed on as it was
 * escaped; for cef it is unescaped first.
 */
#include "auditlog_time.h"
#include "cli_audit.h"
#include "cli_output.h"
#include "cli_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define EXPORT_MAX (4 * AUDITLOG_LINE_MAX)

static int64_t time_of(const struct cli_audit_line *l)
{
    int64_t time_ms = 0;

    return l->time.len > 0 && auditlog_time_read(l->time.ptr, l->time.len, &time_ms) == OK
               ? time_ms
               : 0;
}

static void add_raw(struct buf *out, struct auditlog_view value)
{
    buf_add(out, value.len == 0 ? "" : value.ptr, value.len);
}

/* ,"name":"value", or nothing where there is none. */
static void add_member(struct buf *out, const char *name, struct auditlog_view value)
{
    if (value.len > 0) {
        buf_add_format(out, ",\"%s\":\"", name);
        add_raw(out, value);
        buf_add_text(out, "\"");
    }
}

/* --- cloudevents -------------------------------------------------------------------- */

static void add_cloudevents(struct buf *out, const struct cli_audit_line *l)
{
    buf_add_text(out, "{\"specversion\":\"1.0\",\"source\":\"schloss/"
                      "audit\",\"type\":\"schloss.audit.");
    add_raw(out, l->event);
    buf_add_text(out, "\",\"id\":\"");
    add_raw(out, l->hash.len > 0 ? l->hash : l->seq);
    buf_add_text(out, "\"");
    add_member(out, "time", l->time);
    add_member(out, "subject", l->name);
    buf_add_text(out, ",\"datacontenttype\":\"application/json\",\"data\":");
    add_raw(out, l->whole);
    buf_add_text(out, "}");
}

/* --- ocsf --------------------------------------------------------------------------- */

struct ocsf_class {
    const char *event;
    unsigned category;
    unsigned class;
    unsigned activity;
};

static const struct ocsf_class classes[] = {
    {"authentication", 3, 3002, 1}, /* logon */
    {"session", 3, 3002, 99}, {"process", 6, 6002, 99}, {"reload", 6, 6002, 99},
    {"produce", 6, 6003, 1}, /* create */
    {"consume", 6, 6003, 2}, /* read */
};

static struct ocsf_class class_of(const struct cli_audit_line *l)
{
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        if (auditlog_view_is(l->event, classes[i].event)) {
            return classes[i];
        }
    }
    return (struct ocsf_class){NULL, 6, 6003, 99};
}

/* Who comes by the administrator's socket comes from no address. */
static bool has_address(const struct cli_audit_line *l)
{
    return l->address.len > 0 && !auditlog_view_is(l->address, "unix");
}

static void add_ocsf_actors(struct buf *out, const struct cli_audit_line *l)
{
    if (l->principal.len > 0) {
        buf_add_text(out, ",\"actor\":{\"user\":{\"name\":\"");
        add_raw(out, l->principal);
        buf_add_text(out, "\"}},\"user\":{\"name\":\"");
        add_raw(out, l->principal);
        buf_add_text(out, "\"}");
    }
    if (has_address(l)) {
        buf_add_text(out, ",\"src_endpoint\":{\"ip\":\"");
        add_raw(out, l->address);
        buf_add_text(out, "\"}");
    }
    if (l->operation.len > 0) {
        buf_add_text(out, ",\"api\":{\"operation\":\"");
        add_raw(out, l->operation);
        buf_add_text(out, "\"}");
    }
    if (l->name.len > 0) {
        buf_add_text(out, ",\"resources\":[{\"name\":\"");
        add_raw(out, l->name);
        buf_add_text(out, "\"");
        add_member(out, "type", l->resource);
        buf_add_text(out, "}]");
    }
}

static void add_ocsf(struct buf *out, const struct cli_audit_line *l)
{
    struct ocsf_class c = class_of(l);
    bool good = auditlog_view_is(l->outcome, "success");
    bool bad = l->outcome.len > 0 && !good;

    buf_add_format(out,
        "{\"category_uid\":%u,\"class_uid\":%u,\"activity_id\":%u,\"type_uid\":%u,"
        "\"time\":%" PRId64 ",\"severity_id\":%u,\"status_id\":%u",
        c.category, c.class, c.activity, c.class * 100 + c.activity, time_of(l),
        bad ? 3u : 1u, good ? 1u : (bad ? 2u : 0u));
    add_member(out, "status_detail", l->reason);
    buf_add_text(out,
        ",\"metadata\":{\"version\":\"1.3.0\",\"product\":{\"name\":"
        "\"Schloss\",\"vendor_name\":\"Schloss\",\"version\":\"" SCHLOSS_VERSION "\"}");
    add_member(out, "uid", l->hash);
    add_member(out, "event_code", l->event);
    buf_add_text(out, "}");
    add_ocsf_actors(out, l);
    buf_add_text(out, ",\"unmapped\":");
    add_raw(out, l->whole);
    buf_add_text(out, "}");
}

/* --- cef ---------------------------------------------------------------------------- */

/* A header escapes \ and |, an extension \ and =; line ends would end the record. */
static void add_cef(struct buf *out, struct auditlog_view value, char special)
{
    struct buf plain;

    buf_init(&plain, AUDITLOG_LINE_MAX);
    auditlog_unescape(value, &plain);
    for (size_t i = 0; i < plain.length; i++) {
        char c = (char)plain.bytes[i];
        if (c == '\\' || c == special) {
            buf_add_text(out, "\\");
        }
        if (c == '\n' || c == '\r') {
            buf_add_text(out, c == '\n' ? "\\n" : "\\r");
        } else if ((unsigned char)c < 0x20 || c == 0x7f) {
            buf_add_text(out, "?");
        } else {
            buf_add(out, &c, 1);
        }
    }
    buf_fini(&plain);
}

static void add_cef_field(struct buf *out, const char *name, struct auditlog_view value)
{
    if (value.len > 0) {
        buf_add_format(out, " %s=", name);
        add_cef(out, value, '=');
    }
}

static void add_cef_line(struct buf *out, const struct cli_audit_line *l)
{
    bool bad = l->outcome.len > 0 && !auditlog_view_is(l->outcome, "success");

    buf_add_text(out, "CEF:0|Schloss|schloss|" SCHLOSS_VERSION "|");
    add_cef(out, l->event, '|');
    buf_add_text(out, "|");
    add_cef(out, l->event, '|');
    if (l->outcome.len > 0) {
        buf_add_text(out, " ");
        add_cef(out, l->outcome, '|');
    }
    buf_add_format(out, "|%d|rt=%" PRId64, bad ? 6 : 2, time_of(l));
    add_cef_field(out, "suser", l->principal);
    if (has_address(l)) {
        add_cef_field(out, "src", l->address);
    }
    add_cef_field(out, "act", l->operation);
    add_cef_field(out, "outcome", l->outcome);
    add_cef_field(out, "reason", l->reason);
    add_cef_field(out, "cnt", l->count);
    add_cef_field(out, "externalId", l->hash);
    add_cef_field(out, "requestClientApplication", l->client_id);
    if (l->name.len > 0) {
        buf_add_text(out, " cs1Label=resource cs1=");
        add_cef(out, l->resource, '=');
        buf_add_text(out, ":");
        add_cef(out, l->name, '=');
    }
    if (l->rule.len > 0) {
        buf_add_text(out, " cs2Label=rule");
        add_cef_field(out, "cs2", l->rule);
    }
    if (l->decision.len > 0) {
        buf_add_text(out, " cs3Label=decision");
        add_cef_field(out, "cs3", l->decision);
    }
}

/* ------------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    void (*add)(struct buf *out, const struct cli_audit_line *line);
} formats[] = {
    {"ocsf", add_ocsf},
    {"cloudevents", add_cloudevents},
    {"cef", add_cef_line},
};

struct export
{
    struct cli_audit_filter filter;
    void (*add)(struct buf * out, const struct cli_audit_line *line);
    struct buf out;
    bool failed;
};

static bool on_export(void *context, const struct cli_audit_line *line)
{
    struct export *e = context;

    if (!cli_audit_finds(&e->filter, line)) {
        return true;
    }
    buf_reset(&e->out);
    e->add(&e->out, line);
    buf_add_text(&e->out, "\n");
    e->failed = buf_error(&e->out) != OK ||
                fwrite(e->out.bytes, 1, e->out.length, stdout) != e->out.length;
    return !e->failed;
}

enum cli_exit cli_audit_export(const struct cli *cli)
{
    struct export e = {.add = NULL};
    struct cli_audit_files files;
    const char *wanted = cli_has(cli, CLI_FORMAT) ? cli->text[CLI_FORMAT] : "";

    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        e.add = strcmp(formats[i].name, wanted) == 0 ? formats[i].add : e.add;
    }
    if (e.add == NULL) {
        cli_error("--format ocsf, cloudevents or cef", "no such form: '%.80s'", wanted);
        return CLI_EXIT_USAGE;
    }
    enum cli_exit result = cli_audit_filter(cli, &e.filter);
    if (result == CLI_EXIT_OK) {
        result = cli_audit_files(cli, &files);
    }
    if (result != CLI_EXIT_OK) {
        return result;
    }
    buf_init(&e.out, EXPORT_MAX);
    result = cli_audit_each(&files, on_export, &e);
    if (e.failed || fflush(stdout) != 0) {
        cli_error(NULL, "the records can not be written");
        result = CLI_EXIT_NO;
    }
    buf_fini(&e.out);
    cli_audit_files_fini(&files);
    return result;
}
