/* schloss audit: the lines of a trail, and which of them are asked for. */
#include "cli_audit.h"

#include "auditlog_time.h"
#include "cli_output.h"
#include "clock.h"
#include "text.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- lines -------------------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t offset;
} members[] = {
    {"time", offsetof(struct cli_audit_line, time)},
    {"seq", offsetof(struct cli_audit_line, seq)},
    {"source", offsetof(struct cli_audit_line, source)},
    {"event", offsetof(struct cli_audit_line, event)},
    {"outcome", offsetof(struct cli_audit_line, outcome)},
    {"session", offsetof(struct cli_audit_line, session)},
    {"principal", offsetof(struct cli_audit_line, principal)},
    {"address", offsetof(struct cli_audit_line, address)},
    {"listener", offsetof(struct cli_audit_line, listener)},
    {"mechanism", offsetof(struct cli_audit_line, mechanism)},
    {"client_id", offsetof(struct cli_audit_line, client_id)},
    {"api", offsetof(struct cli_audit_line, api)},
    {"operation", offsetof(struct cli_audit_line, operation)},
    {"resource", offsetof(struct cli_audit_line, resource)},
    {"name", offsetof(struct cli_audit_line, name)},
    {"rule", offsetof(struct cli_audit_line, rule)},
    {"decision", offsetof(struct cli_audit_line, decision)},
    {"reason", offsetof(struct cli_audit_line, reason)},
    {"count", offsetof(struct cli_audit_line, count)},
    {"first_time", offsetof(struct cli_audit_line, first_time)},
    {"hash", offsetof(struct cli_audit_line, hash)},
};

bool cli_audit_line_read(const char *line, size_t length, struct cli_audit_line *out)
{
    struct cli_audit_line l = {.whole = {line, length}};
    struct auditlog_cursor cursor = {.at = line, .left = length};
    struct auditlog_member m;

    while (auditlog_member_next(&cursor, &m)) {
        for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
            if (auditlog_view_is(m.name, members[i].name)) {
                memcpy((char *)&l + members[i].offset, &m.value, sizeof(m.value));
            }
        }
    }
    if (cursor.ended) {
        *out = l;
    }
    return cursor.ended;
}

struct reader {
    bool (*on_line)(void *context, const struct cli_audit_line *line);
    void *context;
    struct buf line;
    bool skips; /* the rest of a line that is too long, or was not seen from its start */
    bool done;
    uint64_t bad;
};

static void end_line(struct reader *r)
{
    struct cli_audit_line line;

    if (!r->skips && buf_error(&r->line) == OK &&
        cli_audit_line_read((const char *)r->line.bytes, r->line.length, &line)) {
        r->done = !r->on_line(r->context, &line);
    } else if (!r->skips) {
        r->bad++;
    }
    r->skips = false;
    buf_reset(&r->line);
}

static void add_bytes(struct reader *r, const char *at, size_t left)
{
    while (left > 0 && !r->done) {
        const char *end = memchr(at, '\n', left);
        size_t n = end == NULL ? left : (size_t)(end - at);
        buf_add(&r->line, at, n);
        if (end != NULL) {
            end_line(r);
            n++;
        }
        at += n;
        left -= n;
    }
}

static enum cli_exit read_one(struct reader *r, const char *path, size_t last_bytes)
{
    char chunk[4096];
    struct stat st;
    ssize_t n = 0;
    int fd = cli_audit_open(path);

    if (fd < 0) {
        return CLI_EXIT_NO;
    }
    if (last_bytes > 0 && fstat(fd, &st) == 0 && st.st_size > (off_t)last_bytes) {
        (void)lseek(fd, st.st_size - (off_t)last_bytes, SEEK_SET);
        r->skips = true;
    }
    while (!r->done && (n = read(fd, chunk, sizeof(chunk))) > 0) {
        add_bytes(r, chunk, (size_t)n);
    }
    if (n < 0) {
        cli_error(NULL, "cannot read %s: %s", path, strerror(errno));
    }
    (void)close(fd);
    buf_reset(&r->line); /* a line that is being written is not a line yet */
    r->skips = false;
    return n < 0 ? CLI_EXIT_NO : CLI_EXIT_OK;
}

enum cli_exit cli_audit_each_counted(const struct cli_audit_files *files,
    bool (*on_line)(void *context, const struct cli_audit_line *line), void *context,
    uint64_t *bad)
{
    struct reader r = {.on_line = on_line, .context = context};
    enum cli_exit result = CLI_EXIT_OK;

    buf_init(&r.line, AUDITLOG_LINE_MAX);
    for (size_t i = 0; i < files->count && result == CLI_EXIT_OK && !r.done; i++) {
        result = read_one(&r, files->paths[i], 0);
    }
    buf_fini(&r.line);
    *bad += r.bad;
    return result;
}

enum cli_exit cli_audit_each(const struct cli_audit_files *files,
    bool (*on_line)(void *context, const struct cli_audit_line *line), void *context)
{
    uint64_t bad = 0;

    return cli_audit_each_counted(files, on_line, context, &bad);
}

enum cli_exit cli_audit_end_of(const char *path, size_t bytes,
    bool (*on_line)(void *context, const struct cli_audit_line *line), void *context)
{
    struct reader r = {.on_line = on_line, .context = context};

    buf_init(&r.line, AUDITLOG_LINE_MAX);
    enum cli_exit result = read_one(&r, path, bytes);
    buf_fini(&r.line);
    return result;
}

/* --- filters ------------------------------------------------------------------------ */

/* A time, or how long ago: 30s 15m 2h 7d. */
static enum err read_when(const char *text, int64_t *out_ms)
{
    static const char units[] = "smhd";
    static const int64_t unit_ms[] = {1000, 60000, 3600000, 86400000};
    size_t length = strlen(text);
    const char *unit = length < 2 ? NULL : strchr(units, text[length - 1]);
    int64_t count = 0;

    if (unit != NULL && text_to_i64(text, length - 1, 0, 1000000, &count) == OK) {
        *out_ms = clock_wall_ms() - count * unit_ms[unit - units];
        return OK;
    }
    return auditlog_time_read(text, length, out_ms);
}

static enum cli_exit read_option(
    const struct cli *cli, enum cli_option option, int64_t *out_ms)
{
    *out_ms = -1;
    if (cli_has(cli, option) && read_when(cli->text[option], out_ms) != OK) {
        cli_error("like 2027-01-31T23:59:59Z, 2027-01-31, or 15m for that long ago",
            "not a time: '%.80s'", cli->text[option]);
        return CLI_EXIT_USAGE;
    }
    return CLI_EXIT_OK;
}

enum cli_exit cli_audit_filter(const struct cli *cli, struct cli_audit_filter *out)
{
    *out = (struct cli_audit_filter){.principal = cli->text[CLI_PRINCIPAL],
        .resource = cli->text[CLI_RESOURCE],
        .decision = cli->text[CLI_DECISION],
        .own = cli_has(cli, CLI_VERBOSE)};
    enum cli_exit result = read_option(cli, CLI_SINCE, &out->since_ms);
    return result == CLI_EXIT_OK ? read_option(cli, CLI_UNTIL, &out->until_ms) : result;
}

/* Whether the value, as JSON has it, stands for this text; prefix: with that before it. */
static bool means(struct auditlog_view value, const char *prefix, const char *text)
{
    struct buf plain;
    size_t skip = strlen(prefix);

    buf_init(&plain, AUDITLOG_LINE_MAX);
    auditlog_unescape(value, &plain);
    bool same = buf_error(&plain) == OK && plain.length == skip + strlen(text) &&
                (skip == 0 || memcmp(plain.bytes, prefix, skip) == 0) &&
                memcmp(plain.bytes + skip, text, strlen(text)) == 0;
    buf_fini(&plain);
    return same;
}

static bool is_principal(struct auditlog_view value, const char *wanted)
{
    return value.len > 0 && (means(value, "", wanted) || means(value, "User:", wanted));
}

/* orders, or topic:orders */
static bool is_resource(const struct cli_audit_line *l, const char *wanted)
{
    const char *colon = strchr(wanted, ':');

    if (l->name.len == 0) {
        return false;
    }
    if (means(l->name, "", wanted)) {
        return true;
    }
    return colon != NULL && l->resource.len == (size_t)(colon - wanted) &&
           strncasecmp(l->resource.ptr, wanted, l->resource.len) == 0 &&
           means(l->name, "", colon + 1);
}

static bool is_in_time(const struct cli_audit_filter *f, const struct cli_audit_line *l)
{
    int64_t time_ms = 0;

    if (f->since_ms < 0 && f->until_ms < 0) {
        return true;
    }
    return auditlog_time_read(l->time.ptr, l->time.len, &time_ms) == OK &&
           (f->since_ms < 0 || time_ms >= f->since_ms) &&
           (f->until_ms < 0 || time_ms < f->until_ms);
}

bool cli_audit_finds(const struct cli_audit_filter *f, const struct cli_audit_line *line)
{
    bool own = auditlog_view_is(line->source, "audit");

    return (f->own || !own || auditlog_view_is(line->event, "gap")) &&
           (f->principal == NULL || is_principal(line->principal, f->principal)) &&
           (f->resource == NULL || is_resource(line, f->resource)) &&
           (f->decision == NULL ||
               (line->decision.len > 0 && means(line->decision, "", f->decision))) &&
           is_in_time(f, line);
}
