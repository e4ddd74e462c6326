/* The conformance kit: what hostile plugins do, and that none gets somebody in by it. */
#include "auth_host.h"
#include "fake_broker.h"
#include "test.h"

static struct auth_plugin plugin;
static struct fake_broker *b;

static int setup(void **state)
{
    const char *why = NULL;

    (void)state;
    b = fake_broker();
    const struct auth_host_config config = fake_config(b);
    return auth_loader_open(&plugin, HOSTILE_FOLDER "hostile_none.so", &why) == OK &&
                   auth_host_init(&b->host, &plugin, &config, NULL, 0) == OK
               ? 0
               : -1;
}

static int teardown(void **state)
{
    (void)state;
    auth_host_fini(&b->host);
    auth_loader_close(&plugin);
    return 0;
}

static void ask(uint64_t session, const char *act)
{
    fake_begin(b, session, 1);
    fake_step(b, session, 1, act);
    fake_work(b);
}

/* The one answer to session, and what it was. */
static void assert_only(
    uint64_t session, enum ipc_verdict verdict, enum schloss_auth_reason reason)
{
    const struct fake_answer *a = fake_next(b);

    assert_non_null(a);
    assert_int_equal(a->session, session);
    assert_int_equal(a->verdict, verdict);
    assert_int_equal(a->reason, reason);
    assert_null(fake_next(b));
}

static void what_is_not_an_answer_is_an_error(void **state)
{
    static const char *const acts[] = {"huge", "gigabyte", "nowhere", "empty-principal",
        "prefix-only", "other-type", "long-principal", "nul-principal", "line-principal",
        "not-utf8", "zero", "one", "wide", "null", "short", "deny-with-principal"};
    const size_t count = sizeof(acts) / sizeof(acts[0]);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        ask(i, acts[i]);
        assert_only(i, IPC_VERDICT_ERROR, SCHLOSS_AUTH_REASON_PLUGIN);
        assert_int_equal(b->host.attempts.count, 0);
    }
    assert_int_equal(b->host.breaches, count);
}

static void the_first_of_two_answers_counts(void **state)
{
    (void)state;
    ask(1, "twice");
    assert_only(1, IPC_VERDICT_DENY, SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(b->host.breaches, 1);
    ask(2, "allow-twice");
    assert_only(2, IPC_VERDICT_ALLOW, SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(b->host.breaches, 2);
}

static void a_refusal_that_is_held_can_not_be_taken_back(void **state)
{
    (void)state;
    b->host.config.failure_delay_ms = 100;
    ask(1, "twice");
    assert_null(fake_next(b));
    fake_pass(b, 100);
    assert_only(1, IPC_VERDICT_DENY, SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(b->host.breaches, 1);
}

static void an_answer_after_cancel_goes_nowhere(void **state)
{
    (void)state;
    ask(1, "late");
    fake_cancel(b, 1, 1); /* the plugin says ALLOW inside of cancel */
    assert_null(fake_next(b));
    assert_int_equal(b->host.breaches, 1);
    assert_int_equal(b->host.attempts.count, 0);
}

static void an_answer_after_the_timeout_goes_nowhere(void **state)
{
    (void)state;
    ask(1, "late");
    fake_pass(b, AUTH_TIMEOUT_MS);
    assert_only(1, IPC_VERDICT_ERROR, SCHLOSS_AUTH_REASON_TIMEOUT);
    assert_int_equal(b->host.breaches, 1);
}

static void who_never_answers_times_out(void **state)
{
    (void)state;
    ask(1, "hang");
    assert_null(fake_next(b));
    fake_pass(b, AUTH_TIMEOUT_MS);
    assert_only(1, IPC_VERDICT_ERROR, SCHLOSS_AUTH_REASON_TIMEOUT);
}

static void an_attempt_that_ended_can_not_be_answered_again(void **state)
{
    (void)state;
    ask(1, "deny");
    assert_only(1, IPC_VERDICT_DENY, SCHLOSS_AUTH_REASON_NONE);
    fake_begin(b, 1, 2); /* the same session, the same place */
    fake_begin(b, 2, 1);
    fake_step(b, 2, 1, "last");
    fake_work(b);
    assert_null(fake_next(b));
    assert_int_equal(b->host.breaches, 1);
}

static void an_attempt_that_asked_nothing_can_not_be_allowed(void **state)
{
    (void)state;
    fake_begin(b, 1, 1);
    fake_begin(b, 2, 1);
    fake_begin(b, 3, 1);
    fake_begin(b, 4, 1);
    fake_step(b, 1, 1, "other"); /* allows its neighbour */
    fake_work(b);
    const struct fake_answer *a = fake_next(b);
    while (a != NULL) {
        assert_int_equal(a->verdict, IPC_VERDICT_ERROR);
        assert_int_equal(a->reason, SCHLOSS_AUTH_REASON_PLUGIN);
        a = fake_next(b);
    }
    assert_in_range(b->host.breaches, 1, 2);
}

static void an_answer_in_begin_is_an_error(void **state)
{
    (void)state;
    fake_begin_from(b, 1, 1, "TEST", "eager");
    assert_only(1, IPC_VERDICT_ERROR, SCHLOSS_AUTH_REASON_PLUGIN);
    assert_int_equal(b->host.attempts.count, 0);
}

static void an_answer_between_steps_is_an_error(void **state)
{
    (void)state;
    ask(1, "continue-and-allow");
    const struct fake_answer *a = fake_next(b);
    assert_non_null(a);
    assert_int_equal(a->verdict, IPC_VERDICT_CONTINUE);
    assert_only(1, IPC_VERDICT_ERROR, SCHLOSS_AUTH_REASON_PLUGIN);
}

static void who_waits_can_not_answer_or_wait_again(void **state)
{
    (void)state;
    ask(1, "wait-and-allow");
    assert_only(1, IPC_VERDICT_ERROR, SCHLOSS_AUTH_REASON_PLUGIN);
    ask(2, "wait-twice");
    assert_only(2, IPC_VERDICT_ERROR, SCHLOSS_AUTH_REASON_PLUGIN);
    fake_pass(b, 1000);
    assert_null(fake_next(b));
    assert_int_equal(b->host.attempts.count, 0);
}

static void a_plugin_without_resume_can_not_wait(void **state)
{
    (void)state;
    plugin.resume = NULL;
    ask(1, "wait");
    assert_only(1, IPC_VERDICT_ERROR, SCHLOSS_AUTH_REASON_PLUGIN);
}

static void a_long_wait_ends_with_the_timeout(void **state)
{
    (void)state;
    ask(1, "wait-long");
    fake_pass(b, AUTH_TIMEOUT_MS);
    assert_only(1, IPC_VERDICT_ERROR, SCHLOSS_AUTH_REASON_TIMEOUT);
}

static void cancel_storms_leave_nothing_behind(void **state)
{
    static const char *const acts[] = {
        "hang", "wait", "late", "continue", "deny", "allow"};

    (void)state;
    for (uint32_t i = 0; i < 3000; i++) {
        fake_begin(b, i % 7, i);
        fake_step(b, i % 7, i, acts[i % 6]);
        if (i % 3 == 0) {
            fake_work(b);
        }
        fake_cancel(b, i % 7, i);
        b->count = 0;
    }
    assert_int_equal(b->host.attempts.count, 0);
    assert_int_equal(b->host.attempts.queued, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_not_an_answer_is_an_error),
        TEST(the_first_of_two_answers_counts),
        TEST(a_refusal_that_is_held_can_not_be_taken_back),
        TEST(an_answer_after_cancel_goes_nowhere),
        TEST(an_answer_after_the_timeout_goes_nowhere),
        TEST(who_never_answers_times_out),
        TEST(an_attempt_that_ended_can_not_be_answered_again),
        TEST(an_attempt_that_asked_nothing_can_not_be_allowed),
        TEST(an_answer_in_begin_is_an_error),
        TEST(an_answer_between_steps_is_an_error),
        TEST(who_waits_can_not_answer_or_wait_again),
        TEST(a_plugin_without_resume_can_not_wait),
        TEST(a_long_wait_ends_with_the_timeout),
        TEST(cancel_storms_leave_nothing_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
