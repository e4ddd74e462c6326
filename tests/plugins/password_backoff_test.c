#include "password_backoff.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

static struct password_pair pair(const char *name, const char *address)
{
    return (struct password_pair){name, strlen(name), address, strlen(address)};
}

static int setup(void **state)
{
    static struct password_backoff b;

    *state = &b;
    return password_backoff_init(&b) == OK ? 0 : -1;
}

static int teardown(void **state)
{
    password_backoff_fini(*state);
    return 0;
}

#define T0 1000000

static void fail_times(struct password_backoff *b, const struct password_pair *p,
    unsigned times, int64_t now_ms)
{
    for (unsigned i = 0; i < times; i++) {
        password_backoff_failed(b, p, now_ms);
    }
}

static void assert_wait(struct password_backoff *b, const struct password_pair *p,
    int64_t now_ms, uint32_t expected)
{
    uint32_t wait_ms = 99;

    assert_true(password_backoff_turn(b, p, now_ms, &wait_ms));
    assert_int_equal(wait_ms, expected);
}

static void the_first_failures_are_free(void **state)
{
    const struct password_pair p = pair("alice", "127.0.0.1");

    assert_wait(*state, &p, T0, 0);
    fail_times(*state, &p, PASSWORD_FREE_FAILURES - 1, T0);
    assert_wait(*state, &p, T0, 0);
    fail_times(*state, &p, 1, T0);
    assert_wait(*state, &p, T0, PASSWORD_PAUSE_MIN_MS);
}

static void pauses_double_up_to_a_maximum(void **state)
{
    const struct password_pair p = pair("alice", "127.0.0.1");
    int64_t now_ms = T0;

    fail_times(*state, &p, PASSWORD_FREE_FAILURES, now_ms);
    for (uint32_t pause = PASSWORD_PAUSE_MIN_MS; pause < 40000; pause *= 2) {
        uint32_t expected = pause < PASSWORD_PAUSE_MAX_MS ? pause : PASSWORD_PAUSE_MAX_MS;
        assert_wait(*state, &p, now_ms, expected);
        now_ms += 100000; /* far past the turn that was taken */
        fail_times(*state, &p, 1, now_ms);
    }
}

static void attempts_at_once_take_turns_and_too_many_are_refused(void **state)
{
    const struct password_pair p = pair("alice", "127.0.0.1");
    uint32_t wait_ms = 0;
    unsigned taken = 0;

    fail_times(*state, &p, PASSWORD_FREE_FAILURES, T0);
    while (password_backoff_turn(*state, &p, T0, &wait_ms)) {
        taken++;
        assert_int_equal(wait_ms, taken * PASSWORD_PAUSE_MIN_MS);
    }
    assert_int_equal(taken, PASSWORD_WAIT_MAX_MS / PASSWORD_PAUSE_MIN_MS);
    /* Once a turn came near enough again there is one more, and just one. */
    assert_true(password_backoff_turn(*state, &p, T0 + PASSWORD_PAUSE_MIN_MS, &wait_ms));
    assert_false(password_backoff_turn(*state, &p, T0 + PASSWORD_PAUSE_MIN_MS, &wait_ms));
}

static void others_are_not_locked_out(void **state)
{
    const struct password_pair guesser = pair("alice", "127.0.0.1");
    const struct password_pair alice = pair("alice", "127.0.0.2");
    const struct password_pair bob = pair("bob", "127.0.0.1");
    const struct password_pair moved = pair("alice1", "27.0.0.1");

    fail_times(*state, &guesser, 1000, T0);
    assert_wait(*state, &alice, T0, 0);
    assert_wait(*state, &bob, T0, 0);
    assert_wait(*state, &moved, T0, 0);
}

static void a_success_forgets(void **state)
{
    const struct password_pair p = pair("alice", "127.0.0.1");

    password_backoff_succeeded(*state, &p); /* nothing there: nothing happens */
    fail_times(*state, &p, 50, T0);
    password_backoff_succeeded(*state, &p);
    fail_times(*state, &p, PASSWORD_FREE_FAILURES - 1, T0);
    assert_wait(*state, &p, T0, 0);
}

static void time_forgets(void **state)
{
    const struct password_pair p = pair("alice", "127.0.0.1");

    fail_times(*state, &p, PASSWORD_FREE_FAILURES, T0);
    assert_wait(*state, &p, T0 + PASSWORD_FORGET_MS - 1, 0); /* its turn came long ago */
    assert_wait(*state, &p, T0 + PASSWORD_FORGET_MS - 1, PASSWORD_PAUSE_MIN_MS);
    assert_wait(*state, &p, T0 + PASSWORD_FORGET_MS, 0);
    assert_wait(*state, &p, T0 + PASSWORD_FORGET_MS, 0);
    fail_times(*state, &p, PASSWORD_FREE_FAILURES - 1, T0 + PASSWORD_FORGET_MS);
    assert_wait(*state, &p, T0 + PASSWORD_FORGET_MS, 0);
}

static void the_table_is_bounded_and_keeps_the_newest(void **state)
{
    const unsigned entries = PASSWORD_BACKOFF_SETS * PASSWORD_BACKOFF_WAYS;
    char name[16];
    unsigned kept = 0;
    uint32_t wait_ms;

    for (unsigned i = 0; i < 5 * entries; i++) {
        (void)snprintf(name, sizeof(name), "u%u", i);
        const struct password_pair p = pair(name, "127.0.0.1");
        fail_times(*state, &p, PASSWORD_FREE_FAILURES, T0 + i);
    }
    for (unsigned i = 5 * entries - entries / 8; i < 5 * entries; i++) {
        (void)snprintf(name, sizeof(name), "u%u", i);
        const struct password_pair p = pair(name, "127.0.0.1");
        assert_true(
            password_backoff_turn(*state, &p, T0 + 5 * entries - entries / 8, &wait_ms));
        kept += wait_ms > 0;
    }
    assert_in_range(kept, entries / 8 - entries / 80, entries / 8);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_failures_are_free),
        TEST(pauses_double_up_to_a_maximum),
        TEST(attempts_at_once_take_turns_and_too_many_are_refused),
        TEST(others_are_not_locked_out),
        TEST(a_success_forgets),
        TEST(time_forgets),
        TEST(the_table_is_bounded_and_keeps_the_newest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
