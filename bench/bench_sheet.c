#include "bench_sheet.h"

#include "text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bench_sheet_init(struct bench_sheet *s, size_t rounds)
{
    INVARIANT(rounds > 0 && rounds <= BENCH_ROUNDS_MAX);
    s->count = 0;
    s->rounds = rounds;
}

static size_t find(const struct bench_sheet *s, const char *figure, const char *of)
{
    size_t i = 0;

    while (i < s->count &&
           (strcmp(s->rows[i].figure, figure) != 0 || strcmp(s->rows[i].of, of) != 0)) {
        i++;
    }
    return i;
}

const struct bench_row *bench_sheet_find(
    const struct bench_sheet *s, const char *figure, const char *of)
{
    size_t i = find(s, figure, of);

    return i < s->count ? &s->rows[i] : NULL;
}

enum err bench_sheet_add(struct bench_sheet *s, enum bench_transport transport,
    const struct bench_name *name, double value)
{
    size_t i = find(s, name->figure, name->of);

    if (i == BENCH_ROWS_MAX) {
        return ERR_FULL;
    }
    struct bench_row *row = &s->rows[i];
    if (i == s->count) {
        *row = (struct bench_row){
            .figure = name->figure, .unit = name->unit, .nature = name->nature};
        (void)snprintf(row->of, sizeof(row->of), "%s", name->of);
        s->count++;
    }
    if (row->counts[transport] == s->rounds) {
        return ERR_FULL;
    }
    row->values[transport][row->counts[transport]++] = value;
    return OK;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(const double *values, size_t count)
{
    double sorted[BENCH_ROUNDS_MAX];

    memcpy(sorted, values, count * sizeof(sorted[0]));
    qsort(sorted, count, sizeof(sorted[0]), compare);
    return count % 2 == 1 ? sorted[count / 2]
                          : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

bool bench_row_summary(const struct bench_sheet *s, const struct bench_row *row,
    enum bench_transport transport, struct bench_summary *out)
{
    const double *values = row->values[transport];
    struct bench_summary summary = {.min = INFINITY, .max = 0};

    if (row->counts[transport] != s->rounds) {
        return false;
    }
    for (size_t i = 0; i < s->rounds; i++) {
        if (!isfinite(values[i]) || values[i] <= 0) {
            return false;
        }
        summary.min = fmin(summary.min, values[i]);
        summary.max = fmax(summary.max, values[i]);
    }
    summary.median = median(values, s->rounds);
    *out = summary;
    return true;
}

bool bench_row_ratio(
    const struct bench_sheet *s, const struct bench_row *row, double *out)
{
    double ratios[BENCH_ROUNDS_MAX];
    struct bench_summary unused;

    if (!bench_row_summary(s, row, BENCH_TLS, &unused) ||
        !bench_row_summary(s, row, BENCH_PLAIN, &unused)) {
        return false;
    }
    for (size_t i = 0; i < s->rounds; i++) {
        ratios[i] = row->values[BENCH_TLS][i] / row->values[BENCH_PLAIN][i];
    }
    *out = median(ratios, s->rounds);
    return true;
}

bool bench_sheet_complete(const struct bench_sheet *s)
{
    double unused;
    bool complete = s->count > 0;

    for (size_t i = 0; i < s->count; i++) {
        complete = complete && bench_row_ratio(s, &s->rows[i], &unused);
    }
    return complete;
}

/* ---- for people ---- */

static void add_number(struct buf *out, bool measured, double value)
{
    if (!measured) {
        buf_add_format(out, " %11s", "-");
    } else {
        buf_add_format(out, " %11.*f", value < 10 ? 3 : value < 1000 ? 1 : 0, value);
    }
}

void bench_sheet_add_table(const struct bench_sheet *s, struct buf *out)
{
    buf_add_format(out, "%-36s %-10s %-6s %11s %11s %11s\n", "FIGURE", "OF", "UNIT",
        "TLS", "PLAIN", "TLS/PLAIN");
    for (size_t i = 0; i < s->count; i++) {
        const struct bench_row *row = &s->rows[i];
        double ratio = 0;
        buf_add_format(out, "%-36s %-10s %-6s", row->figure, row->of, row->unit);
        for (int t = 0; t < BENCH_TRANSPORTS; t++) {
            struct bench_summary summary = {.median = 0};
            bool measured = bench_row_summary(s, row, (enum bench_transport)t, &summary);
            add_number(out, measured, summary.median);
        }
        bool measured = bench_row_ratio(s, row, &ratio);
        add_number(out, measured, ratio);
        buf_add_text(out, "\n");
    }
}

/* ---- for programs ---- */

static void add_json_text(struct buf *out, const char *key, const char *text)
{
    buf_add_format(out, "\"%s\": ", key);
    text_add_json(out, text, strlen(text));
    buf_add_text(out, ", ");
}

static void add_json_row(
    const struct bench_sheet *s, const struct bench_row *row, struct buf *out)
{
    static const char *const keys[BENCH_TRANSPORTS] = {
        [BENCH_TLS] = "tls", [BENCH_PLAIN] = "plain"};
    double ratio = 0;

    buf_add_text(out, "{");
    add_json_text(out, "figure", row->figure);
    add_json_text(out, "of", row->of);
    add_json_text(out, "unit", row->unit);
    for (int t = 0; t < BENCH_TRANSPORTS; t++) {
        struct bench_summary summary = {.median = 0};
        if (bench_row_summary(s, row, (enum bench_transport)t, &summary)) {
            buf_add_format(out,
                "\"%s\": {\"median\": %.6g, \"min\": %.6g, \"max\": %.6g}, ", keys[t],
                summary.median, summary.min, summary.max);
        } else {
            buf_add_format(out, "\"%s\": null, ", keys[t]);
        }
    }
    if (bench_row_ratio(s, row, &ratio)) {
        buf_add_format(out, "\"ratio\": %.6g}", ratio);
    } else {
        buf_add_text(out, "\"ratio\": null}");
    }
}

void bench_sheet_add_json(const struct bench_sheet *s, struct buf *out)
{
    buf_add_text(out, "[");
    for (size_t i = 0; i < s->count; i++) {
        buf_add_text(out, i == 0 ? "\n  " : ",\n  ");
        add_json_row(s, &s->rows[i], out);
    }
    buf_add_text(out, "\n]");
}
