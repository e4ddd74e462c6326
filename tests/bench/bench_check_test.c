#include "bench_check.h"

#include "test.h"

#include <string.h>

static const struct bench_plan plan = {
    .rounds = 1, .bytes = 1000000, .requests = 10, .connections = 5};

static struct bench_result small;
static struct bench_result large;

static void put(struct bench_result *r, const char *figure, const char *of,
    enum bench_nature nature, double value)
{
    struct bench_name name = {.figure = figure, .of = of, .unit = "u", .nature = nature};

    assert_int_equal(bench_sheet_add(&r->sheet, BENCH_TLS, &name, value), OK);
    assert_int_equal(bench_sheet_add(&r->sheet, BENCH_PLAIN, &name, value), OK);
}

/* Two results in which nothing is wrong; the second is of a larger load. */
static void fill(struct bench_result *r, double factor)
{
    const uint64_t n = (uint64_t)factor;

    *r = (struct bench_result){.totals = {0}};
    bench_sheet_init(&r->sheet, 1);
    put(r, "produce", "100 B", BENCH_VARIES, 100 + factor);
    put(r, bench_figure_p50, "100 B", BENCH_VARIES, 1 + factor);
    put(r, bench_figure_p99, "100 B", BENCH_VARIES, 2 + factor);
    put(r, bench_figure_idle, bench_total, BENCH_STEADY, 1000);
    put(r, bench_figure_connected, bench_total, BENCH_STEADY, 1000 + 100 * factor);
    r->totals = (struct bench_totals){.produced = bench_plan_records(&plan) * n,
        .fetched = bench_plan_records(&plan) * n,
        .bytes = 6000000 * n,
        .requests = 20,
        .gates = 10,
        .broker_cpu_us = 1000 * (int64_t)n,
        .client_cpu_us = 1000 * (int64_t)n};
}

static int set_up(void **state)
{
    (void)state;
    fill(&small, 1);
    fill(&large, 4);
    return 0;
}

static void expect_fault(bool good, const struct buf *faults, const char *text)
{
    char all[4096] = "";

    assert_false(good);
    assert_true(faults->length > 0 && faults->length < sizeof(all));
    memcpy(all, faults->bytes, faults->length);
    assert_non_null(strstr(all, text));
}

static void one_fails_with(const char *text)
{
    struct buf faults;

    buf_init(&faults, 4096);
    expect_fault(bench_check_one(&plan, &small, &faults), &faults, text);
    buf_fini(&faults);
}

static void pair_fails_with(const char *text)
{
    struct buf faults;

    buf_init(&faults, 4096);
    expect_fault(bench_check_pair(&small, &large, &faults), &faults, text);
    buf_fini(&faults);
}

static void what_was_measured_passes(void **state)
{
    struct buf faults;

    (void)state;
    buf_init(&faults, 4096);
    assert_true(bench_check_one(&plan, &small, &faults));
    assert_true(bench_check_pair(&small, &large, &faults));
    assert_int_equal(faults.length, 0);
    buf_fini(&faults);
}

static void records_are_counted_per_size_round_and_transport(void **state)
{
    (void)state;
    assert_int_equal(bench_plan_records(&plan),
        (1000000 / 100 + 1000000 / 1024 + 1000000 / 16384) * 2);
}

static void no_figures_are_a_fault(void **state)
{
    (void)state;
    small.sheet.count = 0;
    one_fails_with("there are no figures");
}

static void a_figure_without_a_value_is_a_fault(void **state)
{
    (void)state;
    small.sheet.rows[0].counts[BENCH_PLAIN] = 0;
    one_fails_with("not measured without TLS: produce 100 B");
    small.sheet.rows[0].counts[BENCH_PLAIN] = 1;
    small.sheet.rows[0].values[BENCH_TLS][0] = 0;
    one_fails_with("not measured with TLS: produce 100 B");
}

static void a_lost_record_is_a_fault(void **state)
{
    (void)state;
    small.totals.fetched--;
    one_fails_with("fetched: ");
}

static void a_record_too_many_is_a_fault(void **state)
{
    (void)state;
    small.totals.produced++;
    small.totals.fetched++;
    one_fails_with("sent: ");
}

static void counts_must_be_the_plan(void **state)
{
    (void)state;
    small.totals.requests++;
    one_fails_with("requests: 21 instead of 20");
    small.totals.gates--;
    one_fails_with("gates: 9 instead of 10");
}

static void no_cpu_time_is_a_fault(void **state)
{
    (void)state;
    small.totals.broker_cpu_us = 0;
    one_fails_with("the broker used no CPU time");
    small.totals.client_cpu_us = 0;
    one_fails_with("the client used no CPU time");
}

static void percentiles_out_of_order_are_a_fault(void **state)
{
    (void)state;
    small.sheet.rows[2].values[BENCH_PLAIN][0] = 1.5;
    one_fails_with("p50 2 is above p99 1.5");
}

static void connections_for_nothing_are_a_fault(void **state)
{
    (void)state;
    small.sheet.rows[4].values[BENCH_TLS][0] = 1000;
    one_fails_with("connections take no memory: 1000 KiB idle, 1000 KiB connected");
}

static void a_time_that_is_the_same_twice_is_a_fault(void **state)
{
    (void)state;
    large.sheet.rows[0].values[BENCH_TLS][0] = small.sheet.rows[0].values[BENCH_TLS][0];
    pair_fails_with("the same in two runs: produce 100 B, 101");
}

static void cpu_time_must_grow_with_the_load(void **state)
{
    (void)state;
    large.totals.broker_cpu_us = small.totals.broker_cpu_us;
    pair_fails_with("CPU time of the broker does not grow");
    large.totals.client_cpu_us = small.totals.client_cpu_us;
    pair_fails_with("CPU time of the client does not grow");
}

static void bytes_must_grow_with_the_load(void **state)
{
    (void)state;
    large.totals.bytes = small.totals.bytes;
    pair_fails_with("the larger load is not larger");
}

static void memory_must_grow_with_connections(void **state)
{
    (void)state;
    large.sheet.rows[4].values[BENCH_PLAIN][0] =
        small.sheet.rows[4].values[BENCH_PLAIN][0];
    pair_fails_with("more connections take no more memory: 1100 KiB, then 1100 KiB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_was_measured_passes, set_up),
        cmocka_unit_test(records_are_counted_per_size_round_and_transport),
        cmocka_unit_test_setup(no_figures_are_a_fault, set_up),
        cmocka_unit_test_setup(a_figure_without_a_value_is_a_fault, set_up),
        cmocka_unit_test_setup(a_lost_record_is_a_fault, set_up),
        cmocka_unit_test_setup(a_record_too_many_is_a_fault, set_up),
        cmocka_unit_test_setup(counts_must_be_the_plan, set_up),
        cmocka_unit_test_setup(no_cpu_time_is_a_fault, set_up),
        cmocka_unit_test_setup(percentiles_out_of_order_are_a_fault, set_up),
        cmocka_unit_test_setup(connections_for_nothing_are_a_fault, set_up),
        cmocka_unit_test_setup(a_time_that_is_the_same_twice_is_a_fault, set_up),
        cmocka_unit_test_setup(cpu_time_must_grow_with_the_load, set_up),
        cmocka_unit_test_setup(bytes_must_grow_with_the_load, set_up),
        cmocka_unit_test_setup(memory_must_grow_with_connections, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
