#include "bench_check.h"

#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 3, 4))) static bool expect(
    bool true_one, struct buf *faults, const char *format, ...)
{
    char line[300];
    va_list args;

    if (true_one) {
        return true;
    }
    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    buf_add_format(faults, "%s\n", line);
    return false;
}

static bool check_row(
    const struct bench_sheet *sheet, const struct bench_row *row, struct buf *faults)
{
    bool good = true;

    for (int t = 0; t < BENCH_TRANSPORTS; t++) {
        struct bench_summary unused;
        bool measured = bench_row_summary(sheet, row, (enum bench_transport)t, &unused);
        good &= expect(measured, faults, "not measured %s: %s %s",
            t == BENCH_TLS ? "with TLS" : "without TLS", row->figure, row->of);
    }
    return good;
}

static double median_of(const struct bench_result *r, const char *figure, const char *of,
    enum bench_transport transport)
{
    const struct bench_row *row = bench_sheet_find(&r->sheet, figure, of);
    struct bench_summary summary = {.median = 0};

    if (row == NULL || !bench_row_summary(&r->sheet, row, transport, &summary)) {
        return 0;
    }
    return summary.median;
}

static bool check_order(
    const struct bench_result *r, enum bench_transport transport, struct buf *faults)
{
    double p50 = median_of(r, bench_figure_p50, "100 B", transport);
    double p99 = median_of(r, bench_figure_p99, "100 B", transport);
    double idle = median_of(r, bench_figure_idle, bench_total, transport);
    double connected = median_of(r, bench_figure_connected, bench_total, transport);

    bool good = expect(p50 > 0 && p50 <= p99, faults, "p50 %g is above p99 %g", p50, p99);
    return good & expect(idle > 0 && connected > idle, faults,
                      "connections take no memory: %g KiB idle, %g KiB connected", idle,
                      connected);
}

static bool check_count(
    uint64_t found, uint64_t wanted, const char *what, struct buf *faults)
{
    return expect(found == wanted, faults, "%s: %llu instead of %llu", what,
        (unsigned long long)found, (unsigned long long)wanted);
}

bool bench_check_one(
    const struct bench_plan *plan, const struct bench_result *result, struct buf *faults)
{
    const struct bench_totals *t = &result->totals;
    const uint64_t halves = plan->rounds * BENCH_TRANSPORTS;
    bool good = expect(result->sheet.count > 0, faults, "there are no figures");

    for (size_t i = 0; i < result->sheet.count; i++) {
        good &= check_row(&result->sheet, &result->sheet.rows[i], faults);
    }
    for (int i = 0; i < BENCH_TRANSPORTS; i++) {
        good &= check_order(result, (enum bench_transport)i, faults);
    }
    if (plan->ms == 0) {
        good &= check_count(t->produced, bench_plan_records(plan), "sent", faults);
        good &= check_count(t->requests, plan->requests * halves, "requests", faults);
    }
    good &= check_count(t->fetched, t->produced, "fetched", faults);
    good &= check_count(t->gates, plan->connections * halves, "gates", faults);
    good &= expect(t->broker_cpu_us > 0, faults, "the broker used no CPU time");
    good &= expect(t->client_cpu_us > 0, faults, "the client used no CPU time");
    return good;
}

/* Two medians of a clock's reading are not equal; if they are, they were not read. */
static bool check_varies(const struct bench_result *small,
    const struct bench_result *large, const struct bench_row *row, struct buf *faults)
{
    bool good = true;

    for (int i = 0; i < BENCH_TRANSPORTS; i++) {
        enum bench_transport t = (enum bench_transport)i;
        double a = median_of(small, row->figure, row->of, t);
        double b = median_of(large, row->figure, row->of, t);
        good &= expect(a < b || b < a, faults, "the same in two runs: %s %s, %g",
            row->figure, row->of, a);
    }
    return good;
}

bool bench_check_pair(const struct bench_result *small, const struct bench_result *large,
    struct buf *faults)
{
    const struct bench_totals *s = &small->totals;
    const struct bench_totals *l = &large->totals;
    bool good = true;

    for (size_t i = 0; i < small->sheet.count; i++) {
        if (small->sheet.rows[i].nature == BENCH_VARIES) {
            good &= check_varies(small, large, &small->sheet.rows[i], faults);
        }
    }
    for (int i = 0; i < BENCH_TRANSPORTS; i++) {
        enum bench_transport t = (enum bench_transport)i;
        double a = median_of(small, bench_figure_connected, bench_total, t);
        double b = median_of(large, bench_figure_connected, bench_total, t);
        good &= expect(a < b, faults,
            "more connections take no more memory: %g KiB, then %g KiB", a, b);
    }
    good &= expect(l->bytes > s->bytes, faults, "the larger load is not larger");
    good &= expect(l->broker_cpu_us > s->broker_cpu_us, faults,
        "CPU time of the broker does not grow with the load: %lld us, then %lld us",
        (long long)s->broker_cpu_us, (long long)l->broker_cpu_us);
    return good & expect(l->client_cpu_us > s->client_cpu_us, faults,
                      "CPU time of the client does not grow with the load: %lld us, then "
                      "%lld us",
                      (long long)s->client_cpu_us, (long long)l->client_cpu_us);
}
