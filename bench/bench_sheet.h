/*
 * bench_sheet - what was measured: rows of figures, one value a round for each transport.
 *
 * A row says the median of its rounds, with TLS, without, and their ratio, which is the
 * median of the rounds' own ratios: both values of a ratio are from the same round. A
 * value that is missing, or not a positive finite number, was not measured; a row that
 * lacks one has no median, and is printed as such.
 */
#ifndef BENCH_SHEET_H
#define BENCH_SHEET_H

#include "buf.h"
#include "err.h"

#include <stdbool.h>
#include <stddef.h>

#define BENCH_ROUNDS_MAX 15
#define BENCH_ROWS_MAX   128

enum bench_transport { BENCH_TLS, BENCH_PLAIN, BENCH_TRANSPORTS };

/* Memory may be the same in two runs; times and rates that are, were not measured. */
enum bench_nature { BENCH_VARIES, BENCH_STEADY };

struct bench_row {
    const char *figure; /* a constant */
    char of[24];        /* record size or role; may be empty */
    const char *unit;   /* a constant */
    enum bench_nature nature;
    double values[BENCH_TRANSPORTS][BENCH_ROUNDS_MAX];
    size_t counts[BENCH_TRANSPORTS];
};

struct bench_sheet {
    struct bench_row rows[BENCH_ROWS_MAX];
    size_t count;
    size_t rounds;
};

struct bench_name {
    const char *figure;
    const char *of;
    const char *unit;
    enum bench_nature nature;
};

struct bench_summary {
    double median;
    double min;
    double max;
};

void bench_sheet_init(struct bench_sheet *s, size_t rounds);
/* Adds a value to the row of that name, which is made at its first value. */
enum err bench_sheet_add(struct bench_sheet *s, enum bench_transport transport,
    const struct bench_name *name, double value) MUST_CHECK;
/* NULL: there is none. */
const struct bench_row *bench_sheet_find(
    const struct bench_sheet *s, const char *figure, const char *of);

/* False: not measured in every round. */
bool bench_row_summary(const struct bench_sheet *s, const struct bench_row *row,
    enum bench_transport transport, struct bench_summary *out);
bool bench_row_ratio(
    const struct bench_sheet *s, const struct bench_row *row, double *out);
/* Every row has both. */
bool bench_sheet_complete(const struct bench_sheet *s);

void bench_sheet_add_table(const struct bench_sheet *s, struct buf *out);
/* An array of objects. */
void bench_sheet_add_json(const struct bench_sheet *s, struct buf *out);

#endif
