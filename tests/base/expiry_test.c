#include "expiry.h"

#include "test.h"

#define DAY INT64_C(86400)
#define END (INT64_C(1000) * DAY)

static void each_step_begins_where_fewer_days_are_left(void **state)
{
    (void)state;
    assert_int_equal(expiry_step(END, END - 31 * DAY), EXPIRY_FAR);
    assert_int_equal(expiry_step(END, END - 30 * DAY), EXPIRY_FAR);
    assert_int_equal(expiry_step(END, END - 30 * DAY + 1), EXPIRY_30_DAYS);
    assert_int_equal(expiry_step(END, END - 7 * DAY), EXPIRY_30_DAYS);
    assert_int_equal(expiry_step(END, END - 7 * DAY + 1), EXPIRY_7_DAYS);
    assert_int_equal(expiry_step(END, END - DAY), EXPIRY_7_DAYS);
    assert_int_equal(expiry_step(END, END - DAY + 1), EXPIRY_1_DAY);
    assert_int_equal(expiry_step(END, END), EXPIRY_1_DAY);
    assert_int_equal(expiry_step(END, END + 1), EXPIRY_OVER);
    assert_int_equal(expiry_step(0, END), EXPIRY_OVER);
}

static void the_next_step_is_the_one_that_comes(void **state)
{
    int64_t now = 0;
    enum expiry step = EXPIRY_FAR;

    (void)state;
    for (int i = EXPIRY_30_DAYS; i <= EXPIRY_OVER; i++) {
        now = expiry_next_s(END, now);
        assert_int_equal(expiry_step(END, now - 1), step);
        step = expiry_step(END, now);
        assert_int_equal(step, i);
    }
    assert_true(expiry_next_s(END, now) == INT64_MAX);
}

static void times_at_the_ends_of_the_numbers_do_not_overflow(void **state)
{
    (void)state;
    assert_int_equal(expiry_step(INT64_MIN, INT64_MAX), EXPIRY_OVER);
    assert_int_equal(expiry_step(INT64_MAX, INT64_MIN), EXPIRY_FAR);
    assert_int_equal(expiry_step(INT64_MAX, INT64_MAX), EXPIRY_1_DAY);
    assert_true(expiry_next_s(INT64_MAX, INT64_MAX) == INT64_MAX);
    assert_true(expiry_days(INT64_MAX, INT64_MIN) == 0);
    assert_true(expiry_days(INT64_MIN, INT64_MAX) == 0);
}

static void days_are_whole_ones(void **state)
{
    (void)state;
    assert_int_equal(expiry_days(END, END - 5 * DAY), 5);
    assert_int_equal(expiry_days(END, END - 5 * DAY + 1), 4);
    assert_int_equal(expiry_days(END, END), 0);
    assert_int_equal(expiry_days(END, END + DAY), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step_begins_where_fewer_days_are_left),
        cmocka_unit_test(the_next_step_is_the_one_that_comes),
        cmocka_unit_test(times_at_the_ends_of_the_numbers_do_not_overflow),
        cmocka_unit_test(days_are_whole_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
