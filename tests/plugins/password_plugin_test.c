#include "password_plugin.h"

#include "password_backoff.h"
#include "password_message.h"
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A host that remembers the last thing it was told. */
static struct {
    int64_t now_ms;
    unsigned completions;
    unsigned waits;
    uint64_t attempt;
    struct schloss_auth_result result;
    char principal[300];
    uint32_t delay_ms;
    char said[600];
} host;

static unsigned matches;

static void on_complete(
    void *self, uint64_t attempt, const struct schloss_auth_result *result)
{
    (void)self;
    host.completions++;
    host.attempt = attempt;
    host.result = *result;
    (void)snprintf(host.principal, sizeof(host.principal), "%.*s",
        (int)result->principal.length, (const char *)result->principal.bytes);
}

static int64_t on_now_ms(void *self)
{
    (void)self;
    return host.now_ms;
}

static void on_wait(void *self, uint64_t attempt, uint32_t delay_ms)
{
    (void)self;
    host.waits++;
    host.attempt = attempt;
    host.delay_ms = delay_ms;
}

static void on_log(void *self, uint32_t level, struct schloss_auth_bytes text)
{
    (void)self;
    (void)level;
    (void)snprintf(
        host.said, sizeof(host.said), "%.*s", (int)text.length, (const char *)text.bytes);
}

typedef void function(void);

static const struct schloss_auth_function functions[] = {
    {SCHLOSS_AUTH_HOST_COMPLETE, (function *)on_complete},
    {SCHLOSS_AUTH_HOST_NOW_MS, (function *)on_now_ms},
    {SCHLOSS_AUTH_HOST_WAIT, (function *)on_wait},
    {SCHLOSS_AUTH_HOST_LOG, (function *)on_log},
    {9999, (function *)on_log}, /* of a later version */
    {0, NULL},
};

static struct schloss_auth_host offer = {
    .size = sizeof(offer), .abi_major = SCHLOSS_AUTH_ABI_MAJOR, .functions = functions};

static schloss_auth_plugin_create *create;
static schloss_auth_plugin_destroy *destroy;
static schloss_auth_plugin_warm *warm;
static schloss_auth_plugin_begin *begin;
static schloss_auth_plugin_step *step;
static schloss_auth_plugin_cancel *cancel;
static schloss_auth_plugin_resume *resume;

static function *find(uint32_t id)
{
    const struct schloss_auth_function *f = password_plugin()->functions;

    while (f->id != id) {
        assert_int_not_equal(f->id, 0);
        f++;
    }
    return f->call;
}

static bool counting_match(const char *hash, const void *password, size_t length)
{
    matches++;
    return users_hash_matches(hash, password, length);
}

static struct schloss_auth_instance *create_with(const char *text)
{
    int fd = memfd_create("users", 0);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    const struct schloss_auth_file files[] = {{"users", fd}};
    const struct schloss_auth_config config = {
        .size = sizeof(config), .files = files, .file_count = 1};
    struct schloss_auth_instance *p = create(&offer, &config);
    (void)close(fd);
    return p;
}

static int setup(void **state)
{
    char hash[USERS_HASH_MAX];
    char text[USERS_HASH_MAX + 16];

    memset(&host, 0, sizeof(host));
    host.now_ms = 1000;
    create = (schloss_auth_plugin_create *)find(SCHLOSS_AUTH_PLUGIN_CREATE);
    destroy = (schloss_auth_plugin_destroy *)find(SCHLOSS_AUTH_PLUGIN_DESTROY);
    warm = (schloss_auth_plugin_warm *)find(SCHLOSS_AUTH_PLUGIN_WARM);
    begin = (schloss_auth_plugin_begin *)find(SCHLOSS_AUTH_PLUGIN_BEGIN);
    step = (schloss_auth_plugin_step *)find(SCHLOSS_AUTH_PLUGIN_STEP);
    cancel = (schloss_auth_plugin_cancel *)find(SCHLOSS_AUTH_PLUGIN_CANCEL);
    resume = (schloss_auth_plugin_resume *)find(SCHLOSS_AUTH_PLUGIN_RESUME);
    if (users_hash_make(hash, "right password", 14, USERS_COST_GENERATED) != OK) {
        return -1;
    }
    (void)snprintf(text, sizeof(text), "alice:%s\n", hash);
    *state = create_with(text);
    if (*state == NULL) {
        return -1;
    }
    password_plugin_set_match(*state, counting_match);
    return warm(*state) == SCHLOSS_AUTH_READY ? 0 : -1;
}

static int teardown(void **state)
{
    destroy(*state);
    return 0;
}

static struct schloss_auth_bytes text_bytes(const char *text)
{
    return (struct schloss_auth_bytes){text, strlen(text)};
}

static void send_message(struct schloss_auth_instance *p, uint64_t attempt,
    const char *address, const void *message, size_t length)
{
    matches = 0;
    begin(p, attempt, text_bytes("PLAIN"), text_bytes(address));
    step(p, attempt, (struct schloss_auth_bytes){message, length});
}

#define SEND(p, attempt, text)                                                           \
    send_message(p, attempt, "127.0.0.1", text, sizeof(text) - 1)

static void assert_answer(
    uint64_t attempt, enum schloss_auth_verdict verdict, enum schloss_auth_reason reason)
{
    assert_int_equal(host.completions, 1);
    assert_int_equal(host.attempt, attempt);
    assert_int_equal(host.result.size, sizeof(host.result));
    assert_int_equal(host.result.verdict, verdict);
    assert_int_equal(host.result.reason, reason);
    assert_int_equal(host.result.answer.length, 0);
    if (verdict != SCHLOSS_AUTH_ALLOW) {
        assert_string_equal(host.principal, "");
    }
    host.completions = 0;
}

static void a_right_password_allows_and_names_the_user(void **state)
{
    SEND(*state, 1, "\0alice\0right password");
    assert_answer(1, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
    assert_string_equal(host.principal, "User:alice");
    assert_int_equal(host.result.expires_ms, 0);
    assert_int_equal(matches, 1);
    SEND(*state, 2, "alice\0alice\0right password");
    assert_answer(2, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
    assert_string_equal(host.principal, "User:alice");
    assert_int_equal(matches, 0); /* from the cache */
}

static void unknown_and_wrong_differ_for_the_audit_only(void **state)
{
    SEND(*state, 1, "\0alice\0wrong password");
    assert_answer(1, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_WRONG_PASSWORD);
    unsigned wrong = matches;
    SEND(*state, 2, "\0nobody\0right password");
    assert_answer(2, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_UNKNOWN_USER);
    assert_int_equal(matches, wrong);
    assert_int_equal(wrong, 1);
}

static void malformed_messages_are_denied_without_an_argon2(void **state)
{
    static char long_message[1 << 20] = "\0alice";

    SEND(*state, 1, "alice");
    assert_answer(1, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_MALFORMED);
    SEND(*state, 2, "\0alice\0right password\0");
    assert_answer(2, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_MALFORMED);
    SEND(*state, 3, "admin\0alice\0right password");
    assert_answer(3, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_OTHER_IDENTITY);
    SEND(*state, 4, "");
    assert_answer(4, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_MALFORMED);
    memset(long_message + 7, 'p', sizeof(long_message) - 7);
    send_message(*state, 5, "127.0.0.1", long_message, sizeof(long_message));
    assert_answer(5, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_TOO_LONG);
    assert_int_equal(matches, 0);
}

static void names_with_strange_but_legal_characters_stay_themselves(void **state)
{
    static const char *const names[] = {
        "a b", "a@example.org", "a/b", "\xc3\xa9", "%s%n"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char message[64];
        int length = snprintf(message, sizeof(message), "%c%s%cpassword", 0, names[i], 0);
        send_message(*state, i + 1, "127.0.0.1", message, (size_t)length);
        /* Cyrus read the same name, or it would be malformed. */
        assert_answer(i + 1, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_UNKNOWN_USER);
    }
}

static void fail_until_it_waits(struct schloss_auth_instance *p)
{
    for (uint64_t i = 0; i < PASSWORD_FREE_FAILURES; i++) {
        SEND(p, 100 + i, "\0alice\0wrong password");
        assert_answer(100 + i, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_WRONG_PASSWORD);
    }
}

static void who_guesses_waits_before_anything_is_looked_at(void **state)
{
    fail_until_it_waits(*state);
    SEND(*state, 1, "\0alice\0right password");
    assert_int_equal(host.completions, 0);
    assert_int_equal(host.waits, 1);
    assert_int_equal(host.delay_ms, PASSWORD_PAUSE_MIN_MS);
    assert_int_equal(matches, 0);
    host.now_ms += host.delay_ms;
    resume(*state, 1);
    assert_answer(1, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
    SEND(*state, 2, "\0alice\0right password"); /* forgiven */
    assert_answer(2, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
}

static void the_cache_does_not_let_a_guesser_skip_his_turn(void **state)
{
    SEND(*state, 1, "\0alice\0right password");
    assert_answer(1, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
    fail_until_it_waits(*state);
    SEND(*state, 2, "\0alice\0right password");
    assert_int_equal(host.completions, 0);
    assert_int_equal(host.waits, 1);
}

static void a_guesser_locks_out_nobody_else(void **state)
{
    static const char right[] = "\0alice\0right password";

    fail_until_it_waits(*state);
    send_message(*state, 1, "127.0.0.2", right, sizeof(right) - 1);
    assert_answer(1, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
}

static void too_many_at_once_are_denied(void **state)
{
    uint64_t number = 1;

    fail_until_it_waits(*state);
    while (host.completions == 0) {
        SEND(*state, number, "\0alice\0right password");
        number++;
    }
    assert_answer(number - 1, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_TOO_MANY_FAILURES);
    assert_int_equal(matches, 0);
    for (uint64_t i = 1; i < number - 1; i++) {
        cancel(*state, i);
    }
}

static void calls_out_of_order_are_errors(void **state)
{
    step(*state, 7, text_bytes("x"));
    assert_answer(7, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
    resume(*state, 8);
    assert_answer(8, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
    begin(*state, 9, text_bytes("PLAIN"), text_bytes("127.0.0.1"));
    begin(*state, 9, text_bytes("PLAIN"), text_bytes("127.0.0.1"));
    resume(*state, 9);
    assert_answer(9, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
    cancel(*state, 9);
    cancel(*state, 10);
    begin(*state, 11, text_bytes("PLAIN"), text_bytes("127.0.0.1"));
    cancel(*state, 11);
    step(*state, 11, text_bytes("x"));
    assert_answer(11, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
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
    assert_null(create_with("alice:nothing\n"));
    assert_non_null(strstr(host.said, "users:1:7"));
    assert_null(create_with("alice"));
    assert_null(create(&offer, &empty));
    assert_non_null(strstr(host.said, "can not be read"));
}

static void a_host_that_lacks_something_is_refused(void **state)
{
    const struct schloss_auth_config config = {.size = sizeof(config)};
    struct schloss_auth_host other = offer;

    (void)state;
    other.size = sizeof(other) - 1;
    assert_null(create(&other, &config));
    other = offer;
    other.abi_major++;
    assert_null(create(&other, &config));
    other = offer;
    other.functions = functions + 1; /* no complete */
    assert_null(create(&other, &config));
    assert_null(create(NULL, &config));
    assert_null(create(&offer, NULL));
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
