/*
 * policytool_table - rows of text: columns side by side for people, objects for programs.
 *
 * Column names are part of the interface: they never change. In JSON they are lower case.
 *
 * Trust: cells may hold what files say; in text they come out safe for a terminal.
 *
 * Ownership: owns its cells. Errors stick and are returned by the write.
 */
#ifndef POLICYTOOL_TABLE_H
#define POLICYTOOL_TABLE_H

#include "buf.h"

#include <stdbool.h>

struct policytool_table {
    const char *const *columns; /* borrowed: upper case, one word */
    size_t width;               /* how many there are */
    struct buf text;            /* of all cells, each with a NUL */
    size_t cells;
};

void policytool_table_init(
    struct policytool_table *t, const char *const *columns, size_t width);
void policytool_table_fini(struct policytool_table *t);
/* Where the text of the next cell is written; policytool_table_next() ends it. */
struct buf *policytool_table_cell(struct policytool_table *t);
void policytool_table_next(struct policytool_table *t);
void policytool_table_add(struct policytool_table *t, const char *cell);
enum err policytool_table_write(
    const struct policytool_table *t, bool as_json, struct buf *out) MUST_CHECK;
/* In text that line where there is no row. */
enum err policytool_table_write_or(const struct policytool_table *t, bool as_json,
    const char *nothing, struct buf *out) MUST_CHECK;

#endif
