/* schloss audit tail, search and stats: what stands in the trail, for people. */
#include "cli_audit.h"
#include "cli_output.h"
#include "cli_run.h"
#include "mem.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

#define TAIL_LINES 20
#define TAIL_BYTES ((size_t)4 * 1024 * 1024)
#define ROWS_MAX   100000 /* of a table, which is kept until its widths are known */

static const struct cli_column columns[] = {{"TIME", CLI_CELL_TEXT},
    {"EVENT", CLI_CELL_TEXT}, {"OUTCOME", CLI_CELL_TEXT}, {"PRINCIPAL", CLI_CELL_TEXT},
    {"ADDRESS", CLI_CELL_TEXT}, {"OPERATION", CLI_CELL_TEXT}, {"RESOURCE", CLI_CELL_TEXT},
    {"NAME", CLI_CELL_TEXT}, {"RULE", CLI_CELL_TEXT}, {"DECISION", CLI_CELL_TEXT},
    {"REASON", CLI_CELL_TEXT}, {"COUNT", CLI_CELL_TEXT}};

static void add_cell(struct cli_table *t, struct auditlog_view value)
{
    struct buf plain;

    if (value.len == 0) {
        cli_table_text(t, NULL);
        return;
    }
    buf_init(&plain, AUDITLOG_LINE_MAX + 1);
    auditlog_unescape(value, &plain);
    for (size_t i = 0; i < plain.length; i++) {
        plain.bytes[i] = plain.bytes[i] == '\0' ? '?' : plain.bytes[i];
    }
    buf_add(&plain, "", 1);
    cli_table_text(t, buf_error(&plain) == OK ? (const char *)plain.bytes : NULL);
    buf_fini(&plain);
}

static void add_row(struct cli_table *t, const struct cli_audit_line *l)
{
    add_cell(t, l->time);
    add_cell(t, l->event);
    add_cell(t, l->outcome);
    add_cell(t, l->principal);
    add_cell(t, l->address);
    add_cell(t, l->operation);
    add_cell(t, l->resource);
    add_cell(t, l->name);
    add_cell(t, l->rule);
    add_cell(t, l->decision);
    add_cell(t, l->reason);
    add_cell(t, l->count);
}

/* --- search ------------------------------------------------------------------------- */

struct search {
    struct cli_audit_filter filter;
    bool json; /* lines as they are */
    struct cli_table table;
    uint64_t found;
    uint64_t max; /* 0: no limit */
    bool cut;
};

static bool on_search(void *context, const struct cli_audit_line *line)
{
    struct search *s = context;

    if (!cli_audit_finds(&s->filter, line)) {
        return true;
    }
    if (!s->json && s->found == ROWS_MAX) {
        s->cut = true;
        return false;
    }
    s->found++;
    if (s->json) {
        (void)fwrite(line->whole.ptr, 1, line->whole.len, stdout);
        (void)fputc('\n', stdout);
    } else {
        add_row(&s->table, line);
    }
    return s->max == 0 || s->found < s->max;
}

static enum cli_exit end_search(struct search *s, const struct cli *cli)
{
    enum cli_exit result = CLI_EXIT_OK;

    if (!s->json) {
        result = cli_table_print(&s->table, cli);
    } else if (fflush(stdout) != 0) {
        result = CLI_EXIT_NO;
    }
    if (s->cut) {
        cli_error("with -o json there is no limit", "only the first %d lines are shown",
            ROWS_MAX);
    }
    cli_table_fini(&s->table);
    return result;
}

enum cli_exit cli_audit_search(const struct cli *cli)
{
    struct search s = {.json = cli_form_of(cli) == CLI_FORM_JSON,
        .max = cli_has(cli, CLI_COUNT) ? (uint64_t)cli->number[CLI_COUNT] : 0};
    struct cli_audit_files files;
    enum cli_exit result = cli_audit_filter(cli, &s.filter);

    if (result == CLI_EXIT_OK) {
        result = cli_audit_files(cli, &files);
    }
    if (result != CLI_EXIT_OK) {
        return result;
    }
    cli_table_init(&s.table, columns, sizeof(columns) / sizeof(columns[0]));
    result = cli_audit_each(&files, on_search, &s);
    enum cli_exit printed = end_search(&s, cli);
    cli_audit_files_fini(&files);
    if (result == CLI_EXIT_OK && printed == CLI_EXIT_OK && s.found == 0) {
        return CLI_EXIT_NO;
    }
    return result == CLI_EXIT_OK ? printed : result;
}

/* --- tail --------------------------------------------------------------------------- */

/* The last lines, in a ring. */
struct ring {
    struct cli_audit_filter filter;
    char **lines; /* owned */
    size_t size;
    uint64_t count;
    bool failed;
};

static bool on_tail(void *context, const struct cli_audit_line *line)
{
    struct ring *r = context;

    if (!cli_audit_finds(&r->filter, line)) {
        return true;
    }
    char **slot = &r->lines[r->count % r->size];
    mem_free(*slot);
    *slot = mem_copy_text(line->whole.ptr, line->whole.len);
    r->failed = *slot == NULL;
    r->count++;
    return !r->failed;
}

static void print_ring(const struct ring *r, struct search *s)
{
    struct cli_audit_line line;
    uint64_t first = r->count > r->size ? r->count - r->size : 0;

    s->filter = r->filter;
    for (uint64_t i = first; i < r->count; i++) {
        const char *text = r->lines[i % r->size];
        if (text != NULL && cli_audit_line_read(text, strlen(text), &line)) {
            (void)on_search(s, &line);
        }
    }
}

static enum cli_exit fill_ring(struct ring *r, const struct cli_audit_files *files)
{
    enum cli_exit result = CLI_EXIT_OK;
    size_t from = files->count > 1 ? files->count - 2 : 0;

    for (size_t i = from; i < files->count && result == CLI_EXIT_OK; i++) {
        result = cli_audit_end_of(files->paths[i], TAIL_BYTES, on_tail, r);
    }
    if (r->failed) {
        cli_error(NULL, "%s", err_text(ERR_NOMEM));
        result = CLI_EXIT_NO;
    }
    return result;
}

enum cli_exit cli_audit_tail(const struct cli *cli)
{
    struct search s = {.json = cli_form_of(cli) == CLI_FORM_JSON};
    struct ring r = {.size = TAIL_LINES};
    struct cli_audit_files files;
    enum cli_exit result = cli_audit_filter(cli, &r.filter);

    if (cli_has(cli, CLI_COUNT)) {
        int64_t wanted = cli->number[CLI_COUNT];
        r.size = wanted > ROWS_MAX ? ROWS_MAX : (size_t)wanted;
    }
    if (result == CLI_EXIT_OK) {
        result = cli_audit_files(cli, &files);
    }
    if (result != CLI_EXIT_OK) {
        return result;
    }
    cli_table_init(&s.table, columns, sizeof(columns) / sizeof(columns[0]));
    r.lines = mem_alloc(r.size, sizeof(*r.lines));
    result = r.lines == NULL ? CLI_EXIT_NO : fill_ring(&r, &files);
    if (r.lines != NULL) {
        print_ring(&r, &s);
    }
    enum cli_exit printed = end_search(&s, cli);
    for (size_t i = 0; r.lines != NULL && i < r.size; i++) {
        mem_free(r.lines[i]);
    }
    mem_free(r.lines);
    cli_audit_files_fini(&files);
    return result == CLI_EXIT_OK ? printed : result;
}

/* --- stats -------------------------------------------------------------------------- */

#define KINDS_MAX 128

struct kind {
    char event[64];
    char outcome[32];
    uint64_t lines;
    uint64_t count; /* with what was told of in sum */
    char first[32];
    char last[32];
};

struct stats {
    struct cli_audit_filter filter;
    struct kind kinds[KINDS_MAX];
    size_t used;
};

static void copy(char *out, size_t size, struct auditlog_view value)
{
    (void)text_escape(out, size, value.len == 0 ? "" : value.ptr, value.len);
}

/* What does not fit any more is counted with the last. */
static struct kind *kind_of(struct stats *s, const struct cli_audit_line *line)
{
    struct kind wanted = {.lines = 0};

    copy(wanted.event, sizeof(wanted.event), line->event);
    copy(wanted.outcome, sizeof(wanted.outcome), line->outcome);
    for (size_t i = 0; i < s->used; i++) {
        if (strcmp(s->kinds[i].event, wanted.event) == 0 &&
            strcmp(s->kinds[i].outcome, wanted.outcome) == 0) {
            return &s->kinds[i];
        }
    }
    if (s->used == KINDS_MAX) {
        (void)snprintf(s->kinds[KINDS_MAX - 1].event, sizeof(wanted.event), "other");
        return &s->kinds[KINDS_MAX - 1];
    }
    s->kinds[s->used] = wanted;
    return &s->kinds[s->used++];
}

static bool on_stats(void *context, const struct cli_audit_line *line)
{
    struct stats *s = context;
    int64_t count = 1;

    if (!cli_audit_finds(&s->filter, line)) {
        return true;
    }
    struct kind *k = kind_of(s, line);
    if (line->count.len > 0 &&
        text_to_i64(line->count.ptr, line->count.len, 1, INT64_MAX, &count) != OK) {
        count = 1;
    }
    k->lines++;
    k->count += (uint64_t)count;
    copy(k->last, sizeof(k->last), line->time);
    if (k->lines == 1) {
        memcpy(k->first, k->last, sizeof(k->first));
    }
    return true;
}

enum cli_exit cli_audit_stats(const struct cli *cli)
{
    static const struct cli_column heads[] = {{"EVENT", CLI_CELL_TEXT},
        {"OUTCOME", CLI_CELL_TEXT}, {"LINES", CLI_CELL_NUMBER},
        {"COUNT", CLI_CELL_NUMBER}, {"FIRST", CLI_CELL_TEXT}, {"LAST", CLI_CELL_TEXT}};
    struct cli_audit_files files;
    struct cli_table t;
    struct stats *s = mem_alloc(1, sizeof(*s));
    enum cli_exit result = s == NULL ? CLI_EXIT_NO : cli_audit_filter(cli, &s->filter);

    if (result == CLI_EXIT_OK) {
        result = cli_audit_files(cli, &files);
    }
    if (result != CLI_EXIT_OK) {
        mem_free(s);
        return result;
    }
    s->filter.own = true;
    result = cli_audit_each(&files, on_stats, s);
    cli_table_init(&t, heads, sizeof(heads) / sizeof(heads[0]));
    for (size_t i = 0; i < s->used; i++) {
        const struct kind *k = &s->kinds[i];
        cli_table_text(&t, k->event);
        cli_table_text(&t, k->outcome[0] == '\0' ? NULL : k->outcome);
        cli_table_number(&t, (int64_t)k->lines);
        cli_table_number(&t, (int64_t)k->count);
        cli_table_text(&t, k->first);
        cli_table_text(&t, k->last);
    }
    enum cli_exit printed = cli_table_print(&t, cli);
    cli_table_fini(&t);
    cli_audit_files_fini(&files);
    mem_free(s);
    return result == CLI_EXIT_OK ? printed : result;
}
