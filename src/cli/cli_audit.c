#include "cli_audit.h"

#include "auditlog_time.h"
#include "cli_output.h"
#include "clock.h"
#include "mem.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK    65536
#define LOG_NAME "audit.log"

/* --- files -------------------------------------------------------------------------- */

static enum err add_path(struct cli_audit_files *f, const char *path)
{
    if (f->count == CLI_AUDIT_FILES_MAX) {
        return ERR_FULL;
    }
    if (f->count == f->capacity) {
        size_t capacity = f->capacity == 0 ? 64 : 2 * f->capacity;
        char **more = mem_resize(f->paths, capacity, sizeof(*more));
        if (more == NULL) {
            return ERR_NOMEM;
        }
        f->paths = more;
        f->capacity = capacity;
    }
    f->paths[f->count] = mem_copy_text(path, strlen(path));
    if (f->paths[f->count] == NULL) {
        return ERR_NOMEM;
    }
    f->count++;
    return OK;
}

void cli_audit_files_fini(struct cli_audit_files *f)
{
    for (size_t i = 0; i < f->count; i++) {
        mem_free(f->paths[i]);
    }
    mem_free(f->paths);
    *f = (struct cli_audit_files){.paths = NULL};
}

/* audit-000001.log; 0: another name. */
static int64_t number_of(const char *name)
{
    size_t length = strlen(name);
    int64_t number = 0;

    if (length < 16 || length > 19 || strncmp(name, "audit-", 6) != 0 ||
        strcmp(name + length - 4, ".log") != 0 ||
        text_to_i64(name + 6, length - 10, 1, 999999999, &number) != OK) {
        return 0;
    }
    return number;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = number_of(last_part(*(char *const *)a));
    int64_t y = number_of(last_part(*(char *const *)b));

    return x < y ? -1 : x > y;
}

static enum err add_directory(struct cli_audit_files *f, const char *dir)
{
    char path[4096];
    DIR *entries = opendir(dir);
    const struct dirent *entry;
    enum err e = entries == NULL ? ERR_IO : OK;

    while (e == OK && (entry = readdir(entries)) != NULL) {
        if (number_of(entry->d_name) > 0) {
            (void)snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
            e = add_path(f, path);
        }
    }
    if (entries != NULL) {
        (void)closedir(entries);
    }
    if (e == OK && f->count > 1) {
        qsort(f->paths, f->count, sizeof(f->paths[0]), by_number);
    }
    (void)snprintf(path, sizeof(path), "%s/" LOG_NAME, dir);
    if (e == OK && access(path, F_OK) == 0) {
        e = add_path(f, path);
    }
    (void)snprintf(f->head, sizeof(f->head), "%s/audit.head", dir);
    f->is_directory = true;
    return e;
}

/* A file that is still appended to has its anchor beside it. */
static void find_head(struct cli_audit_files *f)
{
    const char *last = f->paths[f->count - 1];
    const char *name = last_part(last);

    if (strcmp(name, LOG_NAME) == 0) {
        (void)snprintf(
            f->head, sizeof(f->head), "%.*saudit.head", (int)(name - last), last);
    }
}

static bool is_directory(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

enum cli_exit cli_audit_files(const struct cli *cli, struct cli_audit_files *out)
{
    static const char *const usual[] = {CLI_AUDIT_DIR};
    const char *const *args = cli->args_count == 0 ? usual : cli->args;
    size_t count = cli->args_count == 0 ? 1 : cli->args_count;
    enum err e = OK;

    *out = (struct cli_audit_files){.paths = NULL};
    if (count == 1 && is_directory(args[0])) {
        e = add_directory(out, args[0]);
    }
    for (size_t i = 0; e == OK && !out->is_directory && i < count; i++) {
        if (access(args[i], R_OK) != 0 || is_directory(args[i])) {
            cli_error("name one directory, or files in their order", "cannot read %s: %s",
                args[i], is_directory(args[i]) ? "a directory" : strerror(errno));
            cli_audit_files_fini(out);
            return CLI_EXIT_USAGE;
        }
        e = add_path(out, args[i]);
    }
    if (e != OK || out->count == 0) {
        cli_error("group `audit.group` may read it", "%s: %s", args[0],
            e == ERR_IO ? strerror(errno)
                        : (e == OK ? "there is no audit file in it" : err_text(e)));
        cli_audit_files_fini(out);
        return CLI_EXIT_USAGE;
    }
    if (!out->is_directory) {
        find_head(out);
    }
    return CLI_EXIT_OK;
}

enum cli_exit cli_audit_read_file(const char *path, struct buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = -1;

    while (fd >= 0) {
        uint8_t *room = buf_reserve(out, 4096);
        n = room == NULL ? -1 : read(fd, room, 4096);
        if (n <= 0) {
            break;
        }
        buf_grew(out, (size_t)n);
    }
    if (n < 0) {
        cli_error(NULL, "cannot read %s: %s", path,
            buf_error(out) != OK ? err_text(buf_error(out)) : strerror(errno));
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return n < 0 ? CLI_EXIT_NO : CLI_EXIT_OK;
}

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
    ssize_t n = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd >= 0 && last_bytes > 0 && fstat(fd, &st) == 0 &&
        st.st_size > (off_t)last_bytes) {
        (void)lseek(fd, st.st_size - (off_t)last_bytes, SEEK_SET);
        r->skips = true;
    }
    while (fd >= 0 && !r->done && (n = read(fd, chunk, sizeof(chunk))) > 0) {
        add_bytes(r, chunk, (size_t)n);
    }
    if (n < 0) {
        cli_error(NULL, "cannot read %s: %s", path, strerror(errno));
    }
    if (fd >= 0) {
        (void)close(fd);
    }
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
