/*
 * cli_output - rows for people (a table), for pipes (TSV) and for programs (JSON).
 *
 * Column names are part of the interface: they never change. In JSON they are lower case
 * with '_'.
 *
 * Trust: cells may hold what a peer chose (topics, client ids). Whatever could steer a
 * terminal is shown as \xNN.
 *
 * Ownership: a table copies what is added. Errors stick and are returned by the print.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "buf.h"
#include "cli_command.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum cli_form { CLI_FORM_TABLE, CLI_FORM_TSV, CLI_FORM_JSON };

enum cli_cell {
    CLI_CELL_TEXT,
    CLI_CELL_NUMBER,
    CLI_CELL_NUMBERS, /* 1,2,3 */
    CLI_CELL_NAMES,   /* a:b c:d, of names that hold no ':' */
};

struct cli_column {
    const char *name; /* upper case, '-' between words */
    enum cli_cell cell;
};

struct cli_table {
    const struct cli_column *columns; /* borrowed: a constant */
    size_t columns_count;
    char **cells; /* owned; NULL: nothing there */
    size_t cells_count;
    size_t cells_capacity;
    enum err error;
};

void cli_table_init(
    struct cli_table *t, const struct cli_column *columns, size_t columns_count);
void cli_table_fini(struct cli_table *t);
/* The next cell, left to right, row after row. text may be NULL: nothing there. */
void cli_table_text(struct cli_table *t, const char *text);
void cli_table_number(struct cli_table *t, int64_t number);

/* What -o says, or what stdout is. */
enum cli_form cli_form_of(const struct cli *cli);
/* Appends the rows; the form is not a table. */
enum err cli_table_write(const struct cli_table *t, enum cli_form form, bool header,
    struct buf *out) MUST_CHECK;
/* On stdout, as the command line wants it. CLI_EXIT_NO: it could not be written. */
enum cli_exit cli_table_print(const struct cli_table *t, const struct cli *cli);

/*
 * Text that is safe on a terminal: control characters and bytes that are not UTF-8 as
 * \xNN. With reversible, tab, newline and backslash become \t, \n and \\ too, for a cell
 * of TSV.
 */
void cli_add_safe(struct buf *b, const void *bytes, size_t length, bool reversible);

/* `schloss: what` and, unless NULL, a help line, on stderr. */
void cli_error(const char *help, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
