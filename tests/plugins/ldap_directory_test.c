#include "ldap_directory.h"

#include "ldap_fake.h"
#include "test.h"

static const struct ldap_login right = {"alice", 5, "right", 5};
static const struct ldap_login wrong = {"alice", 5, "wrong", 5};
static struct ldap_fake fake;
static struct ldap_groups groups;
static struct ldap_directory d;

static int set_up(void **state)
{
    (void)state;
    ldap_fake_init(&fake);
    ldap_directory_init(&d, &fake.link, ldap_fake_now, 3000);
    return 0;
}

static void one_connection_serves_many_logins(void **state)
{
    (void)state;
    assert_int_equal(ldap_directory_ask(&d, &right, &groups), LDAP_ANSWER_RIGHT);
    assert_int_equal(ldap_directory_ask(&d, &wrong, &groups), LDAP_ANSWER_WRONG);
    assert_int_equal(ldap_directory_ask(&d, &right, &groups), LDAP_ANSWER_RIGHT);
    assert_int_equal(fake.opened, 1);
    assert_int_equal(fake.checked, 3);
    ldap_directory_close(&d);
    assert_int_equal(ldap_directory_ask(&d, &right, &groups), LDAP_ANSWER_RIGHT);
    assert_int_equal(fake.opened, 2);
}

static void an_empty_password_is_never_asked_about(void **state)
{
    const struct ldap_login empty = {"alice", 5, "", 0};

    (void)state;
    assert_int_equal(ldap_directory_ask(&d, &empty, &groups), LDAP_ANSWER_WRONG);
    assert_int_equal(fake.opened, 0);
}

static void a_connection_that_went_away_meanwhile_is_made_anew_once(void **state)
{
    (void)state;
    assert_int_equal(ldap_directory_ask(&d, &right, &groups), LDAP_ANSWER_RIGHT);
    fake.hung_up = true;
    assert_int_equal(ldap_directory_ask(&d, &right, &groups), LDAP_ANSWER_RIGHT);
    assert_int_equal(fake.opened, 2);
    fake.answers = LDAP_ANSWER_CONFUSED;
    assert_int_equal(ldap_directory_ask(&d, &right, &groups), LDAP_ANSWER_CONFUSED);
    assert_int_equal(fake.opened, 3);
    assert_false(fake.is_open);
}

static void a_fresh_connection_is_not_tried_twice(void **state)
{
    (void)state;
    fake.hung_up = true;
    assert_int_equal(ldap_directory_ask(&d, &right, &groups), LDAP_ANSWER_UNREACHABLE);
    assert_int_equal(fake.opened, 1);
}

static void one_that_took_all_the_time_is_not_tried_again(void **state)
{
    (void)state;
    assert_int_equal(ldap_directory_ask(&d, &right, &groups), LDAP_ANSWER_RIGHT);
    fake.takes_ms = 3000;
    fake.hung_up = true;
    assert_int_equal(ldap_directory_ask(&d, &right, &groups), LDAP_ANSWER_UNREACHABLE);
    assert_int_equal(fake.opened, 1);
}

static void one_that_can_not_be_asked_is_left_alone_ever_longer(void **state)
{
    int64_t pause_ms = LDAP_PAUSE_MIN_MS;

    (void)state;
    fake.opens = LDAP_ANSWER_UNTRUSTED;
    for (unsigned i = 1; i < 12; i++) {
        assert_int_equal(ldap_directory_ask(&d, &right, &groups), LDAP_ANSWER_UNTRUSTED);
        assert_int_equal(fake.opened, i);
        ldap_fake_now_ms += pause_ms - 1;
        assert_int_equal(ldap_directory_ask(&d, &right, &groups), LDAP_ANSWER_UNTRUSTED);
        assert_int_equal(fake.opened, i);
        ldap_fake_now_ms += 1;
        pause_ms = pause_ms * 2 < LDAP_PAUSE_MAX_MS ? pause_ms * 2 : LDAP_PAUSE_MAX_MS;
    }
    fake.opens = LDAP_ANSWER_RIGHT;
    assert_int_equal(ldap_directory_ask(&d, &right, &groups), LDAP_ANSWER_RIGHT);
    assert_int_equal(d.failures, 0);
    fake.answers = LDAP_ANSWER_UNREACHABLE;
    assert_int_equal(ldap_directory_ask(&d, &right, &groups), LDAP_ANSWER_UNREACHABLE);
    fake.answers = 0;
    ldap_fake_now_ms += LDAP_PAUSE_MIN_MS;
    assert_int_equal(ldap_directory_ask(&d, &right, &groups), LDAP_ANSWER_RIGHT);
}

static void what_is_undecided_of_one_user_ends_the_connection_and_stops_nobody_else(
    void **state)
{
    (void)state;
    assert_int_equal(ldap_directory_ask(&d, &right, &groups), LDAP_ANSWER_RIGHT);
    for (unsigned i = 1; i < 4; i++) {
        fake.answers = LDAP_ANSWER_UNDECIDED;
        assert_int_equal(ldap_directory_ask(&d, &wrong, &groups), LDAP_ANSWER_UNDECIDED);
        assert_false(fake.is_open);
        assert_int_equal(fake.opened, i);
        fake.answers = 0;
        assert_int_equal(ldap_directory_ask(&d, &right, &groups), LDAP_ANSWER_RIGHT);
    }
}

static void every_decision_keeps_the_connection_and_no_failure_does(void **state)
{
    static const enum ldap_answer decisions[] = {LDAP_ANSWER_WRONG, LDAP_ANSWER_UNKNOWN,
        LDAP_ANSWER_SEVERAL, LDAP_ANSWER_LOCKED, LDAP_ANSWER_EXPIRED,
        LDAP_ANSWER_DISABLED};

    (void)state;
    for (size_t i = 0; i < sizeof(decisions) / sizeof(decisions[0]); i++) {
        fake.answers = decisions[i];
        assert_false(ldap_answer_is_failure(decisions[i]));
        assert_int_equal(ldap_directory_ask(&d, &right, &groups), decisions[i]);
        assert_true(fake.is_open);
    }
    assert_true(ldap_answer_is_failure(LDAP_ANSWER_UNREACHABLE));
    assert_true(ldap_answer_is_failure(LDAP_ANSWER_UNTRUSTED));
    assert_true(ldap_answer_is_failure(LDAP_ANSWER_CONFUSED));
    assert_true(ldap_answer_is_failure(LDAP_ANSWER_UNDECIDED));
    assert_true(ldap_answer_is_failure((enum ldap_answer)0));
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup(function, set_up)
    const struct CMUnitTest tests[] = {
        TEST(one_connection_serves_many_logins),
        TEST(an_empty_password_is_never_asked_about),
        TEST(a_connection_that_went_away_meanwhile_is_made_anew_once),
        TEST(a_fresh_connection_is_not_tried_twice),
        TEST(one_that_took_all_the_time_is_not_tried_again),
        TEST(one_that_can_not_be_asked_is_left_alone_ever_longer),
        TEST(what_is_undecided_of_one_user_ends_the_connection_and_stops_nobody_else),
        TEST(every_decision_keeps_the_connection_and_no_failure_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
