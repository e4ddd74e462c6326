#include "password_host.h"

#include "test.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct password_host host;

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

static const struct schloss_auth_function functions[] = {
    {SCHLOSS_AUTH_HOST_COMPLETE, (password_host_function *)on_complete},
    {SCHLOSS_AUTH_HOST_NOW_MS, (password_host_function *)on_now_ms},
    {SCHLOSS_AUTH_HOST_WAIT, (password_host_function *)on_wait},
    {SCHLOSS_AUTH_HOST_LOG, (password_host_function *)on_log},
    {9999, (password_host_function *)on_log}, /* of a later version */
    {0, NULL},
};

struct schloss_auth_host password_host_offer = {.size = sizeof(password_host_offer),
    .abi_major = SCHLOSS_AUTH_ABI_MAJOR,
    .functions = functions};

password_host_function *password_host_find(uint32_t id)
{
    const struct schloss_auth_function *f = password_plugin()->functions;

    while (f->id != 0 && f->id != id) {
        f++;
    }
    return f->call;
}

#define FIND(type, id) ((type *)password_host_find(id))

bool password_host_match(const char *hash, const void *password, size_t length)
{
    host.matches++;
    return users_hash_matches(hash, password, length);
}

void password_host_reset(void)
{
    host = (struct password_host){.now_ms = 1000};
}

struct schloss_auth_instance *password_host_create(const char *users)
{
    int fd = memfd_create("users", 0);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, users, strlen(users)), (ssize_t)strlen(users));
    const struct schloss_auth_file files[] = {{"users", fd}};
    const struct schloss_auth_config config = {
        .size = sizeof(config), .files = files, .file_count = 1};
    struct schloss_auth_instance *p = FIND(schloss_auth_plugin_create,
        SCHLOSS_AUTH_PLUGIN_CREATE)(&password_host_offer, &config);
    (void)close(fd);
    return p;
}

struct schloss_auth_instance *password_host_start(const char *users)
{
    password_host_reset();
    struct schloss_auth_instance *p = password_host_create(users);
    assert_non_null(p);
    password_plugin_set_match(p, password_host_match);
    assert_int_equal(
        FIND(schloss_auth_plugin_warm, SCHLOSS_AUTH_PLUGIN_WARM)(p), SCHLOSS_AUTH_READY);
    host.matches = 0; /* the warming's */
    return p;
}

void password_host_stop(struct schloss_auth_instance *p)
{
    FIND(schloss_auth_plugin_destroy, SCHLOSS_AUTH_PLUGIN_DESTROY)(p);
}

const char *password_host_hash(char *out, const char *password)
{
    assert_int_equal(
        users_hash_make(out, password, strlen(password), USERS_COST_GENERATED), OK);
    return out;
}

void password_host_send(struct schloss_auth_instance *p, uint64_t attempt,
    const char *address, const void *message, size_t length)
{
    host.matches = 0;
    FIND(schloss_auth_plugin_begin, SCHLOSS_AUTH_PLUGIN_BEGIN)
    (p, attempt, (struct schloss_auth_bytes){"PLAIN", 5},
        (struct schloss_auth_bytes){address, strlen(address)});
    FIND(schloss_auth_plugin_step, SCHLOSS_AUTH_PLUGIN_STEP)
    (p, attempt, (struct schloss_auth_bytes){message, length});
}

void password_host_answered(
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
        assert_true(host.result.expires_ms == 0);
    }
    host.completions = 0;
}
