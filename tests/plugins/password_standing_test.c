/* Users with two passwords, with an end, and such as are disabled, through the plugin. */
#include "password_host.h"
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define FAR      "2999-12-31T23:59:59Z"
#define FAR_MS   INT64_C(32503679999000)
#define LONG_AGO "2001-01-01T00:00:00Z"

/* Passwords: "the new password" and, where there are two, "the old password". */
static struct schloss_auth_instance *start(const char *format)
{
    char new_hash[USERS_HASH_MAX];
    char old_hash[USERS_HASH_MAX];
    char users[4096];
    size_t length = 0;

    (void)password_host_hash(new_hash, "the new password");
    (void)password_host_hash(old_hash, "the old password");
    for (const char *p = format; *p != '\0'; p++) { /* N and O stand for the hashes */
        const char *put = *p == 'N' ? new_hash : old_hash;
        int n = *p == 'N' || *p == 'O'
                    ? snprintf(users + length, sizeof(users) - length, "%s", put)
                    : snprintf(users + length, sizeof(users) - length, "%c", *p);
        length += (size_t)n;
        assert_true(length < sizeof(users));
    }
    return password_host_start(users);
}

static void assert_allowed(uint64_t attempt)
{
    password_host_answered(attempt, SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
}

static void assert_denied(uint64_t attempt, enum schloss_auth_reason reason)
{
    password_host_answered(attempt, SCHLOSS_AUTH_DENY, reason);
}

static void both_passwords_of_a_rotation_are_good(void **state)
{
    struct schloss_auth_instance *p = start("alice:N:O\nbob:N\n");

    (void)state;
    for (unsigned i = 0; i < 2; i++) { /* by Argon2, then from the cache */
        SEND(p, 1, "\0alice\0the new password");
        assert_allowed(1);
        assert_string_equal(host.principal, "User:alice");
        assert_int_equal(host.matches, i == 0 ? 1 : 0);
        SEND(p, 2, "\0alice\0the old password");
        assert_allowed(2);
        assert_string_equal(host.principal, "User:alice");
        assert_int_equal(host.matches, i == 0 ? 2 : 0);
    }
    SEND(p, 3, "\0alice\0the other password");
    assert_denied(3, SCHLOSS_AUTH_REASON_WRONG_PASSWORD);
    assert_int_equal(host.matches, 2);
    SEND(p, 4, "\0bob\0the old password");
    assert_denied(4, SCHLOSS_AUTH_REASON_WRONG_PASSWORD);
    assert_int_equal(host.matches, 2);
    password_host_stop(p);
}

static void a_dropped_password_is_refused_after_the_reload(void **state)
{
    struct schloss_auth_instance *p = start("alice:N:O\n");

    (void)state;
    SEND(p, 1, "\0alice\0the old password");
    assert_allowed(1); /* and is in the cache of that instance */
    password_host_stop(p);
    p = start("alice:N\n");
    SEND(p, 1, "\0alice\0the old password");
    assert_denied(1, SCHLOSS_AUTH_REASON_WRONG_PASSWORD);
    password_host_stop(p);
}

static void disabled_and_expired_look_like_unknown(void **state)
{
    struct schloss_auth_instance *p =
        start("alice:N:O\neve:N:disabled\nold:N:expires=" LONG_AGO "\n");
    struct schloss_auth_result unknown;

    (void)state;
    SEND(p, 1, "\0nobody\0the new password");
    assert_denied(1, SCHLOSS_AUTH_REASON_UNKNOWN_USER);
    unknown = host.result;
    const unsigned work = host.matches;
    assert_int_equal(work, 2);
    SEND(p, 2, "\0eve\0the new password");
    assert_denied(2, SCHLOSS_AUTH_REASON_DISABLED);
    assert_int_equal(host.matches, work);
    assert_int_equal(host.result.verdict, unknown.verdict);
    SEND(p, 3, "\0old\0the new password");
    assert_denied(3, SCHLOSS_AUTH_REASON_EXPIRED);
    assert_int_equal(host.matches, work);
    assert_int_equal(host.result.verdict, unknown.verdict);
    password_host_stop(p);
}

static void who_guesses_at_a_disabled_user_waits_like_at_any_name(void **state)
{
    struct schloss_auth_instance *p = start("eve:N:disabled\n");

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        SEND(p, 1, "\0eve\0the new password");
        assert_denied(1, SCHLOSS_AUTH_REASON_DISABLED);
    }
    SEND(p, 1, "\0eve\0the new password");
    assert_int_equal(host.completions, 0);
    assert_int_equal(host.waits, 1);
    password_host_stop(p);
}

static void a_login_ends_when_its_user_does(void **state)
{
    struct schloss_auth_instance *p = start("alice:N:expires=" FAR "\nbob:N\n");

    (void)state;
    for (unsigned i = 0; i < 2; i++) { /* from the cache too */
        SEND(p, 1, "\0alice\0the new password");
        assert_allowed(1);
        assert_true(host.result.expires_ms == FAR_MS);
    }
    SEND(p, 2, "\0bob\0the new password");
    assert_allowed(2);
    assert_true(host.result.expires_ms == 0);
    password_host_stop(p);
}

static uint32_t knows(struct schloss_auth_instance *p, const char *name, size_t length)
{
    schloss_auth_plugin_knows *function =
        (schloss_auth_plugin_knows *)password_host_find(SCHLOSS_AUTH_PLUGIN_KNOWS);

    assert_non_null(function);
    return function(p, (struct schloss_auth_bytes){name, length});
}

#define KNOWS(p, name) knows(p, name, sizeof(name) - 1)

static void who_is_logged_in_may_stay_while_he_is_a_user(void **state)
{
    struct schloss_auth_instance *p = start(
        "alice:N:O\nbob:N:expires=" FAR "\neve:N:disabled\nold:N:expires=" LONG_AGO "\n");

    (void)state;
    assert_int_equal(KNOWS(p, "User:alice"), SCHLOSS_AUTH_READY);
    assert_int_equal(KNOWS(p, "User:bob"), SCHLOSS_AUTH_READY);
    assert_int_equal(KNOWS(p, "User:eve"), SCHLOSS_AUTH_REFUSED);
    assert_int_equal(KNOWS(p, "User:old"), SCHLOSS_AUTH_REFUSED);
    assert_int_equal(KNOWS(p, "User:nobody"), SCHLOSS_AUTH_REFUSED);
    assert_int_equal(KNOWS(p, "User:alic"), SCHLOSS_AUTH_REFUSED);
    assert_int_equal(KNOWS(p, "User:"), SCHLOSS_AUTH_REFUSED);
    assert_int_equal(KNOWS(p, "alice"), SCHLOSS_AUTH_REFUSED);
    assert_int_equal(KNOWS(p, "Group:alice"), SCHLOSS_AUTH_REFUSED);
    assert_int_equal(knows(p, NULL, 0), SCHLOSS_AUTH_REFUSED);
    assert_int_equal(host.matches, 0);
    assert_int_equal(host.completions, 0);
    password_host_stop(p);
}

/* --- one Argon2 at a time ----------------------------------------------------------- */

static unsigned depth;
static unsigned seen;

static unsigned threads(void)
{
    unsigned count = 0;
    DIR *tasks = opendir("/proc/self/task");

    assert_non_null(tasks);
    for (const struct dirent *d = readdir(tasks); d != NULL; d = readdir(tasks)) {
        count += d->d_name[0] != '.';
    }
    (void)closedir(tasks);
    return count;
}

static bool alone(const char *hash, const void *password, size_t length)
{
    assert_int_equal(depth, 0);
    assert_int_equal(threads(), 1);
    assert_int_equal(host.completions, 0); /* the answer waits for the work */
    depth++;
    seen++;
    bool good = users_hash_matches(hash, password, length);
    depth--;
    return good;
}

static void one_argon2_runs_at_a_time_and_ends_inside_the_step(void **state)
{
    struct schloss_auth_instance *p = start("alice:N:O\nbob:N\n");
    char address[16];

    (void)state;
    password_plugin_set_match(p, alone);
    seen = 0;
    for (uint64_t i = 1; i <= 64; i++) {
        static const char guess[] = "\0bob\0the old password";
        (void)snprintf(address, sizeof(address), "127.0.0.%u", (unsigned)i);
        password_host_send(p, i, address, guess, sizeof(guess) - 1);
        assert_denied(i, SCHLOSS_AUTH_REASON_WRONG_PASSWORD); /* before the next comes */
    }
    assert_int_equal(seen, 64 * 2);
    password_host_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_passwords_of_a_rotation_are_good),
        cmocka_unit_test(a_dropped_password_is_refused_after_the_reload),
        cmocka_unit_test(disabled_and_expired_look_like_unknown),
        cmocka_unit_test(who_guesses_at_a_disabled_user_waits_like_at_any_name),
        cmocka_unit_test(a_login_ends_when_its_user_does),
        cmocka_unit_test(who_is_logged_in_may_stay_while_he_is_a_user),
        cmocka_unit_test(one_argon2_runs_at_a_time_and_ends_inside_the_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
