/* oauthbearer.so as it is shipped, through the loader. */
#include "auth_loader.h"
#include "oauth_forge.h"
#include "oauth_rig.h"
#include "oauth_settings.h"
#include "test.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static struct auth_plugin plugin;
static struct rig r;
static struct buf token;

static void the_loader_takes_it(void **state)
{
    (void)state;
    assert_string_equal(plugin.about->name, "oauthbearer");
    assert_string_equal(plugin.about->mechanisms, "OAUTHBEARER");
    assert_null(plugin.resume);
    assert_null(plugin.knows);
}

static void it_exports_nothing_else(void **state)
{
    (void)state;
    assert_non_null(dlsym(plugin.library, SCHLOSS_AUTH_PLUGIN_ENTRY));
    assert_null(dlsym(plugin.library, "oauth_plugin"));
    assert_null(dlsym(plugin.library, "oauth_token_check"));
    assert_null(dlsym(plugin.library, "mem_alloc"));
}

static void make_token(
    const char *alg, const char *kid, enum forge_kind kind, int64_t ends_s)
{
    char header[128];
    char claims[256];

    (void)snprintf(header, sizeof(header), "{\"alg\":\"%s\",\"kid\":\"%s\"}", alg, kid);
    (void)snprintf(claims, sizeof(claims),
        "{\"iss\":\"" FORGE_ISSUER "\",\"aud\":[\"" FORGE_AUDIENCE
        "\"],\"sub\":\"alice\",\"exp\":%lld}",
        (long long)ends_s);
    forge_token(&token, header, claims, alg, forge_key(kind));
}

static void log_in(const char *alg, const char *kid, enum forge_kind kind)
{
    static uint64_t attempt;
    const int64_t now_s = time(NULL);

    make_token(alg, kid, kind, now_s + 300);
    attempt++;
    rig_send_token(&r, attempt, token.bytes, token.length);
    assert_int_equal(r.verdict, SCHLOSS_AUTH_ALLOW);
    assert_string_equal(r.principal, "User:alice");
    assert_int_equal(r.expires_ms, (now_s + 300) * 1000);
    make_token(alg, kid, kind, now_s - 300);
    attempt++;
    rig_send_token(&r, attempt, token.bytes, token.length);
    assert_int_equal(r.verdict, SCHLOSS_AUTH_CONTINUE);
    assert_string_equal(r.answer, RIG_ERROR);
    rig_step(&r, attempt, "\x01", 1);
    assert_int_equal(r.verdict, SCHLOSS_AUTH_DENY);
    assert_int_equal(r.reason, SCHLOSS_AUTH_REASON_TOKEN_EXPIRED);
}

static void users_log_in_where_no_file_can_be_opened(void **state)
{
    struct rlimit kept;
    struct rlimit none;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &kept), 0);
    none = (struct rlimit){0, kept.rlim_max};
    for (unsigned i = 0; i < FORGE_KINDS; i++) {
        (void)forge_key((enum forge_kind)i);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(dup(0), -1);
    log_in("RS256", "rsa", FORGE_RSA);
    log_in("PS256", "rsa", FORGE_RSA);
    log_in("ES256", "p256", FORGE_P256);
    log_in("EdDSA", "ed25519", FORGE_ED25519);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &kept), 0);
}

static int setup(void **state)
{
    static const struct schloss_auth_setting settings[] = {
        {OAUTH_SET_AUDIENCE, FORGE_AUDIENCE}, {OAUTH_SET_ISSUER, FORGE_ISSUER}};
    struct buf jwks;
    const char *why = NULL;

    (void)state;
    buf_init(&token, 65536);
    buf_init(&jwks, 65536);
    forge_jwks(&jwks);
    buf_add(&jwks, "", 1);
    int started = auth_loader_open(&plugin, OAUTH_PLUGIN, &why) == OK &&
                  rig_start(&r, plugin.about, (const char *)jwks.bytes, settings, 2);
    buf_fini(&jwks);
    return started ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    rig_stop(&r);
    auth_loader_close(&plugin);
    buf_fini(&token);
    forge_end();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_loader_takes_it),
        cmocka_unit_test(it_exports_nothing_else),
        cmocka_unit_test(users_log_in_where_no_file_can_be_opened),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
