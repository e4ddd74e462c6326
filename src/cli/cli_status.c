/* schloss status, reload: how the broker is, and its files read again. */
#include "cli_admin.h"
#include "cli_run.h"
#include "expiry.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define JSON_MAX    ((size_t)1024 * 1024)

/* ---- rows ---- */

static const struct cli_column columns[] = {{"WHAT", CLI_CELL_TEXT},
    {"NAME", CLI_CELL_TEXT}, {"VALUE", CLI_CELL_TEXT}, {"SINCE", CLI_CELL_TEXT},
    {"COUNT", CLI_CELL_NUMBER}};

static void add_row(struct cli_table *t, const char *what, struct wire_view name,
    struct wire_view value, int64_t since_ms)
{
    cli_table_text(t, what);
    cli_admin_add_text(t, name);
    cli_admin_add_text(t, value);
    cli_admin_add_time(t, since_ms);
}

static void add_count(struct cli_table *t, const char *name, int32_t count)
{
    add_row(t, "count", cli_admin_view(name), (struct wire_view){0}, 0);
    cli_table_number(t, count);
}

static void add_listeners(struct cli_table *t, const struct status_response *r)
{
    const struct status_response_listener *l = r->listeners.items;
    char place[600];

    for (int32_t i = 0; i < r->listeners.count; i++) {
        (void)snprintf(place, sizeof(place), "%.*s %.*s:%d", (int)l[i].protocol.len,
            (const char *)l[i].protocol.ptr, (int)l[i].host.len,
            (const char *)l[i].host.ptr, l[i].port);
        add_row(t, "listener", l[i].name, cli_admin_view(place), 0);
        cli_table_number(t, l[i].sessions);
    }
}

static void add_rows(struct cli_table *t, const struct status_response *r)
{
    const struct status_response_process *p = r->processes.items;
    const struct status_response_part *part = r->reload.items;
    const struct status_response_certificate *c = r->certificates.items;

    add_row(t, "broker", r->cluster_id, r->version, r->started_ms);
    cli_table_text(t, NULL);
    for (int32_t i = 0; i < r->processes.count; i++) {
        add_row(t, "process", p[i].name, p[i].state, p[i].since_ms);
        cli_table_number(t, p[i].restarts);
    }
    add_listeners(t, r);
    add_count(t, "sessions", r->sessions);
    add_count(t, "authenticated", r->authenticated);
    add_count(t, "topics", r->topics);
    add_count(t, "groups", r->groups);
    for (int32_t i = 0; i < r->reload.count; i++) {
        add_row(t, "reload", part[i].name, part[i].code, r->reloaded_ms);
        cli_table_text(t, NULL);
    }
    const struct status_response_policy *policy = r->policies.items;
    for (int32_t i = 0; i < r->policies.count; i++) {
        add_row(t, "policy", policy[i].file, policy[i].hash, policy[i].since_ms);
        cli_table_number(t, policy[i].rules);
    }
    for (int32_t i = 0; i < r->certificates.count; i++) {
        add_row(t, "certificate", c[i].name, (struct wire_view){0}, c[i].not_after_ms);
        cli_table_text(t, NULL);
    }
}

/* ---- JSON ---- */

static void json_text(struct buf *b, const char *name, struct wire_view text)
{
    buf_add_format(b, "\"%s\": ", name);
    text_add_json(b, text.ptr, text.len);
}

static void json_number(struct buf *b, const char *name, int64_t number)
{
    buf_add_format(b, "\"%s\": %lld", name, (long long)number);
}

static void json_processes(struct buf *b, const struct status_response *r)
{
    const struct status_response_process *p = r->processes.items;

    buf_add_text(b, "  \"processes\": [");
    for (int32_t i = 0; i < r->processes.count; i++) {
        buf_add_text(b, i == 0 ? "\n    {" : ",\n    {");
        json_text(b, "name", p[i].name);
        buf_add_text(b, ", ");
        json_text(b, "state", p[i].state);
        buf_add_text(b, ", ");
        json_number(b, "restarts", p[i].restarts);
        buf_add_text(b, ", ");
        json_number(b, "since_ms", p[i].since_ms);
        buf_add_text(b, "}");
    }
    buf_add_text(b, "],\n");
}

static void json_listeners(struct buf *b, const struct status_response *r)
{
    const struct status_response_listener *l = r->listeners.items;

    buf_add_text(b, "  \"listeners\": [");
    for (int32_t i = 0; i < r->listeners.count; i++) {
        buf_add_text(b, i == 0 ? "\n    {" : ",\n    {");
        json_text(b, "name", l[i].name);
        buf_add_text(b, ", ");
        json_text(b, "protocol", l[i].protocol);
        buf_add_text(b, ", ");
        json_text(b, "host", l[i].host);
        buf_add_text(b, ", ");
        json_number(b, "port", l[i].port);
        buf_add_text(b, ", ");
        json_text(b, "mechanisms", l[i].mechanisms);
        buf_add_text(b, ", ");
        json_number(b, "sessions", l[i].sessions);
        buf_add_text(b, "}");
    }
    buf_add_text(b, "],\n");
}

static void json_policy(struct buf *b, const struct status_response_policy *p)
{
    buf_add_text(b, "{");
    json_text(b, "mode", p->mode);
    buf_add_text(b, ", ");
    json_text(b, "file", p->file);
    buf_add_text(b, ", ");
    json_number(b, "serial", p->serial);
    buf_add_text(b, ", ");
    json_text(b, "hash", p->hash);
    buf_add_text(b, ", ");
    json_number(b, "since_ms", p->since_ms);
    buf_add_text(b, ", ");
    json_number(b, "refused_ms", p->refused_ms);
    buf_add_text(b, ", ");
    json_number(b, "rules", p->rules);
    buf_add_text(b, "}");
}

static bool is_permissive(const struct status_response_policy *p)
{
    return p->mode.len == 10 && memcmp(p->mode.ptr, "permissive", 10) == 0;
}

/* The one in force, and the one that only says what it would do. */
static void json_policies(struct buf *b, const struct status_response *r)
{
    const struct status_response_policy *p = r->policies.items;
    const struct status_response_policy *shown[2] = {NULL, NULL};
    static const char *const names[2] = {"policy", "permissive"};

    for (int32_t i = 0; i < r->policies.count; i++) {
        shown[is_permissive(&p[i]) ? 1 : 0] = &p[i];
    }
    for (int i = 0; i < 2; i++) {
        buf_add_format(b, "  \"%s\": ", names[i]);
        if (shown[i] == NULL) {
            buf_add_text(b, "null");
        } else {
            json_policy(b, shown[i]);
        }
        buf_add_text(b, ",\n");
    }
}

static void json_parts(struct buf *b, const struct wire_array *parts)
{
    const struct status_response_part *p = parts->items;

    buf_add_text(b, "[");
    for (int32_t i = 0; i < parts->count; i++) {
        buf_add_text(b, i == 0 ? "{" : ", {");
        json_text(b, "name", p[i].name);
        buf_add_text(b, ", ");
        json_text(b, "code", p[i].code);
        buf_add_text(b, "}");
    }
    buf_add_text(b, "]");
}

/* As in the log: 30, 7 and 1 days before the end. */
static const char *step_text(enum expiry step)
{
    switch (step) {
    case EXPIRY_FAR:
        return "far";
    case EXPIRY_30_DAYS:
        return "30 days";
    case EXPIRY_7_DAYS:
        return "7 days";
    case EXPIRY_1_DAY:
        return "1 day";
    case EXPIRY_OVER:
        return "expired";
    }
    return "unknown";
}

static void json_certificates(struct buf *b, const struct status_response *r)
{
    const struct status_response_certificate *c = r->certificates.items;

    buf_add_text(b, "  \"certificates\": [");
    for (int32_t i = 0; i < r->certificates.count; i++) {
        buf_add_text(b, i == 0 ? "{" : ", {");
        json_text(b, "name", c[i].name);
        buf_add_text(b, ", ");
        json_number(b, "not_after_ms", c[i].not_after_ms);
        buf_add_text(b, ", ");
        json_number(
            b, "days_left", expiry_days(c[i].not_after_ms / 1000, r->now_ms / 1000));
        buf_add_text(b, ", ");
        json_text(b, "ends_within",
            cli_admin_view(
                step_text(expiry_step(c[i].not_after_ms / 1000, r->now_ms / 1000))));
        buf_add_text(b, "}");
    }
    buf_add_text(b, "]\n");
}

static void write_json(struct buf *b, const struct status_response *r)
{
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {{"now_ms", r->now_ms}, {"started_ms", r->started_ms},
        {"uptime_ms", r->now_ms - r->started_ms}, {"sessions", r->sessions},
        {"authenticated", r->authenticated}, {"topics", r->topics}, {"groups", r->groups},
        {"reloaded_ms", r->reloaded_ms}};

    buf_add_text(b, "{\n  ");
    json_text(b, "version", r->version);
    buf_add_text(b, ",\n  ");
    json_text(b, "cluster_id", r->cluster_id);
    buf_add_text(b, ",\n");
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        buf_add_text(b, "  ");
        json_number(b, numbers[i].name, numbers[i].value);
        buf_add_text(b, ",\n");
    }
    json_processes(b, r);
    json_listeners(b, r);
    json_policies(b, r);
    buf_add_text(b, "  \"reload\": ");
    json_parts(b, &r->reload);
    buf_add_text(b, ",\n");
    json_certificates(b, r);
    buf_add_text(b, "}\n");
}

/* ---- status ---- */

static enum cli_exit print_json(const struct status_response *r)
{
    struct buf b;

    buf_init(&b, JSON_MAX);
    write_json(&b, r);
    bool written = buf_error(&b) == OK &&
                   fwrite(b.bytes, 1, b.length, stdout) == b.length &&
                   fflush(stdout) == 0;
    buf_fini(&b);
    if (!written) {
        cli_error(NULL, "cannot write the result");
    }
    return written ? CLI_EXIT_OK : CLI_EXIT_NO;
}

static enum cli_exit print_status(const struct cli *cli, const struct status_response *r)
{
    struct cli_table t;

    if (cli_form_of(cli) == CLI_FORM_JSON) {
        return print_json(r);
    }
    cli_table_init(&t, columns, COUNT_OF(columns));
    add_rows(&t, r);
    enum cli_exit result = cli_table_print(&t, cli);
    cli_table_fini(&t);
    return result;
}

enum cli_exit cli_status(const struct cli *cli)
{
    const struct status_request request = {.processes = true};
    struct cli_admin a;
    const void *answer = NULL;

    enum cli_exit result = cli_admin_open(&a, cli);
    if (result == CLI_EXIT_OK) {
        result = cli_admin_call(&a, WIRE_ADMIN_STATUS, &request, &answer);
    }
    if (result == CLI_EXIT_OK) {
        const struct status_response *r = answer;
        result = cli_admin_check(r->error_code, r->error_message, "ask for the status");
        result = result == CLI_EXIT_OK ? print_status(cli, r) : result;
    }
    cli_admin_close(&a);
    return result;
}

/* ---- reload ---- */

static enum cli_exit print_parts(const struct cli *cli, const struct reload_response *r)
{
    static const struct cli_column part_columns[] = {
        {"PART", CLI_CELL_TEXT}, {"CODE", CLI_CELL_TEXT}};
    const struct status_response_part *p = r->parts.items;
    int32_t taken = 0;
    struct cli_table t;

    cli_table_init(&t, part_columns, COUNT_OF(part_columns));
    for (int32_t i = 0; i < r->parts.count; i++) {
        cli_admin_add_text(&t, p[i].name);
        cli_admin_add_text(&t, p[i].code);
        taken += p[i].code.len == 6 && memcmp(p[i].code.ptr, "REL001", 6) == 0 ? 1 : 0;
    }
    enum cli_exit result = cli_table_print(&t, cli);
    cli_table_fini(&t);
    if (result != CLI_EXIT_OK || taken == r->parts.count) {
        return result;
    }
    if (!cli_admin_is_recorded(&r->parts) && taken == r->parts.count - 1) {
        return CLI_EXIT_PARTIAL;
    }
    cli_error("the log of schlossd says why", "not everything was taken");
    return taken > 0 ? CLI_EXIT_PARTIAL : CLI_EXIT_NO;
}

enum cli_exit cli_reload(const struct cli *cli)
{
    const struct reload_request request = {.wait = true};
    struct cli_admin a;
    const void *answer = NULL;

    enum cli_exit result = cli_admin_open(&a, cli);
    if (result == CLI_EXIT_OK) {
        result = cli_admin_call(&a, WIRE_ADMIN_RELOAD, &request, &answer);
    }
    if (result == CLI_EXIT_OK) {
        const struct reload_response *r = answer;
        result = cli_admin_check(r->error_code, r->error_message, "reload");
        result = result == CLI_EXIT_OK ? print_parts(cli, r) : result;
    }
    cli_admin_close(&a);
    return result;
}
