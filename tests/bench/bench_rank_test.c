#include "bench_rank.h"

#include "test.h"

#include <math.h>

static void medians_are_of_the_middle(void **state)
{
    int64_t odd[] = {9, 1, 5};
    int64_t even[] = {4, 1, 3, 2};

    (void)state;
    assert_int_equal(bench_rank_median(odd, 3), 5);
    assert_int_equal(bench_rank_median(even, 4), 2);
    assert_int_equal(bench_rank_median(even, 1), 1);
}

static void fill(int64_t *out, size_t count, int64_t first, int64_t step)
{
    for (size_t i = 0; i < count; i++) {
        out[count - 1 - i] = first + (int64_t)i * step;
    }
}

static void equal_sets_are_not_told_apart(void **state)
{
    int64_t a[100];
    int64_t b[100];
    struct bench_rank r;

    (void)state;
    fill(a, 100, 1, 1);
    fill(b, 100, 1, 1);
    assert_int_equal(bench_rank_compare(a, 100, b, 100, &r), OK);
    assert_true(r.u == 5000 && r.share == 0.5 && r.z == 0 && r.p == 1);
    fill(a, 100, 7, 0); /* all the same: there is no spread to compare with */
    fill(b, 100, 7, 0);
    assert_int_equal(bench_rank_compare(a, 100, b, 100, &r), OK);
    assert_true(r.share == 0.5 && r.p == 1);
    assert_int_equal(r.median_a, 7);
}

static void sets_apart_are_told_apart(void **state)
{
    int64_t a[20];
    int64_t b[20];
    struct bench_rank r;

    (void)state;
    fill(a, 20, 1, 1);
    fill(b, 20, 101, 1);
    assert_int_equal(bench_rank_compare(a, 20, b, 20, &r), OK);
    assert_true(r.u == 400 && r.share == 1);
    /* z = (400 - 200) / sqrt(20 * 20 * 41 / 12) */
    assert_true(fabs(r.z - 5.40998) < 0.0001);
    assert_true(fabs(r.p - 6.3013e-8) < 1e-11);
    assert_int_equal(bench_rank_compare(b, 20, a, 20, &r), OK);
    assert_true(r.u == 0 && fabs(r.z + 5.40998) < 0.0001);
}

static void ties_share_their_rank_and_narrow_the_spread(void **state)
{
    int64_t a[20];
    int64_t b[20];
    struct bench_rank r;

    (void)state;
    for (size_t i = 0; i < 20; i++) {
        a[i] = i < 15 ? 1 : 2;
        b[i] = i < 5 ? 1 : 2;
    }
    assert_int_equal(bench_rank_compare(a, 20, b, 20, &r), OK);
    /* b is larger in 15 * 15 pairs, equal in 5 * 15 + 5 * 15 */
    assert_true(r.u == 225 + 75);
    /* variance: 400 / 12 * (41 - 2 * (20^3 - 20) / (40 * 39)) */
    assert_true(fabs(r.z - 100 / sqrt(400.0 / 12 * (41 - 15960.0 / 1560))) < 1e-9);
}

static void sets_that_are_too_small_are_refused(void **state)
{
    int64_t a[20] = {0};
    struct bench_rank r;

    (void)state;
    assert_int_equal(bench_rank_compare(a, 19, a, 20, &r), ERR_INVALID);
    assert_int_equal(bench_rank_compare(a, 20, a, 19, &r), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(medians_are_of_the_middle),
        cmocka_unit_test(equal_sets_are_not_told_apart),
        cmocka_unit_test(sets_apart_are_told_apart),
        cmocka_unit_test(ties_share_their_rank_and_narrow_the_spread),
        cmocka_unit_test(sets_that_are_too_small_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
