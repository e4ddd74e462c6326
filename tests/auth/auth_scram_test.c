/* scram.so as it is shipped, through the loader and the host. */
#include "auth_host.h"
#include "fake_broker.h"
#include "scram_client.h"
#include "test.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static struct auth_plugin plugin;
static struct fake_broker *b;

/* The bytes of the last answer, which the broker of the tests does not keep. */
static char bytes[1024];
static enum err (*send_on)(void *context, const struct ipc_auth_result *result);

static enum err keep_bytes(void *context, const struct ipc_auth_result *result)
{
    assert_true(result->bytes.len < sizeof(bytes));
    if (result->bytes.len > 0) {
        memcpy(bytes, result->bytes.ptr, result->bytes.len);
    }
    return send_on(context, result);
}

static int credentials_fd(void)
{
    char text[1024];
    int fd = memfd_create("scram", 0);

    scram_client_line("alice", "SCRAM-SHA-256", "alice's own", "0123456789abcdef", 4096,
        text, sizeof(text));
    size_t used = strlen(text);
    scram_client_line("bob", "SCRAM-SHA-512", "bob's own", "0123456789abcdef", 8192,
        text + used, sizeof(text) - used);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    return fd;
}

static int setup(void **state)
{
    const char *why = NULL;

    (void)state;
    b = fake_broker();
    struct auth_host_config config = fake_config(b);
    send_on = config.send;
    config.send = keep_bytes;
    config.mechanisms = ipc_text("SCRAM-SHA-256,SCRAM-SHA-512");
    const struct schloss_auth_file files[] = {{"scram", credentials_fd()}};
    enum err e = auth_loader_open(&plugin, SCRAM_PLUGIN, &why);
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

static const struct fake_answer *say(uint64_t session, const char *text)
{
    fake_step_bytes(b, session, 1, text, strlen(text));
    fake_work(b);
    const struct fake_answer *a = fake_next(b);
    assert_non_null(a);
    assert_int_equal(a->session, session);
    assert_null(fake_next(b));
    return a;
}

/* The last answer; *c is the client that got it. */
static const struct fake_answer *login(
    uint64_t session, struct scram_client *c, const char *name)
{
    static char bare[300];
    char first[400];

    (void)snprintf(bare, sizeof(bare), "n=%s,r=fyko+d2lbbFgONRv9qkxdawL", name);
    (void)snprintf(first, sizeof(first), "n,,%s", bare);
    c->gs2 = "n,,";
    c->bare = bare;
    fake_begin_from(b, session, 1, c->mechanism, "127.0.0.1");
    const struct fake_answer *a = say(session, first);
    assert_int_equal(a->verdict, IPC_VERDICT_CONTINUE);
    assert_string_equal(a->principal, "");
    scram_client_run(c, bytes, a->length);
    return say(session, c->final);
}

static void assert_allowed(
    const struct fake_answer *a, const struct scram_client *c, const char *principal)
{
    assert_int_equal(a->verdict, IPC_VERDICT_ALLOW);
    assert_string_equal(a->principal, principal);
    assert_int_equal(a->length, strlen(c->server_final));
    assert_memory_equal(bytes, c->server_final, a->length);
}

static void assert_denied(const struct fake_answer *a, enum schloss_auth_reason reason)
{
    assert_int_equal(a->verdict, IPC_VERDICT_DENY);
    assert_int_equal(a->reason, reason);
    assert_string_equal(a->principal, "");
    assert_int_equal(a->length, 0);
}

static void users_log_in_and_others_do_not(void **state)
{
    struct scram_client alice = {.mechanism = "SCRAM-SHA-256", .password = "alice's own"};
    struct scram_client bob = {.mechanism = "SCRAM-SHA-512", .password = "bob's own"};
    struct scram_client wrong = {.mechanism = "SCRAM-SHA-512", .password = "alice's own"};

    (void)state;
    assert_allowed(login(1, &alice, "alice"), &alice, "User:alice");
    assert_allowed(login(2, &bob, "bob"), &bob, "User:bob");
    assert_denied(login(3, &wrong, "bob"), SCHLOSS_AUTH_REASON_WRONG_PASSWORD);
    assert_denied(login(4, &wrong, "alice"), SCHLOSS_AUTH_REASON_UNKNOWN_USER);
    assert_denied(login(5, &bob, "mallory"), SCHLOSS_AUTH_REASON_UNKNOWN_USER);
    assert_int_equal(b->host.breaches, 0);
}

static void wrong_messages_are_denied(void **state)
{
    static const struct {
        const char *text;
        enum schloss_auth_reason reason;
    } cases[] = {
        {"", SCHLOSS_AUTH_REASON_MALFORMED},
        {"n,a=bob,n=alice,r=x", SCHLOSS_AUTH_REASON_OTHER_IDENTITY},
        {"p=tls-unique,,n=alice,r=x", SCHLOSS_AUTH_REASON_MALFORMED},
        {"n,,n=alice,r=x,tokenauth=true", SCHLOSS_AUTH_REASON_MECHANISM},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fake_begin_from(b, i, 1, "SCRAM-SHA-256", "127.0.0.1");
        assert_denied(say(i, cases[i].text), cases[i].reason);
    }
    assert_int_equal(b->host.breaches, 0);
}

/* In a process that can open no descriptor any more. */
static void nothing_is_opened_after_the_start(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit none = {0, 0};
        struct scram_client bob = {.mechanism = "SCRAM-SHA-512", .password = "bob's own"};
        if (setrlimit(RLIMIT_NOFILE, &none) != 0 || dup(1) >= 0) {
            _exit(2);
        }
        _exit(login(1, &bob, "bob")->verdict == IPC_VERDICT_ALLOW ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void the_library_exports_nothing_else(void **state)
{
    (void)state;
    assert_non_null(dlsym(plugin.library, SCHLOSS_AUTH_PLUGIN_ENTRY));
    assert_null(dlsym(plugin.library, "scram_plugin"));
    assert_null(dlsym(plugin.library, "scram_crypto_init"));
    assert_null(dlsym(plugin.library, "users_name_problem"));
    assert_string_equal(plugin.about->mechanisms, "SCRAM-SHA-256 SCRAM-SHA-512");
    assert_non_null(plugin.knows);
}

static void a_bad_file_is_refused_with_its_place(void **state)
{
    static const char text[] = "alice\n";
    const char *why = NULL;
    int fd = memfd_create("scram", 0);

    (void)state;
    b = fake_broker();
    const struct auth_host_config config = fake_config(b);
    const struct schloss_auth_file files[] = {{"scram", fd}};
    assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
    assert_int_equal(auth_loader_open(&plugin, SCRAM_PLUGIN, &why), OK);
    assert_int_equal(auth_host_init(&b->host, &plugin, &config, files, 1), ERR_INVALID);
    assert_non_null(strstr(b->host.said, "scram:1:"));
    auth_host_fini(&b->host);
    auth_loader_close(&plugin);
    (void)close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(users_log_in_and_others_do_not),
        TEST(wrong_messages_are_denied),
        TEST(nothing_is_opened_after_the_start),
        TEST(the_library_exports_nothing_else),
        cmocka_unit_test(a_bad_file_is_refused_with_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
