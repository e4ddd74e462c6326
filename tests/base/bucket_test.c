#include "bucket.h"
#include "test.h"

static void a_full_bucket_lets_ten_seconds_worth_pass_at_once(void **state)
{
    (void)state;
    struct bucket b = bucket_new(100, 5000);
    assert_true(bucket_is_full(&b, 5000));
    bucket_take(&b, 1000, 5000);
    assert_int_equal(bucket_wait_ms(&b, 5000), 0);
    assert_false(bucket_is_full(&b, 5000));
    bucket_take(&b, 1, 5000);
    assert_true(bucket_wait_ms(&b, 5000) > 0);
}

static void a_debt_is_waited_for_at_the_rate(void **state)
{
    (void)state;
    struct bucket b = bucket_new(100, 0);
    bucket_take(&b, 1050, 0);
    assert_in_range(bucket_wait_ms(&b, 0), 500, 501);
    assert_in_range(bucket_wait_ms(&b, 400), 100, 101);
    assert_int_equal(bucket_wait_ms(&b, 500), 0);
    assert_true(bucket_is_full(&b, 10500));
}

static void it_never_holds_more_than_it_can(void **state)
{
    (void)state;
    struct bucket b = bucket_new(100, 0);
    bucket_take(&b, 1001, 1000000);
    assert_true(bucket_wait_ms(&b, 1000000) > 0);
}

static void time_that_goes_backwards_gives_nothing(void **state)
{
    (void)state;
    struct bucket b = bucket_new(100, 1000);
    bucket_take(&b, 1100, 1000);
    assert_in_range(bucket_wait_ms(&b, 0), 1000, 1001);
    bucket_take(&b, 0, 0);
    assert_in_range(bucket_wait_ms(&b, 1000), 1000, 1001);
}

static void a_new_rate_keeps_the_debt(void **state)
{
    (void)state;
    struct bucket b = bucket_new(100, 0);
    bucket_take(&b, 1100, 0);
    bucket_set_rate(&b, 1000, 0);
    assert_in_range(bucket_wait_ms(&b, 0), 100, 101);
    bucket_set_rate(&b, 10, 0);
    assert_in_range(bucket_wait_ms(&b, 0), 10000, 10001);
    bucket_set_rate(&b, 1, 0);
    assert_in_range(bucket_wait_ms(&b, 0), 60000, 60001);
    /* A lower rate holds less. */
    b = bucket_new(100, 0);
    bucket_set_rate(&b, 1, 0);
    bucket_take(&b, 11, 0);
    assert_in_range(bucket_wait_ms(&b, 0), 1000, 1001);
}

static void without_a_rate_nothing_is_counted(void **state)
{
    (void)state;
    struct bucket b = bucket_new(0, 0);
    bucket_take(&b, 1e18, 0);
    assert_int_equal(bucket_wait_ms(&b, 0), 0);
    bucket_set_rate(&b, 10, 7);
    assert_true(bucket_is_full(&b, 7));
    assert_true(bucket_capacity(&b) == 100);
    bucket_set_rate(&b, 0, 7);
    assert_int_equal(bucket_wait_ms(&b, 7), 0);
}

static void nobody_waits_longer_than_a_minute(void **state)
{
    (void)state;
    struct bucket b = bucket_new(0.001, 0);
    assert_false(bucket_is_overdrawn(&b, 0));
    bucket_take(&b, 1e15, 0);
    assert_in_range(bucket_wait_ms(&b, 0), 60000, 60001);
    assert_true(bucket_is_overdrawn(&b, 29999));
    assert_false(bucket_is_overdrawn(&b, 30001));
    assert_int_equal(bucket_wait_ms(&b, 60000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_bucket_lets_ten_seconds_worth_pass_at_once),
        cmocka_unit_test(a_debt_is_waited_for_at_the_rate),
        cmocka_unit_test(it_never_holds_more_than_it_can),
        cmocka_unit_test(time_that_goes_backwards_gives_nothing),
        cmocka_unit_test(a_new_rate_keeps_the_debt),
        cmocka_unit_test(without_a_rate_nothing_is_counted),
        cmocka_unit_test(nobody_waits_longer_than_a_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
