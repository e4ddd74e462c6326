#include "log_producers.h"
#include "mem.h"
#include "test.h"

#define DAY ((int64_t)86400000)

static struct log_producers p;
static struct log_budget budget;
static const struct log_producer_batch *before;

static struct record_batch_header batch(
    int64_t id, int16_t epoch, int32_t first, int32_t last)
{
    int64_t delta = (int64_t)last - first;

    delta += delta < 0 ? (int64_t)INT32_MAX + 1 : 0;
    return (struct record_batch_header){.base_offset = 1000 + first,
        .last_offset_delta = (int32_t)delta,
        .max_timestamp = 7,
        .producer_id = id,
        .producer_epoch = epoch,
        .base_sequence = first,
        .record_count = (int32_t)delta + 1};
}

static enum log_code check(int64_t id, int16_t epoch, int32_t first, int32_t last)
{
    struct record_batch_header h = batch(id, epoch, first, last);

    return log_producers_check(&p, &h, 0, &before);
}

static void note(int64_t id, int16_t epoch, int32_t first, int32_t last)
{
    struct record_batch_header h = batch(id, epoch, first, last);

    assert_int_equal(log_producers_reserve(&p, id, 0), OK);
    log_producers_note(&p, &h, 0);
}

static int begin(void **state)
{
    (void)state;
    budget = (struct log_budget){.max = 4};
    log_producers_init(&p, 3, DAY, &budget);
    return 0;
}

static int end(void **state)
{
    (void)state;
    log_producers_fini(&p);
    assert_int_equal(budget.used, 0);
    return 0;
}

static void sequences_follow_each_other(void **state)
{
    (void)state;
    assert_int_equal(check(1, 0, 17, 19), LOG_CODE_NONE); /* unknown: anything goes */
    note(1, 0, 17, 19);
    assert_int_equal(check(1, 0, 20, 20), LOG_CODE_NONE);
    assert_null(before);
    assert_int_equal(check(1, 0, 21, 21), LOG_CODE_OUT_OF_ORDER_SEQUENCE);
    assert_int_equal(check(1, 0, 19, 19), LOG_CODE_OUT_OF_ORDER_SEQUENCE);
    assert_int_equal(check(1, 0, 17, 18), LOG_CODE_OUT_OF_ORDER_SEQUENCE);
}

static void sequences_wrap(void **state)
{
    (void)state;
    note(1, 0, INT32_MAX - 1, INT32_MAX);
    assert_int_equal(check(1, 0, 0, 3), LOG_CODE_NONE);
    note(1, 0, 0, 3);
    assert_int_equal(check(1, 0, 4, 4), LOG_CODE_NONE);
    assert_int_equal(check(1, 0, INT32_MAX - 1, INT32_MAX), LOG_CODE_NONE);
    assert_non_null(before);
    note(1, 1, INT32_MAX, 1);
    assert_int_equal(check(1, 1, 2, 2), LOG_CODE_NONE);
    assert_null(before);
}

static void the_last_five_are_recognised(void **state)
{
    (void)state;
    for (int32_t i = 0; i < 6; i++) {
        note(1, 0, i * 2, i * 2 + 1);
    }
    assert_int_equal(check(1, 0, 0, 1), LOG_CODE_OUT_OF_ORDER_SEQUENCE);
    for (int32_t i = 1; i < 6; i++) {
        assert_int_equal(check(1, 0, i * 2, i * 2 + 1), LOG_CODE_NONE);
        assert_non_null(before);
        assert_int_equal(before->base_offset, 1000 + i * 2);
        assert_int_equal(before->last_offset, 1001 + i * 2);
    }
}

static void epochs_only_rise_and_begin_at_zero(void **state)
{
    (void)state;
    note(1, 5, 0, 0);
    assert_int_equal(check(1, 4, 1, 1), LOG_CODE_INVALID_PRODUCER_EPOCH);
    assert_int_equal(check(1, 4, 0, 0), LOG_CODE_INVALID_PRODUCER_EPOCH);
    assert_int_equal(check(1, 6, 1, 1), LOG_CODE_OUT_OF_ORDER_SEQUENCE);
    assert_int_equal(check(1, 6, 0, 0), LOG_CODE_NONE);
    assert_null(before);
    note(1, 6, 0, 0);
    assert_int_equal(check(1, 5, 1, 1), LOG_CODE_INVALID_PRODUCER_EPOCH);
    assert_int_equal(check(1, 6, 0, 0), LOG_CODE_NONE);
    assert_non_null(before);
}

static void the_longest_silent_gives_way(void **state)
{
    (void)state;
    note(1, 0, 0, 0);
    note(2, 0, 0, 0);
    note(3, 0, 0, 0);
    note(1, 0, 1, 1);
    note(4, 0, 0, 0);
    assert_int_equal(log_producers_count(&p), 3);
    assert_int_equal(check(2, 0, 50, 50), LOG_CODE_NONE); /* forgotten */
    assert_int_equal(check(1, 0, 50, 50), LOG_CODE_OUT_OF_ORDER_SEQUENCE);
    assert_int_equal(check(3, 0, 50, 50), LOG_CODE_OUT_OF_ORDER_SEQUENCE);
}

static void silence_expires(void **state)
{
    struct record_batch_header h = batch(1, 0, 50, 50);

    (void)state;
    note(1, 0, 0, 0);
    assert_int_equal(
        log_producers_check(&p, &h, DAY - 1, &before), LOG_CODE_OUT_OF_ORDER_SEQUENCE);
    assert_int_equal(log_producers_check(&p, &h, DAY, &before), LOG_CODE_NONE);
    log_producers_note(&p, &h, DAY);
    h = batch(1, 0, 0, 0);
    assert_int_equal(
        log_producers_check(&p, &h, DAY, &before), LOG_CODE_OUT_OF_ORDER_SEQUENCE);
    assert_int_equal(log_producers_reserve(&p, 2, 2 * DAY), OK);
    assert_int_equal(log_producers_count(&p), 1);
}

static void a_reserved_producer_knows_nothing(void **state)
{
    (void)state;
    assert_int_equal(log_producers_reserve(&p, 9, 0), OK);
    assert_int_equal(check(9, 3, 77, 78), LOG_CODE_NONE);
    for (long n = 0; n < 4; n++) {
        mem_fail_after(n);
        enum err e = log_producers_reserve(&p, 10, 0);
        mem_fail_after(-1);
        assert_true(e == OK || e == ERR_NOMEM);
    }
}

static void all_logs_share_one_budget(void **state)
{
    struct log_producers other;

    (void)state;
    log_producers_init(&other, 3, DAY, &budget);
    note(1, 0, 0, 0);
    note(2, 0, 0, 0);
    assert_int_equal(log_producers_reserve(&other, 1, 0), OK);
    assert_int_equal(log_producers_reserve(&other, 2, 0), OK);
    assert_int_equal(budget.used, 4);
    note(3, 0, 0, 0); /* its own oldest gives way, though it has room for three */
    assert_int_equal(log_producers_count(&p), 2);
    assert_int_equal(check(1, 0, 50, 50), LOG_CODE_NONE);
    assert_int_equal(check(2, 0, 50, 50), LOG_CODE_OUT_OF_ORDER_SEQUENCE);
    assert_int_equal(log_producers_count(&other), 2);
    log_producers_fini(&other);
    assert_int_equal(budget.used, 2);
}

static void a_log_without_producers_takes_nothing_from_others(void **state)
{
    struct log_producers other;

    (void)state;
    budget.max = 2;
    log_producers_init(&other, 3, DAY, &budget);
    note(1, 0, 0, 0);
    note(2, 0, 0, 0);
    assert_int_equal(log_producers_reserve(&other, 7, 0), ERR_FULL);
    assert_int_equal(log_producers_count(&other), 0);
    assert_int_equal(log_producers_count(&p), 2);
    log_producers_fini(&other);
}

static void each_producer_is_told_once_until_it_is_forgotten(void **state)
{
    struct log_producer_state told;
    size_t cursor = 0;

    (void)state;
    note(4, 2, 0, 9);
    note(4, 2, 10, 12);
    assert_true(log_producers_next(&p, &cursor, DAY - 1, &told));
    assert_int_equal(told.id, 4);
    assert_int_equal(told.epoch, 2);
    assert_int_equal(told.last_sequence, 12);
    assert_int_equal(told.last_timestamp, 7);
    assert_false(log_producers_next(&p, &cursor, DAY - 1, &told));
    cursor = 0;
    assert_false(log_producers_next(&p, &cursor, DAY, &told));
}

static enum err restore(int64_t id, int32_t sequence, int64_t timestamp)
{
    struct log_producer_state s = {.id = id,
        .epoch = 1,
        .first_sequence = sequence,
        .last_sequence = sequence,
        .last_timestamp = timestamp};

    return log_producers_restore(&p, &s, DAY);
}

static void who_was_written_down_goes_on_where_it_was(void **state)
{
    (void)state;
    assert_int_equal(restore(1, 4, DAY), OK);
    assert_int_equal(check(1, 1, 4, 4), LOG_CODE_NONE);
    assert_non_null(before);
    assert_int_equal(check(1, 1, 5, 5), LOG_CODE_NONE);
    assert_null(before);
    assert_int_equal(check(1, 1, 6, 6), LOG_CODE_OUT_OF_ORDER_SEQUENCE);
    assert_int_equal(check(1, 0, 5, 5), LOG_CODE_INVALID_PRODUCER_EPOCH);
}

static void who_was_written_down_takes_nobodys_place(void **state)
{
    (void)state;
    note(1, 1, 0, 9);
    assert_int_equal(restore(1, 4, DAY), OK); /* it is known, and better */
    assert_int_equal(check(1, 1, 0, 9), LOG_CODE_NONE);
    assert_non_null(before);
    note(2, 1, 0, 9);
    assert_int_equal(restore(3, 4, DAY), OK);
    assert_int_equal(restore(4, 4, DAY), ERR_FULL);
    note(5, 1, 0, 9); /* the place of the one that was written down */
    assert_int_equal(check(3, 1, 7, 7), LOG_CODE_NONE);
    assert_int_equal(check(1, 1, 11, 11), LOG_CODE_OUT_OF_ORDER_SEQUENCE);
    assert_int_equal(log_producers_count(&p), 3);
    budget.max = 3;
    assert_int_equal(restore(6, 4, DAY), ERR_FULL);
}

static void who_was_written_down_is_as_old_as_its_batch(void **state)
{
    struct record_batch_header next = batch(1, 1, 9, 9);

    (void)state;
    assert_int_equal(restore(1, 4, 1), OK);
    assert_int_equal(restore(2, 4, 0), OK); /* silent for a day */
    assert_int_equal(restore(3, 4, -1), OK);
    assert_int_equal(restore(4, 4, INT64_MAX), OK); /* of a clock that goes ahead */
    assert_int_equal(log_producers_count(&p), 2);
    assert_int_equal(
        log_producers_check(&p, &next, DAY, &before), LOG_CODE_OUT_OF_ORDER_SEQUENCE);
    assert_int_equal(log_producers_check(&p, &next, DAY + 1, &before), LOG_CODE_NONE);
    next.producer_id = 4;
    assert_int_equal(log_producers_check(&p, &next, 2 * DAY - 1, &before),
        LOG_CODE_OUT_OF_ORDER_SEQUENCE);
    assert_int_equal(log_producers_check(&p, &next, 2 * DAY, &before), LOG_CODE_NONE);
    mem_fail_after(0);
    assert_int_equal(restore(5, 4, DAY), ERR_NOMEM);
    mem_fail_after(-1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            who_was_written_down_goes_on_where_it_was, begin, end),
        cmocka_unit_test_setup_teardown(
            who_was_written_down_takes_nobodys_place, begin, end),
        cmocka_unit_test_setup_teardown(
            who_was_written_down_is_as_old_as_its_batch, begin, end),
        cmocka_unit_test_setup_teardown(sequences_follow_each_other, begin, end),
        cmocka_unit_test_setup_teardown(sequences_wrap, begin, end),
        cmocka_unit_test_setup_teardown(the_last_five_are_recognised, begin, end),
        cmocka_unit_test_setup_teardown(epochs_only_rise_and_begin_at_zero, begin, end),
        cmocka_unit_test_setup_teardown(the_longest_silent_gives_way, begin, end),
        cmocka_unit_test_setup_teardown(silence_expires, begin, end),
        cmocka_unit_test_setup_teardown(a_reserved_producer_knows_nothing, begin, end),
        cmocka_unit_test_setup_teardown(all_logs_share_one_budget, begin, end),
        cmocka_unit_test_setup_teardown(
            each_producer_is_told_once_until_it_is_forgotten, begin, end),
        cmocka_unit_test_setup_teardown(
            a_log_without_producers_takes_nothing_from_others, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
