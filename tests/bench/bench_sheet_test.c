#include "bench_sheet.h"

#include "test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct bench_name speed = {
    .figure = "speed", .of = "1 KiB", .unit = "MB/s", .nature = BENCH_VARIES};

static struct bench_sheet sheet;

static void begin(size_t rounds)
{
    bench_sheet_init(&sheet, rounds);
}

static void add(enum bench_transport transport, double value)
{
    assert_int_equal(bench_sheet_add(&sheet, transport, &speed, value), OK);
}

static const struct bench_row *row(void)
{
    const struct bench_row *r = bench_sheet_find(&sheet, "speed", "1 KiB");

    assert_non_null(r);
    return r;
}

static void the_median_is_the_middle_one(void **state)
{
    struct bench_summary s;

    (void)state;
    begin(3);
    add(BENCH_TLS, 30);
    add(BENCH_TLS, 10);
    add(BENCH_TLS, 11);
    assert_true(bench_row_summary(&sheet, row(), BENCH_TLS, &s));
    assert_true(s.median == 11 && s.min == 10 && s.max == 30);
}

static void the_median_of_two_lies_between_them(void **state)
{
    struct bench_summary s;

    (void)state;
    begin(2);
    add(BENCH_PLAIN, 30);
    add(BENCH_PLAIN, 10);
    assert_true(bench_row_summary(&sheet, row(), BENCH_PLAIN, &s));
    assert_true(s.median == 20);
}

static void a_missing_round_is_not_measured(void **state)
{
    struct bench_summary s;

    (void)state;
    begin(2);
    add(BENCH_TLS, 1);
    assert_false(bench_row_summary(&sheet, row(), BENCH_TLS, &s));
    add(BENCH_TLS, 2);
    assert_true(bench_row_summary(&sheet, row(), BENCH_TLS, &s));
    assert_false(bench_row_summary(&sheet, row(), BENCH_PLAIN, &s));
    assert_false(bench_sheet_complete(&sheet));
}

static void nothing_and_nonsense_are_not_measured(void **state)
{
    static const double values[] = {0, -1, NAN, INFINITY, -INFINITY};

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct bench_summary s;
        begin(1);
        add(BENCH_TLS, values[i]);
        assert_false(bench_row_summary(&sheet, row(), BENCH_TLS, &s));
    }
}

static void more_values_than_rounds_are_refused(void **state)
{
    (void)state;
    begin(1);
    add(BENCH_TLS, 1);
    assert_int_equal(bench_sheet_add(&sheet, BENCH_TLS, &speed, 2), ERR_FULL);
    add(BENCH_PLAIN, 1);
}

static void a_ratio_takes_both_values_from_one_round(void **state)
{
    double ratio = 0;

    (void)state;
    begin(3);
    add(BENCH_TLS, 1);
    add(BENCH_TLS, 50);
    add(BENCH_TLS, 30);
    assert_false(bench_row_ratio(&sheet, row(), &ratio));
    add(BENCH_PLAIN, 2);
    add(BENCH_PLAIN, 100);
    add(BENCH_PLAIN, 10);
    assert_true(bench_row_ratio(&sheet, row(), &ratio));
    assert_true(ratio == 0.5); /* of 0.5, 0.5 and 3; of the medians: 3 */
    assert_true(bench_sheet_complete(&sheet));
}

static void an_empty_sheet_is_not_complete(void **state)
{
    (void)state;
    begin(1);
    assert_false(bench_sheet_complete(&sheet));
}

static void rows_end_at_their_limit(void **state)
{
    char of[16];
    struct bench_name name = {.figure = "f", .of = of, .unit = "u"};

    (void)state;
    begin(1);
    for (int i = 0; i < BENCH_ROWS_MAX; i++) {
        (void)snprintf(of, sizeof(of), "%d", i);
        assert_int_equal(bench_sheet_add(&sheet, BENCH_TLS, &name, 1), OK);
    }
    (void)snprintf(of, sizeof(of), "more");
    assert_int_equal(bench_sheet_add(&sheet, BENCH_TLS, &name, 1), ERR_FULL);
    assert_null(bench_sheet_find(&sheet, "f", "more"));
}

static void what_was_not_measured_is_null_and_a_dash(void **state)
{
    static const char json[] =
        "[\n  {\"figure\": \"speed\", \"of\": \"1 KiB\", \"unit\": \"MB/s\", "
        "\"tls\": {\"median\": 5, \"min\": 5, \"max\": 5}, "
        "\"plain\": null, \"ratio\": null}\n]";
    struct buf out;

    (void)state;
    begin(1);
    add(BENCH_TLS, 5);
    buf_init(&out, 4096);
    bench_sheet_add_json(&sheet, &out);
    assert_int_equal(out.length, strlen(json));
    assert_memory_equal(out.bytes, json, out.length);
    buf_reset(&out);
    bench_sheet_add_table(&sheet, &out);
    buf_add(&out, "", 1);
    assert_non_null(strstr((const char *)out.bytes, "  5.000           -           -\n"));
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_median_is_the_middle_one),
        cmocka_unit_test(the_median_of_two_lies_between_them),
        cmocka_unit_test(a_missing_round_is_not_measured),
        cmocka_unit_test(nothing_and_nonsense_are_not_measured),
        cmocka_unit_test(more_values_than_rounds_are_refused),
        cmocka_unit_test(a_ratio_takes_both_values_from_one_round),
        cmocka_unit_test(an_empty_sheet_is_not_complete),
        cmocka_unit_test(rows_end_at_their_limit),
        cmocka_unit_test(what_was_not_measured_is_null_and_a_dash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
