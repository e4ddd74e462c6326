#include "oauth_plugin.h"

#include "mem.h"
#include "oauth_forge.h"
#include "oauth_message.h"
#include "oauth_rig.h"
#include "oauth_settings.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

#define A "\x01"

static struct rig r;
static struct buf token;
static struct buf jwks;

static const struct schloss_auth_setting settings[] = {
    {OAUTH_SET_AUDIENCE, "other, " FORGE_AUDIENCE}, {OAUTH_SET_ISSUER, FORGE_ISSUER},
    {"scratch", "/somewhere"}};

static int64_t wall_ms(void)
{
    return FORGE_NOW_MS;
}

static int setup(void **state)
{
    (void)state;
    if (!rig_start(&r, oauth_plugin(), (const char *)jwks.bytes, settings, 3)) {
        return -1;
    }
    oauth_plugin_set_clock(r.instance, wall_ms);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rig_stop(&r);
    return 0;
}

static void assert_denied(enum schloss_auth_reason reason)
{
    assert_int_equal(r.verdict, SCHLOSS_AUTH_DENY);
    assert_int_equal(r.reason, reason);
    assert_int_equal(r.answer_length, 0);
    assert_string_equal(r.principal, "");
}

static void assert_told(void)
{
    assert_int_equal(r.verdict, SCHLOSS_AUTH_CONTINUE);
    assert_string_equal(r.answer, RIG_ERROR);
    assert_string_equal(r.principal, "");
}

static void assert_allowed(void)
{
    assert_int_equal(r.verdict, SCHLOSS_AUTH_ALLOW);
    assert_string_equal(r.principal, "User:alice");
    assert_string_equal(r.issuer, FORGE_ISSUER);
    assert_int_equal(r.answer_length, 0);
    assert_int_equal(r.expires_ms, 2000000);
}

/* Sent as user, which may be empty; with what clients put behind it. */
static void send_as(uint64_t attempt, const char *user, const char *more)
{
    char message[2048];

    int size = snprintf(message, sizeof(message), "n,%s," A "auth=Bearer %.*s" A "%s" A,
        user, (int)token.length, (const char *)token.bytes, more);
    rig_begin(&r, attempt);
    rig_step(&r, attempt, message, (size_t)size);
}

static void a_good_token_allows_names_the_user_and_ends(void **state)
{
    static const char *const names[] = {"RS256", "PS256", "ES256", "EdDSA"};

    (void)state;
    for (uint64_t i = 0; i < 4; i++) {
        forge_good(&token, names[i]);
        rig_send_token(&r, i + 1, token.bytes, token.length);
        assert_allowed();
    }
}

static void extensions_and_hosts_say_nothing(void **state)
{
    (void)state;
    forge_good(&token, "EdDSA");
    send_as(1, "", "host=broker" A "port=9092" A "logicalCluster=x" A);
    assert_allowed();
    send_as(2, "", "principal=bob" A);
    assert_allowed();
    send_as(3, "", "bad key=x" A);
    assert_denied(SCHLOSS_AUTH_REASON_MALFORMED);
}

static void nobody_acts_for_another(void **state)
{
    (void)state;
    forge_good(&token, "EdDSA");
    send_as(1, "a=alice", "");
    assert_allowed();
    send_as(2, "a=bob", "");
    assert_denied(SCHLOSS_AUTH_REASON_OTHER_IDENTITY);
    send_as(3, "a=alic", "");
    assert_denied(SCHLOSS_AUTH_REASON_OTHER_IDENTITY);
    send_as(4, "a=alicee", "");
    assert_denied(SCHLOSS_AUTH_REASON_OTHER_IDENTITY);
}

static void a_bad_token_is_told_and_then_denied_whatever_is_answered(void **state)
{
    static char long_answer[70000];
    static const struct {
        const char *bytes;
        size_t length;
    } answers[] = {
        {A, 1}, {"", 0}, {"x", 1}, {A A, 2}, {long_answer, sizeof(long_answer)}};

    (void)state;
    for (uint64_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        rig_send_token(&r, i, "a.b.c", 5);
        assert_told();
        rig_step(&r, i, answers[i].bytes, answers[i].length);
        assert_denied(SCHLOSS_AUTH_REASON_TOKEN_FORM);
        rig_step(&r, i, A, 1); /* it is over */
        assert_int_equal(r.verdict, SCHLOSS_AUTH_ERROR);
    }
}

static void a_good_token_after_a_bad_one_is_too_late(void **state)
{
    char message[2048];

    (void)state;
    forge_good(&token, "EdDSA");
    int size = snprintf(message, sizeof(message), "n,," A "auth=Bearer %.*s" A A,
        (int)token.length, (const char *)token.bytes);
    rig_send_token(&r, 1, "a.b.c", 5);
    assert_told();
    rig_step(&r, 1, message, (size_t)size);
    assert_denied(SCHLOSS_AUTH_REASON_TOKEN_FORM);
}

static void the_audit_is_told_why(void **state)
{
    (void)state;
    forge_token(&token, "{\"alg\":\"EdDSA\",\"kid\":\"ed25519\"}",
        "{\"iss\":\"" FORGE_ISSUER "\",\"aud\":\"schloss\",\"sub\":\"a\",\"exp\":1400}",
        "EdDSA", forge_key(FORGE_ED25519));
    rig_send_token(&r, 1, token.bytes, token.length);
    assert_told();
    assert_int_equal(r.reason, SCHLOSS_AUTH_REASON_NONE);
    rig_step(&r, 1, A, 1);
    assert_denied(SCHLOSS_AUTH_REASON_TOKEN_EXPIRED);
}

static void who_asks_for_the_error_gets_it(void **state)
{
    static const char message[] = "n,," A "auth=" A A;

    (void)state;
    rig_begin(&r, 1);
    rig_step(&r, 1, message, sizeof(message) - 1);
    assert_told();
    rig_step(&r, 1, A, 1);
    assert_denied(SCHLOSS_AUTH_REASON_TOKEN_FORM);
}

static void malformed_and_long_messages_are_denied_at_once(void **state)
{
    static char bytes[1 << 20];

    (void)state;
    rig_begin(&r, 1);
    rig_step(&r, 1, "", 0);
    assert_denied(SCHLOSS_AUTH_REASON_MALFORMED);
    rig_begin(&r, 2);
    rig_step(&r, 2, "\0alice\0password", 15);
    assert_denied(SCHLOSS_AUTH_REASON_MALFORMED);
    memset(bytes, 'A', sizeof(bytes));
    rig_begin(&r, 3);
    rig_step(&r, 3, bytes, sizeof(bytes));
    assert_denied(SCHLOSS_AUTH_REASON_TOO_LONG);
    rig_send_token(&r, 4, bytes, OAUTH_MESSAGE_MAX);
    assert_denied(SCHLOSS_AUTH_REASON_TOO_LONG);
}

/* One to three changes of a good message, the same in each run. */
static void no_changed_message_lets_anybody_in(void **state)
{
    static char whole[2048];
    static char changed[2048];
    uint64_t x = 88172645463325252;
    unsigned refused = 0;

    (void)state;
    forge_good(&token, "ES256");
    const size_t length =
        (size_t)snprintf(whole, sizeof(whole), "n,a=alice," A "auth=Bearer %.*s" A A,
            (int)token.length, (const char *)token.bytes);
    for (uint64_t i = 1; i <= 3000; i++) {
        size_t size = length;
        memcpy(changed, whole, length);
        for (uint64_t n = 0; n <= i % 3; n++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            size_t at = x % size;
            if (x >> 60 == 0) {
                size = at + 1;
            } else if (x >> 60 == 1) {
                memmove(changed + at, changed + at + 1, size - at - 1);
                size--;
            } else {
                changed[at] ^= (char)(1u << (x >> 32 & 7));
            }
        }
        if (size == length && memcmp(changed, whole, size) == 0) {
            continue;
        }
        rig_begin(&r, i);
        rig_step(&r, i, changed, size);
        if (r.verdict == SCHLOSS_AUTH_CONTINUE) {
            assert_told();
            rig_step(&r, i, A, 1);
        }
        /* 'n' may become another word for the same, and "Bearer" be written otherwise. */
        if (r.verdict == SCHLOSS_AUTH_ALLOW) {
            assert_allowed();
            continue;
        }
        assert_int_equal(r.verdict, SCHLOSS_AUTH_DENY);
        assert_int_not_equal(r.reason, SCHLOSS_AUTH_REASON_NONE);
        refused++;
    }
    assert_true(refused > 2900);
}

static void calls_out_of_order_are_errors(void **state)
{
    (void)state;
    rig_step(&r, 7, "x", 1);
    assert_int_equal(r.verdict, SCHLOSS_AUTH_ERROR);
    rig_begin(&r, 8);
    rig_begin(&r, 8);
    rig_cancel(&r, 8);
    rig_cancel(&r, 8);
    rig_cancel(&r, 9);
    rig_step(&r, 8, "x", 1);
    assert_int_equal(r.verdict, SCHLOSS_AUTH_ERROR);
    rig_begin(&r, 10); /* left open, and freed by teardown */
    rig_send_token(&r, 11, "a.b.c", 5);
}

static void attempts_are_bounded(void **state)
{
    (void)state;
    forge_good(&token, "EdDSA");
    for (uint64_t i = 1; i <= OAUTH_ATTEMPTS_MAX; i++) {
        rig_begin(&r, i);
    }
    rig_send_token(&r, OAUTH_ATTEMPTS_MAX + 1, token.bytes, token.length);
    assert_int_equal(r.verdict, SCHLOSS_AUTH_ERROR);
    rig_cancel(&r, 1);
    rig_send_token(&r, OAUTH_ATTEMPTS_MAX + 1, token.bytes, token.length);
    assert_allowed();
}

static void without_memory_nobody_comes_in(void **state)
{
    long n = 0;

    (void)state;
    forge_good(&token, "EdDSA");
    do {
        mem_fail_after(n);
        rig_send_token(&r, 1, token.bytes, token.length);
        mem_fail_after(-1);
        assert_true(r.verdict == SCHLOSS_AUTH_ALLOW || r.verdict == SCHLOSS_AUTH_ERROR);
        n++;
    } while (r.verdict != SCHLOSS_AUTH_ALLOW && n < 1000);
    assert_true(n > 10);
    assert_allowed();
}

static void it_starts_with_memory_or_not_at_all(void **state)
{
    int started = 0;
    long n = 0;

    (void)state;
    for (; !started && n < 5000; n++) {
        mem_fail_after(n);
        started = rig_start(&r, oauth_plugin(), (const char *)jwks.bytes, settings, 3);
        mem_fail_after(-1);
        rig_stop(&r);
    }
    assert_true(started);
    assert_true(n > 50);
}

static void assert_not_started(const char *file, const struct schloss_auth_setting *given,
    size_t count, const char *why)
{
    assert_false(rig_start(&r, oauth_plugin(), file, given, count));
    assert_null(r.instance);
    assert_string_equal(r.said, why);
}

static void keys_that_are_not_there_yet_are_an_error_and_no_refusal(void **state)
{
    const struct schloss_auth_setting fetched[] = {
        settings[0], settings[1], {OAUTH_SET_URL, "https://keys.test/"}};
    const struct schloss_auth_setting unset[] = {
        settings[0], settings[1], {OAUTH_SET_URL, ""}};

    (void)state;
    assert_true(rig_start(&r, oauth_plugin(), NULL, fetched, 3));
    forge_good(&token, "EdDSA");
    for (uint64_t i = 1; i < 3; i++) {
        rig_send_token(&r, i, token.bytes, token.length);
        assert_int_equal(r.completions, i);
        assert_int_equal(r.verdict, SCHLOSS_AUTH_ERROR);
        assert_int_equal(r.reason, SCHLOSS_AUTH_REASON_TOKEN_NO_KEYS);
    }
    rig_stop(&r);
    assert_true(rig_start(&r, oauth_plugin(), (const char *)jwks.bytes, fetched, 3));
    oauth_plugin_set_clock(r.instance, wall_ms);
    rig_send_token(&r, 1, token.bytes, token.length);
    assert_allowed();
    rig_stop(&r);
    assert_false(rig_start(&r, oauth_plugin(), NULL, unset, 3));
    assert_false(rig_start(&r, oauth_plugin(), "{}", fetched, 3));
}

static void what_is_missing_is_said_in_a_sentence(void **state)
{
    const char *good = (const char *)jwks.bytes;

    (void)state;
    assert_not_started(good, NULL, 0,
        "the setting sasl.oauthbearer.expected.audience is required, and is not there "
        "[AUTH061]");
    assert_not_started(good, settings, 1,
        "the setting sasl.oauthbearer.expected.issuer is required, and is not there "
        "[AUTH061]");
    assert_not_started(
        NULL, settings, 2, "the jwks file can not be read: not found [AUTH062]");
    assert_not_started("", settings, 2,
        "the jwks file is not a JSON object whose members are all different [AUTH063]");
    assert_not_started("{\"keys\":[{\"kty\":\"oct\",\"k\":\"AA\",\"kid\":\"a\"}]}",
        settings, 2,
        "the jwks file: key 1 holds a secret: symmetric keys and private parts do not "
        "belong here [AUTH063]");
}

static void a_host_that_lacks_something_is_refused(void **state)
{
    const struct schloss_auth_function nothing[] = {{0, NULL}};
    const struct schloss_auth_config config = {.size = sizeof(config)};
    struct schloss_auth_host host = {
        .size = sizeof(host), .abi_major = SCHLOSS_AUTH_ABI_MAJOR, .functions = nothing};
    schloss_auth_plugin_create *create = (schloss_auth_plugin_create *)rig_find(
        oauth_plugin(), SCHLOSS_AUTH_PLUGIN_CREATE);

    (void)state;
    assert_null(create(&host, &config));
    assert_null(create(NULL, &config));
    host.abi_major++;
    assert_null(create(&host, &config));
    host.size--;
    assert_null(create(&host, &config));
}

static int setup_all(void **state)
{
    (void)state;
    buf_init(&token, 65536);
    buf_init(&jwks, 65536);
    forge_jwks(&jwks);
    buf_add(&jwks, "", 1);
    return 0;
}

static int teardown_all(void **state)
{
    (void)state;
    buf_fini(&token);
    buf_fini(&jwks);
    forge_end();
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_good_token_allows_names_the_user_and_ends),
        TEST(extensions_and_hosts_say_nothing),
        TEST(nobody_acts_for_another),
        TEST(a_bad_token_is_told_and_then_denied_whatever_is_answered),
        TEST(a_good_token_after_a_bad_one_is_too_late),
        TEST(the_audit_is_told_why),
        TEST(who_asks_for_the_error_gets_it),
        TEST(malformed_and_long_messages_are_denied_at_once),
        TEST(no_changed_message_lets_anybody_in),
        TEST(calls_out_of_order_are_errors),
        TEST(attempts_are_bounded),
        TEST(without_memory_nobody_comes_in),
        cmocka_unit_test(it_starts_with_memory_or_not_at_all),
        cmocka_unit_test(keys_that_are_not_there_yet_are_an_error_and_no_refusal),
        cmocka_unit_test(what_is_missing_is_said_in_a_sentence),
        cmocka_unit_test(a_host_that_lacks_something_is_refused),
    };

    return cmocka_run_group_tests(tests, setup_all, teardown_all);
}
