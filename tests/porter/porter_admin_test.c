#include "porter_admin.h"

#include "test.h"

static void root_and_who_started_us_are_heard_and_nobody_else(void **state)
{
    (void)state;
    static const struct porter_admin a = {.uid = 1000};

    assert_true(porter_admin_hears(&a, 0));
    assert_true(porter_admin_hears(&a, 1000));
    assert_false(porter_admin_hears(&a, 999));
    assert_false(porter_admin_hears(&a, 1001));
    assert_false(porter_admin_hears(&a, PORTER_UID_OVERFLOW));
    assert_false(porter_admin_hears(&a, UINT32_MAX));
}

static void with_a_group_everybody_is_but_whom_nobody_can_name(void **state)
{
    (void)state;
    static const struct porter_admin a = {.uid = 1000, .anybody = true};

    assert_true(porter_admin_hears(&a, 0));
    assert_true(porter_admin_hears(&a, 1000));
    assert_true(porter_admin_hears(&a, 4711));
    assert_false(porter_admin_hears(&a, PORTER_UID_OVERFLOW));
}

static void who_started_us_is_heard_even_as_the_user_that_has_no_number(void **state)
{
    (void)state;
    static const struct porter_admin a = {.uid = PORTER_UID_OVERFLOW};

    assert_true(porter_admin_hears(&a, PORTER_UID_OVERFLOW));
}

static void there_is_a_limit_and_who_left_makes_room(void **state)
{
    (void)state;
    struct porter_admin a = {.uid = 0};

    for (uint64_t gate = 1; gate <= PORTER_ADMINS_MAX; gate++) {
        assert_true(porter_admin_admit(&a, gate, 0));
    }
    assert_false(porter_admin_admit(&a, 100, 0));
    porter_admin_gone(&a, 100); /* it was not let in */
    assert_false(porter_admin_admit(&a, 100, 0));
    porter_admin_gone(&a, 3);
    porter_admin_gone(&a, 3);
    assert_false(porter_admin_admit(&a, 100, 1000)); /* the last place is root's */
    assert_true(porter_admin_admit(&a, 100, 0));
    assert_false(porter_admin_admit(&a, 101, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root_and_who_started_us_are_heard_and_nobody_else),
        cmocka_unit_test(with_a_group_everybody_is_but_whom_nobody_can_name),
        cmocka_unit_test(who_started_us_is_heard_even_as_the_user_that_has_no_number),
        cmocka_unit_test(there_is_a_limit_and_who_left_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
