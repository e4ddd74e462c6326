#include "buckets.h"
#include "test.h"

static struct buckets buckets;

static int set_up(void **state)
{
    (void)state;
    buckets_init(&buckets, 4);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buckets_fini(&buckets);
    return 0;
}

static void holders_of_one_number_share_a_bucket(void **state)
{
    (void)state;
    struct buckets_row *a = buckets_hold(&buckets, 7, 100, 0);
    struct buckets_row *b = buckets_hold(&buckets, 7, 100, 0);
    struct buckets_row *c = buckets_hold(&buckets, 8, 100, 0);
    assert_ptr_equal(a, b);
    assert_ptr_not_equal(a, c);
    assert_int_equal(a->holders, 2);
}

static void a_debt_outlives_its_holder(void **state)
{
    (void)state;
    struct buckets_row *a = buckets_hold(&buckets, 7, 100, 0);
    bucket_take(&a->bucket, 2000, 0);
    buckets_release(&a);
    assert_null(a);
    buckets_release(&a);
    a = buckets_hold(&buckets, 7, 100, 0);
    assert_in_range(bucket_wait_ms(&a->bucket, 0), 10000, 10001);
}

static void a_new_rate_holds_for_all_of_them(void **state)
{
    (void)state;
    struct buckets_row *a = buckets_hold(&buckets, 7, 100, 0);
    bucket_take(&a->bucket, 2000, 0);
    (void)buckets_hold(&buckets, 7, 1000, 0);
    assert_in_range(bucket_wait_ms(&a->bucket, 0), 1000, 1001);
}

static void what_nobody_has_begins_anew_at_another_rate(void **state)
{
    (void)state;
    struct buckets_row *a = buckets_hold(&buckets, 7, 100, 0);
    bucket_take(&a->bucket, 2000, 0);
    buckets_release(&a);
    a = buckets_hold(&buckets, 7, 101, 0);
    assert_true(bucket_is_full(&a->bucket, 0));
}

static void who_goes_on_at_another_rate_keeps_the_debt(void **state)
{
    (void)state;
    struct buckets_row *a = NULL;
    assert_int_equal(buckets_change(&buckets, &a, 7, 100, 0), OK);
    bucket_take(&a->bucket, 2000, 0);
    assert_int_equal(buckets_change(&buckets, &a, 7, 1000, 0), OK);
    assert_int_equal(a->holders, 1);
    assert_in_range(bucket_wait_ms(&a->bucket, 0), 1000, 1001);
    struct buckets_row *before = a;
    assert_int_equal(buckets_change(&buckets, &a, 8, 1000, 0), OK);
    assert_int_equal(before->holders, 0);
    assert_int_equal(buckets_change(&buckets, &a, 0, 0, 0), OK);
    assert_null(a);
    for (uint64_t id = 1; id <= 4; id++) {
        assert_non_null(buckets_hold(&buckets, id, 100, 0));
    }
    assert_int_equal(buckets_change(&buckets, &a, 9, 1, 0), ERR_NOMEM);
    assert_null(a);
}

static void where_there_are_too_many_those_without_a_debt_go_first(void **state)
{
    (void)state;
    struct buckets_row *held = buckets_hold(&buckets, 1, 100, 0);
    struct buckets_row *row;
    for (uint64_t id = 2; id <= 4; id++) {
        row = buckets_hold(&buckets, id, 100, 0);
        bucket_take(&row->bucket, id == 3 ? 2000 : 10, 0);
        buckets_release(&row);
    }
    row = buckets_hold(&buckets, 5, 100, 0);
    assert_non_null(row);
    assert_int_equal(buckets.by_id.count, 3); /* 1, 3 and 5 */
    buckets_release(&row);
    row = buckets_hold(&buckets, 3, 100, 0);
    assert_true(bucket_wait_ms(&row->bucket, 0) > 0);
    assert_int_equal(held->id, 1);
}

static void at_last_debts_are_forgotten_but_never_what_is_held(void **state)
{
    (void)state;
    struct buckets_row *row;
    for (uint64_t id = 1; id <= 3; id++) {
        assert_non_null(buckets_hold(&buckets, id, 100, 0));
    }
    row = buckets_hold(&buckets, 4, 100, 0);
    bucket_take(&row->bucket, 2000, 0);
    buckets_release(&row);
    assert_non_null(buckets_hold(&buckets, 5, 100, 0));
    assert_null(buckets_hold(&buckets, 6, 100, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            holders_of_one_number_share_a_bucket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_debt_outlives_its_holder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_new_rate_holds_for_all_of_them, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            what_nobody_has_begins_anew_at_another_rate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            who_goes_on_at_another_rate_keeps_the_debt, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            where_there_are_too_many_those_without_a_debt_go_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            at_last_debts_are_forgotten_but_never_what_is_held, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
