/*
 * report - errors in files that people write, in one shape.
 *
 *     file:line:column: error: what was found [CODE]
 *        12 | the line
 *           |     ^~~~
 *       help: what to do
 *
 * Trust: file names are ours; lines and words are the file's and come out escaped, so
 * that a file cannot write to a terminal. At most REPORT_SHOWN_MAX errors and as many
 * warnings are printed; all are counted.
 *
 * Ownership: borrows the buffer and every place; keeps nothing of a place.
 */
#ifndef REPORT_H
#define REPORT_H

#include "buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPORT_SHOWN_MAX 200

/* One error or warning, for a program; texts as they are, not escaped. */
struct report_message {
    const char *severity; /* "error", "warning" */
    const char *directory;
    const char *file;
    uint32_t line;
    size_t column;    /* in characters, from 1; 0: no place in the line */
    size_t span;      /* in characters; 0: no place in the line */
    const char *code; /* "" where there is none */
    const char *message;
    const char *help; /* "" where there is none */
};

struct report {
    struct buf *out;       /* borrowed */
    const char *directory; /* borrowed: stands before the names of files */
    size_t errors;
    size_t warnings;
    /* Told of each message that is printed; NULL: nobody. */
    void (*on_message)(void *context, const struct report_message *m);
    void *context;
};

struct report_place {
    const char *file;
    uint32_t line;    /* from 1 */
    const char *text; /* the line, without its end; NULL: do not show it */
    size_t length;
    size_t offset; /* byte in the line where the fault begins */
    size_t span;   /* bytes; 0 counts as 1 */
};

void report_init(struct report *r, struct buf *out);
/* help may be NULL. */
void report_error(struct report *r, const struct report_place *place, const char *code,
    const char *help, const char *format, ...) __attribute__((format(printf, 5, 6)));
/* The same with the word `warning`; counted apart. */
void report_warning(struct report *r, const struct report_place *place, const char *code,
    const char *help, const char *format, ...) __attribute__((format(printf, 5, 6)));
/*
 * An error that needs no place in the line and no code:
 *
 *     file:line: message
 *        12 | the line
 *       got: what there was instead
 */
void report_failed(struct report *r, const struct report_place *place, const char *got,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The last line: how many, and what follows from it. Nothing where there was no error. */
void report_finish(struct report *r, const char *file, const char *consequence);

/* The nearest candidate to a word, kept up while candidates are offered one by one. */
struct report_nearest {
    const char *word;
    const char *best; /* borrowed: a candidate; NULL: none is near enough */
    size_t distance;
};

void report_nearest_offer(struct report_nearest *n, const char *candidate);

#endif
