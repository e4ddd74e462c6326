#include "keys_expiry.h"

#include "test.h"

#define DAY INT64_C(86400)
#define END (INT64_C(1000) * DAY)

/* Takes all that is due; how many, and the last step. */
static unsigned take_all(struct keys_expiry *x, int64_t now_s, enum expiry *step_out)
{
    struct keys_warning w;
    unsigned count = 0;

    while (keys_expiry_take(x, now_s, &w)) {
        *step_out = w.step;
        count++;
    }
    return count;
}

static void each_step_is_said_once(void **state)
{
    const struct ipc_certificates facts = {.count = 1, .items = {{.not_after_s = END}}};
    struct keys_expiry x;
    enum expiry step = EXPIRY_FAR;
    int64_t now = 0;

    (void)state;
    keys_expiry_init(&x, &facts);
    assert_int_equal(take_all(&x, now, &step), 0);
    for (int i = EXPIRY_30_DAYS; i <= EXPIRY_OVER; i++) {
        now = keys_expiry_next_s(&x, now);
        assert_int_equal(take_all(&x, now - 1, &step), 0);
        assert_int_equal(take_all(&x, now, &step), 1);
        assert_int_equal(step, i);
        assert_int_equal(take_all(&x, now + 1, &step), 0);
    }
    assert_true(keys_expiry_next_s(&x, now) == INT64_MAX);
}

static void a_start_says_where_it_stands_and_not_what_was(void **state)
{
    const struct ipc_certificates facts = {.count = 1, .items = {{.not_after_s = END}}};
    struct keys_expiry x;
    enum expiry step = EXPIRY_FAR;

    (void)state;
    for (int i = 0; i < 2; i++) { /* a reload is a start */
        keys_expiry_init(&x, &facts);
        assert_int_equal(take_all(&x, END - 5 * DAY, &step), 1);
        assert_int_equal(step, EXPIRY_7_DAYS);
    }
}

static void a_clock_that_is_set_back_says_nothing_again(void **state)
{
    const struct ipc_certificates facts = {.count = 1, .items = {{.not_after_s = END}}};
    struct keys_expiry x;
    enum expiry step = EXPIRY_FAR;

    (void)state;
    keys_expiry_init(&x, &facts);
    assert_int_equal(take_all(&x, END - 5 * DAY, &step), 1);
    assert_int_equal(take_all(&x, END - 20 * DAY, &step), 0);
    assert_int_equal(take_all(&x, END - 5 * DAY, &step), 0);
    assert_int_equal(take_all(&x, END - DAY / 2, &step), 1);
    assert_int_equal(step, EXPIRY_1_DAY);
}

static void issuers_are_watched_too(void **state)
{
    const struct ipc_certificates facts = {.count = 3,
        .items = {{.not_after_s = END}, {.not_after_s = END - 100 * DAY},
            {.not_after_s = END + 100 * DAY}}};
    struct keys_expiry x;
    struct keys_warning w;

    (void)state;
    keys_expiry_init(&x, &facts);
    int64_t now = keys_expiry_next_s(&x, 0);
    assert_true(now == END - 130 * DAY + 1);
    assert_true(keys_expiry_take(&x, now, &w));
    assert_true(w.is_issuer);
    assert_ptr_equal(w.fact, &facts.items[1]);
    assert_false(keys_expiry_take(&x, now, &w));
    assert_true(keys_expiry_take(&x, END, &w));
    assert_false(w.is_issuer);
    assert_true(keys_expiry_take(&x, END, &w));
    assert_int_equal(w.step, EXPIRY_OVER);
    assert_false(keys_expiry_take(&x, END, &w));
}

static void without_certificates_there_is_nothing_to_say(void **state)
{
    const struct ipc_certificates facts = {.count = 0};
    struct keys_expiry x;
    struct keys_warning w;

    (void)state;
    keys_expiry_init(&x, &facts);
    assert_false(keys_expiry_take(&x, END, &w));
    assert_true(keys_expiry_next_s(&x, 0) == INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step_is_said_once),
        cmocka_unit_test(a_start_says_where_it_stands_and_not_what_was),
        cmocka_unit_test(a_clock_that_is_set_back_says_nothing_again),
        cmocka_unit_test(issuers_are_watched_too),
        cmocka_unit_test(without_certificates_there_is_nothing_to_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
