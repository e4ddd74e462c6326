#include "users_time.h"

#include "test.h"

#include <string.h>

static void check_both_ways(const char *text, int64_t seconds)
{
    char back[USERS_TIME_LENGTH + 1];
    int64_t ms = 0;

    assert_int_equal(users_time_parse(text, strlen(text), &ms), OK);
    assert_true(ms == seconds * 1000);
    users_time_format(ms, back);
    assert_string_equal(back, text);
}

static void each_moment_has_one_form(void **state)
{
    (void)state;
    check_both_ways("2000-01-01T00:00:00Z", 946684800);
    check_both_ways("2000-02-29T12:00:00Z", 951825600);
    check_both_ways("2001-09-09T01:46:40Z", 1000000000);
    check_both_ways("2024-02-29T23:59:59Z", 1709251199);
    check_both_ways("2027-01-15T08:00:00Z", 1800000000);
    check_both_ways("2100-03-01T00:00:00Z", 4107542400);
    check_both_ways("9999-12-31T23:59:59Z", 253402300799);
}

static void every_day_of_four_centuries_is_the_one_after_the_last(void **state)
{
    const int64_t day_ms = 86400000;
    int64_t ms = 0;
    char text[USERS_TIME_LENGTH + 1];

    (void)state;
    for (int64_t day = 10957; day < 10957 + 146097; day++) {
        users_time_format(day * day_ms, text);
        assert_int_equal(users_time_parse(text, USERS_TIME_LENGTH, &ms), OK);
        assert_true(ms == day * day_ms);
    }
}

static void what_is_no_moment_is_refused(void **state)
{
    static const char *const bad[] = {"", "2027", "2027-01-31", "2027-01-31T23:59:59",
        "2027-01-31T23:59:59z", "2027-01-31t23:59:59Z", "2027-01-31 23:59:59Z",
        "2027-01-31T23:59:59ZZ", "2027-01-31T23:59:59+00:00", "2027-01-31T23:59:59.5Z",
        "2027/01/31T23:59:59Z", "1999-12-31T23:59:59Z", "2027-00-31T23:59:59Z",
        "2027-13-31T23:59:59Z", "2027-01-00T23:59:59Z", "2027-01-32T23:59:59Z",
        "2027-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2027-04-31T00:00:00Z",
        "2027-01-31T24:00:00Z", "2027-01-31T23:60:00Z", "2027-01-31T23:59:60Z",
        "+027-01-31T23:59:59Z", "2027-01-31T23:59:5 Z", "2027-01-31T23:59:-1Z"};
    int64_t ms = 77;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(users_time_parse(bad[i], strlen(bad[i]), &ms), ERR_INVALID);
    }
    assert_true(ms == 77); /* written on success only */
}

static void every_truncation_is_an_error(void **state)
{
    static const char text[] = "2027-01-31T23:59:59Z";
    int64_t ms;

    (void)state;
    for (size_t length = 0; length < USERS_TIME_LENGTH; length++) {
        assert_int_equal(users_time_parse(text, length, &ms), ERR_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_moment_has_one_form),
        cmocka_unit_test(every_day_of_four_centuries_is_the_one_after_the_last),
        cmocka_unit_test(what_is_no_moment_is_refused),
        cmocka_unit_test(every_truncation_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
