#include "audit_space.h"
#include "test.h"

#define DISK ((uint64_t)26214400) /* blocks: 100 GiB */

static void less_than_a_tenth_is_a_step(void **state)
{
    (void)state;
    assert_int_equal(audit_space_step(DISK, DISK), 0);
    assert_int_equal(audit_space_step(DISK / 10, DISK), 0);
    assert_int_equal(audit_space_step(DISK / 10 - DISK / 100, DISK), 1);
    assert_int_equal(audit_space_step(DISK / 20 - 1, DISK), 2);
    assert_int_equal(audit_space_step(DISK / 50 - 1, DISK), 3);
    assert_int_equal(audit_space_step(DISK / 100 - 1, DISK), 4);
    assert_int_equal(audit_space_step(0, DISK), 4);
}

static void a_file_system_that_does_not_say_its_size_is_not_full(void **state)
{
    (void)state;
    assert_int_equal(audit_space_step(0, 0), 0);
    assert_int_equal(audit_space_step(0, 99), 0);
    assert_int_equal(audit_space_step(UINT64_MAX, UINT64_MAX), 0);
}

static void each_step_is_told_once_and_room_only_when_there_is_plenty(void **state)
{
    struct audit_space s = {0};

    (void)state;
    assert_int_equal(audit_space_change(&s, DISK / 2, DISK), 0);
    assert_int_equal(audit_space_change(&s, DISK / 11, DISK), 1);
    assert_int_equal(audit_space_change(&s, DISK / 11, DISK), 0);
    assert_int_equal(audit_space_change(&s, DISK / 9, DISK), 0);
    assert_int_equal(audit_space_change(&s, DISK / 11, DISK), 0);
    assert_int_equal(audit_space_change(&s, 0, DISK), 1);
    assert_int_equal(audit_space_change(&s, DISK / 30, DISK), 0);
    assert_int_equal(audit_space_change(&s, DISK / 5, DISK), -1);
    assert_int_equal(audit_space_change(&s, DISK / 5, DISK), 0);
    assert_int_equal(audit_space_change(&s, DISK / 11, DISK), 1);
}

static void it_is_looked_at_once_a_minute(void **state)
{
    struct audit_space s = {0};

    (void)state;
    audit_space_look(&s, 0, 1000);
    assert_int_equal(s.next_ms, 1000 + AUDIT_SPACE_PERIOD_MS);
    audit_space_look(&s, 0, 2000);
    assert_int_equal(s.next_ms, 1000 + AUDIT_SPACE_PERIOD_MS);
    audit_space_look(&s, -1, 1000 + AUDIT_SPACE_PERIOD_MS); /* nothing to look at */
    assert_int_equal(s.next_ms, 1000 + 2 * AUDIT_SPACE_PERIOD_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(less_than_a_tenth_is_a_step),
        cmocka_unit_test(a_file_system_that_does_not_say_its_size_is_not_full),
        cmocka_unit_test(each_step_is_told_once_and_room_only_when_there_is_plenty),
        cmocka_unit_test(it_is_looked_at_once_a_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
