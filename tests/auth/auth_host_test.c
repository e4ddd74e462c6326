#include "auth_host.h"

#include "auth_verdict.h"
#include "fake_broker.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static struct auth_plugin plugin;
static struct fake_broker *b;

static void start(uint32_t delay_ms)
{
    const char *why = NULL;

    b = fake_broker();
    assert_int_equal(
        auth_loader_open(&plugin, HOSTILE_FOLDER "hostile_none.so", &why), OK);
    struct auth_host_config config = fake_config(b);
    config.failure_delay_ms = delay_ms;
    assert_int_equal(auth_host_init(&b->host, &plugin, &config, NULL, 0), OK);
}

static int setup(void **state)
{
    (void)state;
    start(0);
    return 0;
}

static int setup_delay(void **state)
{
    (void)state;
    start(100);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    auth_host_fini(&b->host);
    auth_loader_close(&plugin);
    return 0;
}

static void assert_answer(uint64_t session, uint32_t attempt, enum ipc_verdict verdict,
    enum schloss_auth_reason reason)
{
    const struct fake_answer *a = fake_next(b);

    assert_non_null(a);
    assert_int_equal(a->session, session);
    assert_int_equal(a->attempt, attempt);
    assert_int_equal(a->verdict, verdict);
    assert_int_equal(a->reason, reason);
    assert_string_equal(a->principal, verdict == IPC_VERDICT_ALLOW ? "User:eve" : "");
}

static void assert_error(
    uint64_t session, uint32_t attempt, enum schloss_auth_reason reason)
{
    assert_answer(session, attempt, IPC_VERDICT_ERROR, reason);
}

static void assert_silence(void)
{
    fake_work(b);
    assert_null(fake_next(b));
}

static void assert_nothing_left(void)
{
    assert_silence();
    assert_int_equal(b->host.attempts.count, 0);
    assert_int_equal(b->host.attempts.queued, 0);
    assert_int_equal(auth_host_next_ms(&b->host), -1);
}

static void an_attempt_is_begun_stepped_and_answered_once(void **state)
{
    (void)state;
    fake_begin(b, 7, 1);
    assert_silence();
    fake_step(b, 7, 1, "continue");
    fake_work(b);
    assert_answer(7, 1, IPC_VERDICT_CONTINUE, SCHLOSS_AUTH_REASON_NONE);
    assert_int_equal(b->answers[0].length, 4);
    fake_step(b, 7, 1, "allow");
    assert_null(fake_next(b)); /* the plugin is called from work() alone */
    fake_work(b);
    assert_answer(7, 1, IPC_VERDICT_ALLOW, SCHLOSS_AUTH_REASON_NONE);
    assert_nothing_left();
    fake_begin(b, 7, 2);
    fake_step(b, 7, 2, "deny");
    fake_work(b);
    assert_answer(7, 2, IPC_VERDICT_DENY, SCHLOSS_AUTH_REASON_NONE);
    assert_nothing_left();
    assert_int_equal(b->host.breaches, 0);
}

static void one_message_is_worked_on_at_a_time(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 3; i++) {
        fake_begin(b, i, 1);
        fake_step(b, i, 1, "allow");
    }
    for (uint64_t i = 0; i < 3; i++) {
        assert_int_equal(auth_host_next_ms(&b->host), b->now_ms);
        auth_host_work(&b->host, b->now_ms);
        assert_int_equal(b->count, i + 1);
    }
    fake_work(b);
    assert_int_equal(b->count, 3);
}

static void a_refusal_is_held_back(void **state)
{
    (void)state;
    fake_begin(b, 7, 1);
    fake_step(b, 7, 1, "deny");
    assert_silence();
    assert_int_equal(auth_host_next_ms(&b->host), b->now_ms + 100);
    fake_step(b, 7, 1, "allow"); /* neither quicker ... */
    fake_begin(b, 7, 1);
    assert_silence();
    fake_begin(b, 7, 2); /* ... nor by another begin */
    assert_error(7, 2, SCHLOSS_AUTH_REASON_SEQUENCE);
    fake_pass(b, 99);
    assert_silence();
    fake_pass(b, 1);
    assert_answer(7, 1, IPC_VERDICT_DENY, SCHLOSS_AUTH_REASON_NONE);
    assert_nothing_left();
}

static void success_and_errors_are_not_held_back(void **state)
{
    (void)state;
    fake_begin(b, 7, 1);
    fake_step(b, 7, 1, "allow");
    fake_work(b);
    assert_answer(7, 1, IPC_VERDICT_ALLOW, SCHLOSS_AUTH_REASON_NONE);
    fake_begin(b, 7, 2);
    fake_begin(b, 7, 2);
    assert_error(7, 2, SCHLOSS_AUTH_REASON_SEQUENCE);
    assert_nothing_left();
}

static void a_step_for_nobody_is_an_error_and_harms_nobody(void **state)
{
    (void)state;
    fake_step(b, 7, 1, "allow");
    assert_error(7, 1, SCHLOSS_AUTH_REASON_SEQUENCE);
    fake_begin(b, 7, 1);
    fake_step(b, 7, 2, "allow"); /* another attempt */
    assert_error(7, 2, SCHLOSS_AUTH_REASON_SEQUENCE);
    fake_step(b, 8, 1, "allow"); /* another session */
    assert_error(8, 1, SCHLOSS_AUTH_REASON_SEQUENCE);
    assert_silence();
    fake_step(b, 7, 1, "allow");
    fake_work(b);
    assert_answer(7, 1, IPC_VERDICT_ALLOW, SCHLOSS_AUTH_REASON_NONE);
    assert_nothing_left();
}

static void a_step_before_the_last_was_answered_ends_the_attempt(void **state)
{
    (void)state;
    fake_begin(b, 7, 1);
    fake_step(b, 7, 1, "allow");
    fake_step(b, 7, 1, "allow"); /* in the queue */
    assert_error(7, 1, SCHLOSS_AUTH_REASON_SEQUENCE);
    assert_nothing_left();
    fake_begin(b, 8, 1);
    fake_step(b, 8, 1, "hang"); /* with the plugin */
    assert_silence();
    fake_step(b, 8, 1, "allow");
    assert_error(8, 1, SCHLOSS_AUTH_REASON_SEQUENCE);
    assert_nothing_left();
}

static void a_second_begin_ends_both(void **state)
{
    (void)state;
    fake_begin(b, 7, 1);
    fake_begin(b, 7, 1);
    assert_error(7, 1, SCHLOSS_AUTH_REASON_SEQUENCE);
    assert_nothing_left();
    fake_begin(b, 7, 1);
    fake_begin(b, 7, 2);
    assert_error(7, 1, SCHLOSS_AUTH_REASON_SEQUENCE);
    assert_error(7, 2, SCHLOSS_AUTH_REASON_SEQUENCE);
    assert_nothing_left();
}

static void a_mechanism_must_be_enabled_and_offered(void **state)
{
    static const char *const bad[] = {
        "OTHER" /* offered only */, "PLAIN" /* enabled only */, "", "TES", "test"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        fake_begin_from(b, 7, 1, bad[i], "127.0.0.1");
        assert_error(7, 1, SCHLOSS_AUTH_REASON_MECHANISM);
        assert_nothing_left();
    }
}

static void what_is_cancelled_is_never_answered(void **state)
{
    static const char *const steps[] = {"hang", "wait", "allow", "continue"};

    (void)state;
    fake_cancel(b, 7, 1); /* nothing there */
    assert_silence();
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        fake_begin(b, 7, 1);
        fake_cancel(b, 7, 2);
        fake_cancel(b, 8, 1);
        fake_step(b, 7, 1, steps[i]);
        if (i < 2) {
            assert_silence(); /* with the plugin; the others stay in the queue */
        }
        assert_int_equal(b->host.attempts.count, 1);
        fake_cancel(b, 7, 1);
        assert_nothing_left();
    }
    fake_pass(b, 2 * AUTH_TIMEOUT_MS);
    assert_nothing_left();
    assert_int_equal(b->host.breaches, 0);
}

static void a_held_refusal_can_be_cancelled(void **state)
{
    (void)state;
    fake_begin(b, 7, 1);
    fake_step(b, 7, 1, "late"); /* would complete when it is cancelled */
    fake_work(b);
    fake_cancel(b, 7, 1);
    assert_int_equal(b->host.breaches, 1);
    fake_begin(b, 7, 1);
    fake_step(b, 7, 1, "deny");
    fake_work(b);
    fake_cancel(b, 7, 1);
    assert_nothing_left();
    fake_pass(b, 1000);
    assert_nothing_left();
}

static void attempts_and_queue_are_bounded(void **state)
{
    char address[16];

    (void)state;
    for (uint64_t i = 0; i < AUTH_ATTEMPTS_MAX; i++) {
        (void)snprintf(address, sizeof(address), "127.0.0.%u", (unsigned)(i % 200));
        fake_begin_from(b, i, 1, "TEST", address);
    }
    assert_null(fake_next(b));
    fake_begin(b, 99999, 1);
    assert_error(99999, 1, SCHLOSS_AUTH_REASON_BUSY);
    for (uint64_t i = 0; i < AUTH_QUEUE_MAX; i++) {
        fake_step(b, i, 1, "allow");
    }
    assert_null(fake_next(b));
    fake_step(b, AUTH_QUEUE_MAX, 1, "allow");
    assert_error(AUTH_QUEUE_MAX, 1, SCHLOSS_AUTH_REASON_BUSY);
    fake_work(b);
    for (uint64_t i = 0; i < AUTH_QUEUE_MAX; i++) {
        assert_answer(i, 1, IPC_VERDICT_ALLOW, SCHLOSS_AUTH_REASON_NONE);
    }
    fake_begin(b, 99999, 1);
    assert_silence();
}

static void messages_and_rounds_are_bounded(void **state)
{
    static uint8_t bytes[AUTH_STEP_MAX + 1];

    (void)state;
    fake_begin(b, 7, 1);
    fake_step_bytes(b, 7, 1, bytes, AUTH_STEP_MAX);
    assert_silence(); /* taken; the plugin does not know what to do with it */
    fake_cancel(b, 7, 1);
    fake_begin(b, 7, 2);
    fake_step_bytes(b, 7, 2, bytes, AUTH_STEP_MAX + 1);
    assert_answer(7, 2, IPC_VERDICT_DENY, SCHLOSS_AUTH_REASON_TOO_LONG);
    fake_begin(b, 7, 3);
    for (unsigned i = 0; i < AUTH_ROUNDS_MAX; i++) {
        fake_step(b, 7, 3, "continue");
        fake_work(b);
        assert_answer(7, 3, IPC_VERDICT_CONTINUE, SCHLOSS_AUTH_REASON_NONE);
    }
    fake_step(b, 7, 3, "continue");
    assert_answer(7, 3, IPC_VERDICT_DENY, SCHLOSS_AUTH_REASON_ROUNDS);
    assert_nothing_left();
}

static void an_empty_message_is_a_message(void **state)
{
    (void)state;
    fake_begin(b, 7, 1);
    fake_step(b, 7, 1, "");
    assert_silence();
    assert_int_equal(b->host.attempts.count, 1);
    fake_cancel(b, 7, 1);
    assert_nothing_left();
}

static void every_state_times_out(void **state)
{
    static const char *const steps[] = {NULL, "hang", "wait-long", "continue"};

    (void)state;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        fake_begin(b, 7, 1);
        if (steps[i] != NULL) {
            fake_step(b, 7, 1, steps[i]);
            fake_work(b);
        }
        if (i == 3) {
            assert_answer(7, 1, IPC_VERDICT_CONTINUE, SCHLOSS_AUTH_REASON_NONE);
        }
        assert_int_equal(auth_host_next_ms(&b->host), b->now_ms + AUTH_TIMEOUT_MS);
        fake_pass(b, AUTH_TIMEOUT_MS - 1);
        assert_silence();
        fake_pass(b, 1);
        assert_error(7, 1, SCHLOSS_AUTH_REASON_TIMEOUT);
        assert_nothing_left();
    }
}

static void what_timed_out_in_the_queue_is_not_worked_on(void **state)
{
    (void)state;
    fake_begin(b, 7, 1);
    fake_step(b, 7, 1, "allow");
    b->now_ms += AUTH_TIMEOUT_MS;
    auth_host_work(&b->host, b->now_ms);
    assert_error(7, 1, SCHLOSS_AUTH_REASON_TIMEOUT);
    assert_nothing_left();
}

static void a_wait_is_resumed_in_its_time(void **state)
{
    (void)state;
    fake_begin(b, 7, 1);
    fake_step(b, 7, 1, "wait");
    fake_work(b);
    fake_pass(b, 99);
    assert_silence();
    fake_pass(b, 1);
    assert_answer(7, 1, IPC_VERDICT_ALLOW, SCHLOSS_AUTH_REASON_NONE);
    assert_nothing_left();
}

static void an_answer_that_can_not_be_sent_is_noticed(void **state)
{
    (void)state;
    fake_begin(b, 7, 1);
    fake_step(b, 7, 1, "allow");
    b->fail = ERR_FULL;
    fake_work(b);
    assert_int_equal(b->host.broken, ERR_FULL);
    b->fail = ERR_CLOSED;
    fake_step(b, 7, 1, "allow");
    assert_int_equal(b->host.broken, ERR_FULL); /* the first reason */
}

static void a_plugin_that_refuses_to_start_is_refused(void **state)
{
    static const char *const paths[] = {
        HOSTILE_FOLDER "hostile_create.so", HOSTILE_FOLDER "hostile_warm.so"};
    const char *why = NULL;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        b = fake_broker();
        const struct auth_host_config config = fake_config(b);
        assert_int_equal(auth_loader_open(&plugin, paths[i], &why), OK);
        assert_int_equal(
            auth_host_init(&b->host, &plugin, &config, NULL, 0), ERR_INVALID);
        auth_host_fini(&b->host);
        auth_loader_close(&plugin);
    }
}

#define TEST(name)       cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_DELAY(name) cmocka_unit_test_setup_teardown(name, setup_delay, teardown)

/* --- credentials -------------------------------------------------------------------- */

/* What the plugin says next, and what it was told last. */
static struct {
    uint32_t says;
    struct schloss_auth_bytes bytes;
    struct schloss_auth_credential told;
    unsigned calls;
} given;

static uint32_t on_sealing_key(
    struct schloss_auth_instance *instance, struct schloss_auth_bytes *key_out)
{
    (void)instance;
    *key_out = given.bytes;
    return given.says;
}

static uint32_t on_credential(struct schloss_auth_instance *instance,
    const struct schloss_auth_credential *credential,
    struct schloss_auth_bytes *stored_out)
{
    (void)instance;
    given.calls++;
    given.told = *credential;
    *stored_out = given.bytes;
    return given.says;
}

static struct ipc_credential_answer tell(
    uint8_t act, uint32_t says, const char *bytes, size_t length)
{
    const struct ipc_credential m = {.act = act,
        .name = ipc_text("zoe"),
        .mechanism = ipc_text("TEST"),
        .cost = 4096,
        .serial = 7,
        .bytes = ipc_text("sealed")};

    given.says = says;
    given.bytes = (struct schloss_auth_bytes){bytes, length};
    return auth_host_credential(&b->host, &m, b->now_ms);
}

static void give_functions(void)
{
    memset(&given, 0, sizeof(given));
    plugin.sealing_key = on_sealing_key;
    plugin.credential = on_credential;
}

static void a_credential_is_handed_on_as_broker_sent_it(void **state)
{
    (void)state;
    give_functions();
    struct ipc_credential_answer a =
        tell(IPC_CREDENTIAL_OFFER, SCHLOSS_AUTH_READY, "stored", 6);
    assert_int_equal(a.status, IPC_CREDENTIAL_TAKEN);
    assert_true(ipc_view_equals(a.stored, "stored"));
    assert_int_equal(given.told.size, sizeof(given.told));
    assert_int_equal(given.told.act, SCHLOSS_AUTH_CREDENTIAL_OFFER);
    assert_int_equal(given.told.cost, 4096);
    assert_int_equal(given.told.serial, 7);
    assert_int_equal(given.told.name.length, 3);
    assert_int_equal(given.told.mechanism.length, 4);
    assert_int_equal(given.told.bytes.length, 6);
    a = tell(IPC_CREDENTIAL_KEEP, SCHLOSS_AUTH_READY, "ignored", 7);
    assert_int_equal(a.status, IPC_CREDENTIAL_TAKEN);
    assert_int_equal(a.stored.len, 0);
    a = tell(IPC_CREDENTIAL_OFFER, SCHLOSS_AUTH_ELSEWHERE, "ignored", 7);
    assert_int_equal(a.status, IPC_CREDENTIAL_ELSEWHERE);
    assert_int_equal(a.stored.len, 0);
    a = tell(IPC_CREDENTIAL_OFFER, SCHLOSS_AUTH_REFUSED, "ignored", 7);
    assert_int_equal(a.status, IPC_CREDENTIAL_REFUSED);
    assert_int_equal(a.stored.len, 0);
    assert_int_equal(b->host.breaches, 0);
}

static void what_a_plugin_says_of_a_credential_is_checked(void **state)
{
    static const char many[IPC_SEALED_MAX + 1] = {1};
    static const struct {
        const char *bytes;
        size_t length;
    } bad[] = {
        {NULL, 0}, {NULL, 10}, {many, 0}, {many, sizeof(many)}, {many, (size_t)1 << 40}};

    (void)state;
    give_functions();
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct ipc_credential_answer a =
            tell(IPC_CREDENTIAL_OFFER, SCHLOSS_AUTH_READY, bad[i].bytes, bad[i].length);
        assert_int_equal(a.status, IPC_CREDENTIAL_REFUSED);
        assert_int_equal(a.stored.len, 0);
        assert_int_equal(b->host.breaches, i + 1);
    }
    for (uint32_t says = 0; says < 3; says++) {
        assert_int_equal(
            tell(IPC_CREDENTIAL_KEEP, says, "x", 1).status, IPC_CREDENTIAL_REFUSED);
    }
}

static void a_credential_of_no_such_act_or_mechanism_does_not_reach_the_plugin(
    void **state)
{
    const struct ipc_credential other = {
        .act = IPC_CREDENTIAL_KEEP, .mechanism = ipc_text("OTHER")};

    (void)state;
    give_functions();
    assert_int_equal(tell(0, SCHLOSS_AUTH_READY, "x", 1).status, IPC_CREDENTIAL_REFUSED);
    assert_int_equal(tell(4, SCHLOSS_AUTH_READY, "x", 1).status, IPC_CREDENTIAL_REFUSED);
    assert_int_equal(
        auth_host_credential(&b->host, &other, b->now_ms).status, IPC_CREDENTIAL_REFUSED);
    assert_int_equal(given.calls, 0);
}

static void a_plugin_without_the_functions_takes_no_credential(void **state)
{
    (void)state;
    assert_int_equal(auth_host_sealing_key(&b->host).len, 0);
    assert_int_equal(tell(IPC_CREDENTIAL_OFFER, SCHLOSS_AUTH_READY, "x", 1).status,
        IPC_CREDENTIAL_REFUSED);
}

static void a_sealing_key_has_32_bytes_or_is_none(void **state)
{
    static const char key[33];

    (void)state;
    give_functions();
    given.says = SCHLOSS_AUTH_READY;
    given.bytes = (struct schloss_auth_bytes){key, 32};
    assert_int_equal(auth_host_sealing_key(&b->host).len, 32);
    for (size_t length = 31; length <= 33; length += 2) {
        given.bytes.length = length;
        assert_int_equal(auth_host_sealing_key(&b->host).len, 0);
    }
    given.bytes = (struct schloss_auth_bytes){NULL, 32};
    assert_int_equal(auth_host_sealing_key(&b->host).len, 0);
    assert_int_equal(b->host.breaches, 3);
    given.says = SCHLOSS_AUTH_REFUSED;
    given.bytes = (struct schloss_auth_bytes){key, 32};
    assert_int_equal(auth_host_sealing_key(&b->host).len, 0);
    assert_int_equal(b->host.breaches, 3);
}

static void one_of_the_functions_for_credentials_alone_is_refused(void **state)
{
    struct schloss_auth_function functions[16] = {{0, NULL}};
    struct schloss_auth_plugin about = *plugin.about;
    struct auth_plugin out;
    const char *why = NULL;
    size_t n = 0;

    (void)state;
    while (about.functions[n].id != 0) {
        functions[n] = about.functions[n];
        n++;
    }
    assert_true(n < 14);
    about.functions = functions;
    functions[n] = (struct schloss_auth_function){
        SCHLOSS_AUTH_PLUGIN_SEALING_KEY, (void (*)(void))on_sealing_key};
    assert_int_equal(auth_loader_check(&out, &about, &why), ERR_INVALID);
    assert_non_null(strstr(why, "credentials"));
    functions[n + 1] = (struct schloss_auth_function){
        SCHLOSS_AUTH_PLUGIN_CREDENTIAL, (void (*)(void))on_credential};
    assert_int_equal(auth_loader_check(&out, &about, &why), OK);
    functions[n] = functions[n + 1];
    functions[n + 1] = (struct schloss_auth_function){0, NULL};
    assert_int_equal(auth_loader_check(&out, &about, &why), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_attempt_is_begun_stepped_and_answered_once),
        TEST(one_message_is_worked_on_at_a_time),
        TEST_DELAY(a_refusal_is_held_back),
        TEST_DELAY(success_and_errors_are_not_held_back),
        TEST(a_step_for_nobody_is_an_error_and_harms_nobody),
        TEST(a_step_before_the_last_was_answered_ends_the_attempt),
        TEST(a_second_begin_ends_both),
        TEST(a_mechanism_must_be_enabled_and_offered),
        TEST(what_is_cancelled_is_never_answered),
        TEST_DELAY(a_held_refusal_can_be_cancelled),
        TEST(attempts_and_queue_are_bounded),
        TEST(messages_and_rounds_are_bounded),
        TEST(an_empty_message_is_a_message),
        TEST(every_state_times_out),
        TEST(what_timed_out_in_the_queue_is_not_worked_on),
        TEST(a_wait_is_resumed_in_its_time),
        TEST(an_answer_that_can_not_be_sent_is_noticed),
        cmocka_unit_test(a_plugin_that_refuses_to_start_is_refused),
        TEST(a_credential_is_handed_on_as_broker_sent_it),
        TEST(what_a_plugin_says_of_a_credential_is_checked),
        TEST(a_credential_of_no_such_act_or_mechanism_does_not_reach_the_plugin),
        TEST(a_plugin_without_the_functions_takes_no_credential),
        TEST(a_sealing_key_has_32_bytes_or_is_none),
        TEST(one_of_the_functions_for_credentials_alone_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
