#include "password_host.h"

#include "password_backoff.h"
#include "password_message.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static schloss_auth_plugin_create *create;
static schloss_auth_plugin_begin *begin;
static schloss_auth_plugin_step *step;
static schloss_auth_plugin_cancel *cancel;
static schloss_auth_plugin_resume *resume;

static int setup(void **state)
{
    char hash[USERS_HASH_MAX];
    char text[USERS_HASH_MAX + 16];

    create = (schloss_auth_plugin_create *)password_host_find(SCHLOSS_AUTH_PLUGIN_CREATE);
    begin = (schloss_auth_plugin_begin *)password_host_find(SCHLOSS_AUTH_PLUGIN_BEGIN);
    step = (schloss_auth_plugin_step *)password_host_find(SCHLOSS_AUTH_PLUGIN_STEP);
    cancel = (schloss_auth_plugin_cancel *)password_host_find(SCHLOSS_AUTH_PLUGIN_CANCEL);
    resume = (schloss_auth_plugin_resume *)password_host_find(SCHLOSS_AUTH_PLUGIN_RESUME);
    (void)snprintf(
        text, sizeof(text), "alice:%s\n", password_host_hash(hash, "right password"));
    *state = password_host_start(text);
    return 0;
}

static int teardown(void **state)
{
    password_host_stop(*state);
    return 0;
}

static struct schloss_auth_bytes text_bytes(const char *text)
{
    return (struct schloss_auth_bytes){text, strlen(text)};
}

static void a_right_password_allows_and_names_the_user(void **state)
{
    SEND(*state, 1, "\0alice\0right password");
    password_host_answered(1, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
    assert_string_equal(host.principal, "User:alice");
    assert_int_equal(host.result.expires_ms, 0);
    assert_int_equal(host.matches, 1);
    SEND(*state, 2, "alice\0alice\0right password");
    password_host_answered(2, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
    assert_string_equal(host.principal, "User:alice");
    assert_int_equal(host.matches, 0); /* from the cache */
}

static void unknown_and_wrong_differ_for_the_audit_only(void **state)
{
    SEND(*state, 1, "\0alice\0wrong password");
    password_host_answered(1, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_WRONG_PASSWORD);
    unsigned wrong = host.matches;
    SEND(*state, 2, "\0nobody\0right password");
    password_host_answered(2, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_UNKNOWN_USER);
    assert_int_equal(host.matches, wrong);
    assert_int_equal(wrong, 1);
}

static void malformed_messages_are_denied_without_an_argon2(void **state)
{
    static char long_message[1 << 20] = "\0alice";

    SEND(*state, 1, "alice");
    password_host_answered(1, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_MALFORMED);
    SEND(*state, 2, "\0alice\0right password\0");
    password_host_answered(2, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_MALFORMED);
    SEND(*state, 3, "admin\0alice\0right password");
    password_host_answered(3, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_OTHER_IDENTITY);
    SEND(*state, 4, "");
    password_host_answered(4, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_MALFORMED);
    memset(long_message + 7, 'p', sizeof(long_message) - 7);
    password_host_send(*state, 5, "127.0.0.1", long_message, sizeof(long_message));
    password_host_answered(5, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_TOO_LONG);
    assert_int_equal(host.matches, 0);
}

static void names_with_strange_but_legal_characters_stay_themselves(void **state)
{
    static const char *const names[] = {
        "a b", "a@example.org", "a/b", "\xc3\xa9", "%s%n"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char message[64];
        int length = snprintf(message, sizeof(message), "%c%s%cpassword", 0, names[i], 0);
        password_host_send(*state, i + 1, "127.0.0.1", message, (size_t)length);
        /* Cyrus read the same name, or it would be malformed. */
        password_host_answered(
            i + 1, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_UNKNOWN_USER);
    }
}

static void fail_until_it_waits(struct schloss_auth_instance *p)
{
    for (uint64_t i = 0; i < PASSWORD_FREE_FAILURES; i++) {
        SEND(p, 100 + i, "\0alice\0wrong password");
        password_host_answered(
            100 + i, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_WRONG_PASSWORD);
    }
}

static void who_guesses_waits_before_anything_is_looked_at(void **state)
{
    fail_until_it_waits(*state);
    SEND(*state, 1, "\0alice\0right password");
    assert_int_equal(host.completions, 0);
    assert_int_equal(host.waits, 1);
    assert_int_equal(host.delay_ms, PASSWORD_PAUSE_MIN_MS);
    assert_int_equal(host.matches, 0);
    host.now_ms += host.delay_ms;
    resume(*state, 1);
    password_host_answered(1, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
    SEND(*state, 2, "\0alice\0right password"); /* forgiven */
    password_host_answered(2, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
}

static void the_cache_does_not_let_a_guesser_skip_his_turn(void **state)
{
    SEND(*state, 1, "\0alice\0right password");
    password_host_answered(1, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
    fail_until_it_waits(*state);
    SEND(*state, 2, "\0alice\0right password");
    assert_int_equal(host.completions, 0);
    assert_int_equal(host.waits, 1);
}

static void a_guesser_locks_out_nobody_else(void **state)
{
    static const char right[] = "\0alice\0right password";

    fail_until_it_waits(*state);
    password_host_send(*state, 1, "127.0.0.2", right, sizeof(right) - 1);
    password_host_answered(1, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
}

static void too_many_at_once_are_denied(void **state)
{
    uint64_t number = 1;

    fail_until_it_waits(*state);
    while (host.completions == 0) {
        SEND(*state, number, "\0alice\0right password");
        number++;
    }
    password_host_answered(
        number - 1, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_TOO_MANY_FAILURES);
    assert_int_equal(host.matches, 0);
    for (uint64_t i = 1; i < number - 1; i++) {
        cancel(*state, i);
    }
}

static void calls_out_of_order_are_errors(void **state)
{
    step(*state, 7, text_bytes("x"));
    password_host_answered(7, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
    resume(*state, 8);
    password_host_answered(8, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
    begin(*state, 9, text_bytes("PLAIN"), text_bytes("127.0.0.1"));
    begin(*state, 9, text_bytes("PLAIN"), text_bytes("127.0.0.1"));
    resume(*state, 9);
    password_host_answered(9, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
    cancel(*state, 9);
    cancel(*state, 10);
    begin(*state, 11, text_bytes("PLAIN"), text_bytes("127.0.0.1"));
    cancel(*state, 11);
    step(*state, 11, text_bytes("x"));
    password_host_answered(11, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
}

static void what_is_left_open_is_freed(void **state)
{
    fail_until_it_waits(*state);
    SEND(*state, 1, "\0alice\0right password");
    begin(*state, 2, text_bytes("PLAIN"), text_bytes("127.0.0.1"));
    /* teardown, under the address sanitizer */
}

static void a_bad_file_is_refused_and_the_place_is_said(void **state)
{
    const struct schloss_auth_config empty = {.size = sizeof(empty)};

    (void)state;
    assert_null(password_host_create("alice:nothing\n"));
    assert_non_null(strstr(host.said, "users:1:7"));
    assert_null(password_host_create("alice"));
    assert_null(create(&password_host_offer, &empty));
    assert_non_null(strstr(host.said, "can not be read"));
}

static void a_host_that_lacks_something_is_refused(void **state)
{
    const struct schloss_auth_config config = {.size = sizeof(config)};
    struct schloss_auth_host other = password_host_offer;

    (void)state;
    other.size = sizeof(other) - 1;
    assert_null(create(&other, &config));
    other = password_host_offer;
    other.abi_major++;
    assert_null(create(&other, &config));
    other = password_host_offer;
    other.functions++; /* no complete */
    assert_null(create(&other, &config));
    assert_null(create(NULL, &config));
    assert_null(create(&password_host_offer, NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_right_password_allows_and_names_the_user),
        TEST(unknown_and_wrong_differ_for_the_audit_only),
        TEST(malformed_messages_are_denied_without_an_argon2),
        TEST(names_with_strange_but_legal_characters_stay_themselves),
        TEST(who_guesses_waits_before_anything_is_looked_at),
        TEST(the_cache_does_not_let_a_guesser_skip_his_turn),
        TEST(a_guesser_locks_out_nobody_else),
        TEST(too_many_at_once_are_denied),
        TEST(calls_out_of_order_are_errors),
        TEST(what_is_left_open_is_freed),
        TEST(a_bad_file_is_refused_and_the_place_is_said),
        TEST(a_host_that_lacks_something_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
