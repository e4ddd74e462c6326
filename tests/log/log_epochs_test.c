#include "log_epochs.h"
#include "test.h"

static struct log_epochs epochs;

/* Epoch 2 from offset 10, 5 from 20, 6 from 35. */
static int set_up(void **state)
{
    bool added;

    (void)state;
    assert_int_equal(log_epochs_note(&epochs, 2, 10, &added), OK);
    assert_int_equal(log_epochs_note(&epochs, 5, 20, &added), OK);
    assert_int_equal(log_epochs_note(&epochs, 6, 35, &added), OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    log_epochs_fini(&epochs);
    return 0;
}

static void ends(int32_t asked, int32_t current, int32_t epoch, int64_t offset)
{
    struct log_epoch end = log_epochs_end_of(&epochs, asked, current, 40);

    assert_int_equal(end.epoch, epoch);
    assert_int_equal(end.start_offset, offset);
}

static void an_epoch_ends_where_the_next_one_begins(void **state)
{
    (void)state;
    ends(2, 6, 2, 20);
    ends(5, 6, 5, 35);
    ends(6, 6, 6, 40);
}

static void an_epoch_that_wrote_nothing_ends_with_the_one_before(void **state)
{
    (void)state;
    ends(3, 6, 2, 20);
    ends(4, 6, 2, 20);
    ends(1, 6, 1, 10);
    ends(0, 6, 0, 10);
}

static void the_leaders_own_epoch_begins_at_the_end(void **state)
{
    (void)state;
    ends(8, 8, 8, 40);
    ends(7, 8, 6, 40);
    ends(6, 8, 6, 40);
    ends(9, 8, -1, -1);
}

static void what_is_no_epoch_has_no_end(void **state)
{
    (void)state;
    ends(-1, 6, -1, -1);
    ends(-2, 6, -2, 10); /* as Apache Kafka answers it */
    ends(7, 6, -1, -1);
    ends(INT32_MAX, 6, -1, -1);
}

static void each_offset_has_the_epoch_that_wrote_it(void **state)
{
    (void)state;
    assert_int_equal(log_epochs_at(&epochs, 9), -1);
    assert_int_equal(log_epochs_at(&epochs, 10), 2);
    assert_int_equal(log_epochs_at(&epochs, 19), 2);
    assert_int_equal(log_epochs_at(&epochs, 20), 5);
    assert_int_equal(log_epochs_at(&epochs, 35), 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            an_epoch_ends_where_the_next_one_begins, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            an_epoch_that_wrote_nothing_ends_with_the_one_before, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            the_leaders_own_epoch_begins_at_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_epoch_has_no_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            each_offset_has_the_epoch_that_wrote_it, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
