/* password.so as it is shipped, through the loader and the host, with its real Argon2. */
#include "auth_host.h"
#include "fake_broker.h"
#include "test.h"
#include "users_password.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct auth_plugin plugin;
static struct fake_broker *b;

/* alice's password was chosen, bob's generated; carol has the one beside the other. dave is
 * disabled, erin has expired, frank will. */
static int users_fd(void)
{
    char chosen[USERS_HASH_MAX];
    char generated[USERS_HASH_MAX];
    char text[9 * USERS_HASH_MAX];
    int fd = memfd_create("users", 0);

    assert_int_equal(users_hash_make(chosen, "alice's own", 11, USERS_COST_CHOSEN), OK);
    assert_int_equal(
        users_hash_make(generated, "bob's own", 9, USERS_COST_GENERATED), OK);
    int length = snprintf(text, sizeof(text),
        "alice:%s\nbob:%s\ncarol:%s:%s\ndave:%s:disabled\n"
        "erin:%s:expires=2001-01-01T00:00:00Z\nfrank:%s:expires=2999-12-31T23:59:59Z\n",
        chosen, generated, generated, chosen, generated, generated, generated);
    assert_int_equal(write(fd, text, (size_t)length), length);
    return fd;
}

static int setup(void **state)
{
    const char *why = NULL;

    (void)state;
    b = fake_broker();
    const struct auth_host_config config = fake_config(b);
    const struct schloss_auth_file files[] = {{"users", users_fd()}};
    enum err e = auth_loader_open(&plugin, PASSWORD_PLUGIN, &why);
    if (e == OK) {
        e = auth_host_init(&b->host, &plugin, &config, files, 1);
    }
    (void)close(files[0].fd);
    /* A mark for who traces system calls: what follows must be possible in the sandbox.
     */
    (void)!write(-1, "entered", 7);
    return e == OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    (void)!write(-1, "left", 4);
    auth_host_fini(&b->host);
    auth_loader_close(&plugin);
    return 0;
}

static const struct fake_answer *login(uint64_t session, const void *bytes, size_t length)
{
    fake_begin_from(b, session, 1, "PLAIN", "127.0.0.1");
    fake_step_bytes(b, session, 1, bytes, length);
    fake_work(b);
    const struct fake_answer *a = fake_next(b);
    assert_non_null(a);
    assert_int_equal(a->session, session);
    assert_int_equal(a->length, 0);
    assert_null(fake_next(b));
    return a;
}

#define LOGIN(session, text) login(session, text, sizeof(text) - 1)

static void assert_denied(const struct fake_answer *a, enum schloss_auth_reason reason)
{
    assert_int_equal(a->verdict, IPC_VERDICT_DENY);
    assert_int_equal(a->reason, reason);
    assert_string_equal(a->principal, "");
}

static void users_log_in_and_others_do_not(void **state)
{
    const struct fake_answer *a = LOGIN(1, "\0alice\0alice's own");

    (void)state;
    assert_int_equal(a->verdict, IPC_VERDICT_ALLOW);
    assert_string_equal(a->principal, "User:alice");
    a = LOGIN(2, "bob\0bob\0bob's own");
    assert_int_equal(a->verdict, IPC_VERDICT_ALLOW);
    assert_string_equal(a->principal, "User:bob");
    a = LOGIN(3, "\0alice\0alice's own"); /* from the cache */
    assert_int_equal(a->verdict, IPC_VERDICT_ALLOW);
    assert_denied(LOGIN(4, "\0alice\0bob's own"), SCHLOSS_AUTH_REASON_WRONG_PASSWORD);
    assert_denied(LOGIN(5, "\0bob\0alice's own"), SCHLOSS_AUTH_REASON_WRONG_PASSWORD);
    assert_denied(LOGIN(6, "\0mallory\0bob's own"), SCHLOSS_AUTH_REASON_UNKNOWN_USER);
    assert_denied(LOGIN(7, "alice\0bob\0bob's own"), SCHLOSS_AUTH_REASON_OTHER_IDENTITY);
    assert_denied(LOGIN(8, "\0alice"), SCHLOSS_AUTH_REASON_MALFORMED);
    assert_denied(LOGIN(9, ""), SCHLOSS_AUTH_REASON_MALFORMED);
    assert_int_equal(b->host.breaches, 0);
}

static void standing_and_both_passwords_pass_the_host(void **state)
{
    const struct fake_answer *a = LOGIN(1, "\0carol\0alice's own");

    (void)state;
    assert_int_equal(a->verdict, IPC_VERDICT_ALLOW);
    assert_string_equal(a->principal, "User:carol");
    a = LOGIN(2, "\0carol\0bob's own");
    assert_int_equal(a->verdict, IPC_VERDICT_ALLOW);
    assert_denied(LOGIN(3, "\0dave\0bob's own"), SCHLOSS_AUTH_REASON_DISABLED);
    assert_denied(LOGIN(4, "\0erin\0bob's own"), SCHLOSS_AUTH_REASON_EXPIRED);
    a = LOGIN(5, "\0frank\0bob's own");
    assert_int_equal(a->verdict, IPC_VERDICT_ALLOW);
    assert_string_equal(a->principal, "User:frank");
    assert_non_null(plugin.knows);
    assert_int_equal(b->host.breaches, 0);
}

static void guessing_waits_and_then_is_refused(void **state)
{
    static const char guess[] = "\0bob\0a wrong guess";

    (void)state;
    for (uint64_t i = 0; i < 5; i++) {
        assert_denied(
            LOGIN(i, "\0bob\0a wrong guess"), SCHLOSS_AUTH_REASON_WRONG_PASSWORD);
    }
    fake_begin_from(b, 10, 1, "PLAIN", "127.0.0.1");
    fake_step_bytes(b, 10, 1, guess, sizeof(guess) - 1);
    fake_work(b);
    assert_null(fake_next(b));
    fake_pass(b, 249);
    assert_null(fake_next(b));
    fake_pass(b, 1);
    const struct fake_answer *a = fake_next(b);
    assert_non_null(a);
    assert_denied(a, SCHLOSS_AUTH_REASON_WRONG_PASSWORD);
}

static void the_library_exports_nothing_else(void **state)
{
    (void)state;
    assert_non_null(dlsym(plugin.library, SCHLOSS_AUTH_PLUGIN_ENTRY));
    assert_null(dlsym(plugin.library, "password_plugin"));
    assert_null(dlsym(plugin.library, "users_hash_matches"));
    assert_null(dlsym(plugin.library, "mem_alloc"));
}

static void a_bad_users_file_is_refused_with_its_place(void **state)
{
    static const char text[] = "alice\n";
    const char *why = NULL;
    int fd = memfd_create("users", 0);

    (void)state;
    b = fake_broker();
    const struct auth_host_config config = fake_config(b);
    const struct schloss_auth_file files[] = {{"users", fd}};
    assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
    assert_int_equal(auth_loader_open(&plugin, PASSWORD_PLUGIN, &why), OK);
    assert_int_equal(auth_host_init(&b->host, &plugin, &config, files, 1), ERR_INVALID);
    assert_non_null(strstr(b->host.said, "users:1:"));
    auth_host_fini(&b->host);
    auth_loader_close(&plugin);
    (void)close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(users_log_in_and_others_do_not),
        TEST(standing_and_both_passwords_pass_the_host),
        TEST(guessing_waits_and_then_is_refused),
        TEST(the_library_exports_nothing_else),
        cmocka_unit_test(a_bad_users_file_is_refused_with_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
