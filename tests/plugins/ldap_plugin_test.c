#include "ldap_plugin.h"

#include "ldap_fake.h"
#include "ldap_settings.h"
#include "mem.h"
#include "test.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef void function(void);

static struct {
    unsigned completions;
    unsigned waits;
    uint32_t delay_ms;
    uint64_t attempt;
    struct schloss_auth_result result;
    char principal[300];
    char groups[300];
    char said[600];
} host;

static struct ldap_fake fake;
static int authorities = -1;
static uint64_t last_attempt;

static void on_complete(
    void *self, uint64_t attempt, const struct schloss_auth_result *result)
{
    (void)self;
    host.completions++;
    host.attempt = attempt;
    host.result = *result;
    (void)snprintf(host.principal, sizeof(host.principal), "%.*s",
        (int)result->principal.length, (const char *)result->principal.bytes);
    assert_true(result->groups.length < sizeof(host.groups));
    memcpy(host.groups, result->groups.bytes != NULL ? result->groups.bytes : "",
        result->groups.length);
}

static int64_t on_now_ms(void *self)
{
    (void)self;
    return ldap_fake_now_ms;
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

static int on_dial(void *self, uint32_t timeout_ms)
{
    (void)self;
    (void)timeout_ms;
    return -1;
}

static struct schloss_auth_function offered[] = {
    {SCHLOSS_AUTH_HOST_COMPLETE, (function *)on_complete},
    {SCHLOSS_AUTH_HOST_NOW_MS, (function *)on_now_ms},
    {SCHLOSS_AUTH_HOST_WAIT, (function *)on_wait},
    {SCHLOSS_AUTH_HOST_LOG, (function *)on_log},
    {SCHLOSS_AUTH_HOST_DIAL, (function *)on_dial},
    {0, NULL},
};

static struct schloss_auth_host offer = {
    .size = sizeof(offer), .abi_major = SCHLOSS_AUTH_ABI_MAJOR, .functions = offered};

static function *find(uint32_t id)
{
    const struct schloss_auth_function *f = ldap_plugin()->functions;

    while (f->id != 0 && f->id != id) {
        f++;
    }
    return f->call;
}

#define CALL(type, id) ((type *)find(id))

/* A certificate that signs itself, as PEM. */
static int make_authorities(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    int fd = memfd_create("ca", MFD_CLOEXEC);
    FILE *file = fdopen(dup(fd), "w");

    assert_int_equal(X509_set_version(x, 2), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x), -60));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), 3600));
    assert_int_equal(X509_set_pubkey(x, key), 1);
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_X509(file, x), 1);
    fclose(file);
    X509_free(x);
    EVP_PKEY_free(key);
    return fd;
}

#define K LDAP_SETTINGS_PREFIX

static struct schloss_auth_instance *create(int ca, const char *tls)
{
    const struct schloss_auth_setting settings[] = {{K "tls", tls},
        {K "server.name", "d.test"}, {K "user.dn.template", "uid=%u,dc=x"},
        {K "cache.seconds", "1"}};
    const struct schloss_auth_file files[] = {{"ca", ca}};
    const struct schloss_auth_config config = {.size = sizeof(config),
        .files = files,
        .file_count = ca >= 0 ? 1 : 0,
        .settings = settings,
        .setting_count = 4};

    return CALL(schloss_auth_plugin_create, SCHLOSS_AUTH_PLUGIN_CREATE)(&offer, &config);
}

static void destroy(struct schloss_auth_instance *p)
{
    CALL(schloss_auth_plugin_destroy, SCHLOSS_AUTH_PLUGIN_DESTROY)(p);
}

static int set_up(void **state)
{
    memset(&host, 0, sizeof(host));
    ldap_fake_init(&fake);
    authorities = authorities < 0 ? make_authorities() : authorities;
    struct schloss_auth_instance *p = create(authorities, "ldaps");
    assert_non_null(p);
    assert_int_equal(
        CALL(schloss_auth_plugin_warm, SCHLOSS_AUTH_PLUGIN_WARM)(p), SCHLOSS_AUTH_READY);
    ldap_plugin_set_link(p, &fake.link, ldap_fake_now);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    destroy(*state);
    return 0;
}

static void begin(struct schloss_auth_instance *p, const char *address)
{
    CALL(schloss_auth_plugin_begin, SCHLOSS_AUTH_PLUGIN_BEGIN)
    (p, ++last_attempt, (struct schloss_auth_bytes){"PLAIN", 5},
        (struct schloss_auth_bytes){address, strlen(address)});
}

static void step(struct schloss_auth_instance *p, const void *bytes, size_t length)
{
    CALL(schloss_auth_plugin_step, SCHLOSS_AUTH_PLUGIN_STEP)
    (p, last_attempt, (struct schloss_auth_bytes){bytes, length});
}

static void expect(enum schloss_auth_verdict verdict, enum schloss_auth_reason reason)
{
    assert_int_equal(host.completions, 1);
    assert_true(host.attempt == last_attempt);
    assert_int_equal(host.result.verdict, verdict);
    assert_int_equal(host.result.reason, reason);
    assert_string_equal(
        host.principal, verdict == SCHLOSS_AUTH_ALLOW ? "User:alice" : "");
    host.completions = 0;
}

#define LOGIN(p, text) (begin(p, "192.0.2.1"), step(p, text, sizeof(text) - 1))

static void who_is_right_is_let_in_and_remembered(void **state)
{
    struct schloss_auth_instance *p = *state;

    for (unsigned i = 0; i < 3; i++) {
        LOGIN(p, "\0alice\0right");
        expect(SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
        assert_int_equal(fake.checked, 1);
    }
    ldap_fake_now_ms += 1000;
    fake.answers = LDAP_ANSWER_LOCKED;
    LOGIN(p, "\0alice\0right");
    expect(SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_LDAP_LOCKED);
}

static void who_is_let_in_is_in_the_groups_of_the_answer_also_when_remembered(
    void **state)
{
    struct schloss_auth_instance *p = *state;

    assert_true(ldap_groups_add(&fake.groups, "ops", 3));
    assert_true(ldap_groups_add(&fake.groups, "dev", 3));
    for (unsigned i = 0; i < 2; i++) {
        memset(host.groups, 0, sizeof(host.groups));
        LOGIN(p, "\0alice\0right");
        expect(SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
        assert_int_equal(host.result.groups.length, 8);
        assert_memory_equal(host.groups, "ops\0dev", 8);
        fake.groups = (struct ldap_groups){.length = 0};
    }
    assert_int_equal(fake.checked, 1);
    LOGIN(p, "\0alice\0wrong");
    expect(SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_WRONG_PASSWORD);
    assert_int_equal(host.result.groups.length, 0);
}

static void each_answer_has_its_verdict_and_reason(void **state)
{
    static const struct {
        enum ldap_answer answer;
        enum schloss_auth_verdict verdict;
        enum schloss_auth_reason reason;
    } cases[] = {
        {LDAP_ANSWER_WRONG, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_WRONG_PASSWORD},
        {LDAP_ANSWER_UNKNOWN, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_UNKNOWN_USER},
        {LDAP_ANSWER_SEVERAL, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_LDAP_SEVERAL},
        {LDAP_ANSWER_EXPIRED, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_EXPIRED},
        {LDAP_ANSWER_DISABLED, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_DISABLED},
        {LDAP_ANSWER_GROUPS, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_LDAP_GROUPS},
        {LDAP_ANSWER_UNREACHABLE, SCHLOSS_AUTH_ERROR,
            SCHLOSS_AUTH_REASON_LDAP_UNREACHABLE},
        {LDAP_ANSWER_UNTRUSTED, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_LDAP_UNTRUSTED},
        {LDAP_ANSWER_UNDECIDED, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_LDAP_ANSWER},
        {LDAP_ANSWER_CONFUSED, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_LDAP_ANSWER},
    };
    struct schloss_auth_instance *p = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char address[32];
        (void)snprintf(address, sizeof(address), "192.0.2.%zu", i);
        fake.answers = cases[i].answer;
        ldap_fake_now_ms += LDAP_PAUSE_MAX_MS;
        begin(p, address);
        step(p, "\0alice\0right", 12);
        expect(cases[i].verdict, cases[i].reason);
    }
}

static void what_is_not_plain_is_never_asked_about(void **state)
{
    struct schloss_auth_instance *p = *state;

    LOGIN(p, "");
    expect(SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_MALFORMED);
    LOGIN(p, "alice");
    expect(SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_MALFORMED);
    LOGIN(p, "\0alice\0");
    expect(SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_MALFORMED);
    LOGIN(p, "\0\0right");
    expect(SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_MALFORMED);
    LOGIN(p, "\0alice\0right\0");
    expect(SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_MALFORMED);
    LOGIN(p, "bob\0alice\0right");
    expect(SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_OTHER_IDENTITY);
    assert_int_equal(fake.opened, 0);
}

static void who_guesses_waits_and_the_directory_is_spared(void **state)
{
    struct schloss_auth_instance *p = *state;

    for (unsigned i = 0; i < 5; i++) {
        LOGIN(p, "\0alice\0wrong");
        expect(SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_WRONG_PASSWORD);
    }
    LOGIN(p, "\0alice\0right");
    assert_int_equal(host.completions, 0);
    assert_int_equal(host.waits, 1);
    assert_int_equal(fake.checked, 5);
    CALL(schloss_auth_plugin_resume, SCHLOSS_AUTH_PLUGIN_RESUME)(p, last_attempt);
    expect(SCHLOSS_AUTH_ALLOW, SCHLOSS_AUTH_REASON_NONE);
}

static void an_attempt_that_was_cancelled_is_answered_with_an_error(void **state)
{
    struct schloss_auth_instance *p = *state;

    begin(p, "192.0.2.1");
    CALL(schloss_auth_plugin_cancel, SCHLOSS_AUTH_PLUGIN_CANCEL)(p, last_attempt);
    step(p, "\0alice\0right", 12);
    expect(SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
    assert_int_equal(fake.checked, 0);
}

static void without_an_authority_tls_or_a_dial_it_does_not_start(void **state)
{
    int empty = memfd_create("ca", MFD_CLOEXEC);

    (void)state;
    assert_null(create(-1, "ldaps"));
    assert_non_null(strstr(host.said, "LDAP003"));
    assert_null(create(empty, "ldaps"));
    assert_null(create(authorities, "plain"));
    assert_non_null(strstr(host.said, "LDAP002"));
    offered[4].id = 9999; /* a host of minor version 1 */
    assert_null(create(authorities, "ldaps"));
    offered[4].id = SCHLOSS_AUTH_HOST_DIAL;
    close(empty);
}

static void without_a_connection_it_is_no_decision(void **state)
{
    (void)state;
    struct schloss_auth_instance *p = create(authorities, "starttls");
    assert_non_null(p);
    LOGIN(p, "\0alice\0right");
    expect(SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_LDAP_UNREACHABLE);
    assert_non_null(strstr(host.said, "connect failed"));
    destroy(p);
}

static void without_memory_it_does_not_start_and_lets_nobody_in(void **state)
{
    struct schloss_auth_instance *p = *state;
    bool started = false;

    for (long n = 0; !started; n++) {
        mem_fail_after(n);
        struct schloss_auth_instance *other = create(authorities, "ldaps");
        mem_fail_after(-1);
        started = other != NULL;
        if (started) {
            assert_true(n > 3);
            destroy(other);
        }
    }
    mem_fail_after(0);
    begin(p, "192.0.2.1");
    mem_fail_after(-1);
    step(p, "\0alice\0right", 12);
    expect(SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(who_is_right_is_let_in_and_remembered),
        TEST(who_is_let_in_is_in_the_groups_of_the_answer_also_when_remembered),
        TEST(each_answer_has_its_verdict_and_reason),
        TEST(what_is_not_plain_is_never_asked_about),
        TEST(who_guesses_waits_and_the_directory_is_spared),
        TEST(an_attempt_that_was_cancelled_is_answered_with_an_error),
        TEST(without_an_authority_tls_or_a_dial_it_does_not_start),
        TEST(without_a_connection_it_is_no_decision),
        TEST(without_memory_it_does_not_start_and_lets_nobody_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
