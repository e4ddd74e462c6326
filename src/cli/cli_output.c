#include "cli_output.h"

#include "mem.h"
#include "text.h"

#include <ctype.h>
#include <libsmartcols.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define OUTPUT_MAX ((size_t)1 << 30)

void cli_table_init(
    struct cli_table *t, const struct cli_column *columns, size_t columns_count)
{
    *t = (struct cli_table){.columns = columns, .columns_count = columns_count};
}

void cli_table_fini(struct cli_table *t)
{
    for (size_t i = 0; i < t->cells_count; i++) {
        mem_free(t->cells[i]);
    }
    mem_free(t->cells);
    *t = (struct cli_table){.columns = t->columns, .columns_count = t->columns_count};
}

void cli_table_text(struct cli_table *t, const char *text)
{
    if (t->error != OK) {
        return;
    }
    if (t->cells_count == t->cells_capacity) {
        size_t capacity = t->cells_capacity == 0 ? 64 : t->cells_capacity * 2;
        char **cells = mem_resize(t->cells, capacity, sizeof(char *));
        if (cells == NULL) {
            t->error = ERR_NOMEM;
            return;
        }
        t->cells = cells;
        t->cells_capacity = capacity;
    }
    char *copy = text == NULL ? NULL : mem_copy_text(text, strlen(text));
    if (text != NULL && copy == NULL) {
        t->error = ERR_NOMEM;
        return;
    }
    t->cells[t->cells_count++] = copy;
}

void cli_table_number(struct cli_table *t, int64_t number)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%lld", (long long)number);
    cli_table_text(t, text);
}

void cli_add_safe(struct buf *b, const void *bytes, size_t length, bool reversible)
{
    text_add_safe(b, bytes, length, reversible);
}

static void add_json_key(struct buf *b, const char *name)
{
    buf_add_text(b, "\"");
    for (; *name != '\0'; name++) {
        char c = *name == '-' ? '_' : (char)tolower((unsigned char)*name);
        buf_add(b, &c, 1);
    }
    buf_add_text(b, "\": ");
}

static void add_json_names(struct buf *b, const char *names)
{
    buf_add_text(b, "[");
    while (*names != '\0') {
        const size_t length = strcspn(names, ":");
        text_add_json(b, names, length);
        names += length;
        if (*names == ':') {
            buf_add_text(b, ", ");
            names++;
        }
    }
    buf_add_text(b, "]");
}

static void add_json_cell(struct buf *b, const char *cell, enum cli_cell kind)
{
    if (cell == NULL) {
        buf_add_text(b, "null");
        return;
    }
    switch (kind) {
    case CLI_CELL_TEXT:
        text_add_json(b, cell, strlen(cell));
        break;
    case CLI_CELL_NUMBER:
        buf_add_text(b, cell);
        break;
    case CLI_CELL_NUMBERS:
        buf_add_text(b, "[");
        buf_add_text(b, cell);
        buf_add_text(b, "]");
        break;
    case CLI_CELL_NAMES:
        add_json_names(b, cell);
        break;
    }
}

static void write_json(const struct cli_table *t, struct buf *out)
{
    buf_add_text(out, "[");
    for (size_t i = 0; i < t->cells_count; i++) {
        size_t column = i % t->columns_count;
        if (column == 0) {
            buf_add_text(out, i == 0 ? "\n  {" : ",\n  {");
        } else {
            buf_add_text(out, ", ");
        }
        add_json_key(out, t->columns[column].name);
        add_json_cell(out, t->cells[i], t->columns[column].cell);
        if (column + 1 == t->columns_count) {
            buf_add_text(out, "}");
        }
    }
    buf_add_text(out, t->cells_count == 0 ? "]\n" : "\n]\n");
}

static void write_tsv(const struct cli_table *t, bool header, struct buf *out)
{
    for (size_t i = 0; i < t->columns_count && header; i++) {
        buf_add_text(out, t->columns[i].name);
        buf_add_text(out, i + 1 == t->columns_count ? "\n" : "\t");
    }
    for (size_t i = 0; i < t->cells_count; i++) {
        const char *cell = t->cells[i] == NULL ? "" : t->cells[i];
        cli_add_safe(out, cell, strlen(cell), true);
        buf_add_text(out, (i + 1) % t->columns_count == 0 ? "\n" : "\t");
    }
}

enum err cli_table_write(
    const struct cli_table *t, enum cli_form form, bool header, struct buf *out)
{
    if (t->error != OK) {
        return t->error;
    }
    INVARIANT(form != CLI_FORM_TABLE && t->cells_count % t->columns_count == 0);
    if (form == CLI_FORM_JSON) {
        write_json(t, out);
    } else {
        write_tsv(t, header, out);
    }
    return buf_error(out);
}

static enum err fill_smartcols(struct libscols_table *s, const struct cli_table *t)
{
    struct libscols_line *line = NULL;
    struct buf cell;
    enum err e = OK;

    for (size_t i = 0; i < t->columns_count && e == OK; i++) {
        int flags = t->columns[i].cell == CLI_CELL_NUMBER ? SCOLS_FL_RIGHT : 0;
        e = scols_table_new_column(s, t->columns[i].name, 0, flags) == NULL ? ERR_NOMEM
                                                                            : OK;
    }
    buf_init(&cell, OUTPUT_MAX);
    for (size_t i = 0; i < t->cells_count && e == OK; i++) {
        const char *text = t->cells[i] == NULL ? "-" : t->cells[i];
        line = i % t->columns_count == 0 ? scols_table_new_line(s, NULL) : line;
        buf_reset(&cell);
        cli_add_safe(&cell, text, strlen(text), true);
        buf_add(&cell, "", 1);
        e = buf_error(&cell);
        if (e == OK && (line == NULL || scols_line_set_data(line, i % t->columns_count,
                                            (const char *)cell.bytes) != 0)) {
            e = ERR_NOMEM;
        }
    }
    buf_fini(&cell);
    return e;
}

static enum err print_smartcols(const struct cli_table *t, bool header)
{
    struct libscols_table *s = scols_new_table();
    if (s == NULL) {
        return ERR_NOMEM;
    }
    enum err e = fill_smartcols(s, t);
    if (e == OK) {
        (void)scols_table_enable_noheadings(s, header ? 0 : 1);
        e = scols_print_table(s) == 0 ? OK : ERR_IO;
    }
    scols_unref_table(s);
    return e;
}

enum cli_form cli_form_of(const struct cli *cli)
{
    const char *form = cli->text[CLI_OUTPUT];

    if (form == NULL) {
        return isatty(STDOUT_FILENO) ? CLI_FORM_TABLE : CLI_FORM_TSV;
    }
    if (strcmp(form, "json") == 0) {
        return CLI_FORM_JSON;
    }
    return strcmp(form, "tsv") == 0 ? CLI_FORM_TSV : CLI_FORM_TABLE;
}

enum cli_exit cli_table_print(const struct cli_table *t, const struct cli *cli)
{
    const enum cli_form form = cli_form_of(cli);
    const bool header = !cli_has(cli, CLI_NO_HEADER);
    enum err e = t->error;
    struct buf out;

    buf_init(&out, OUTPUT_MAX);
    if (e == OK && form == CLI_FORM_TABLE) {
        e = print_smartcols(t, header);
    } else if (e == OK) {
        e = cli_table_write(t, form, header, &out);
    }
    if (e == OK && out.length > 0 &&
        fwrite(out.bytes, 1, out.length, stdout) != out.length) {
        e = ERR_IO;
    }
    if (e == OK && fflush(stdout) != 0) {
        e = ERR_IO;
    }
    buf_fini(&out);
    if (e != OK) {
        cli_error(NULL, "cannot write the result: %s", err_text(e));
        return CLI_EXIT_NO;
    }
    return CLI_EXIT_OK;
}

void cli_error(const char *help, const char *format, ...)
{
    char line[2048];
    struct buf safe;
    va_list args;

    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    buf_init(&safe, 16384);
    cli_add_safe(&safe, line, strlen(line), false);
    (void)fprintf(stderr, "schloss: %.*s\n", (int)safe.length,
        safe.bytes == NULL ? "" : (const char *)safe.bytes);
    if (help != NULL) {
        (void)fprintf(stderr, "  help: %s\n", help);
    }
    buf_fini(&safe);
}
