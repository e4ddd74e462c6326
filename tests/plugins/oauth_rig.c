#include "oauth_rig.h"

#include "test.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef void function(void);

static void on_complete(
    void *self, uint64_t attempt, const struct schloss_auth_result *result)
{
    struct rig *r = self;

    r->completions++;
    r->attempt = attempt;
    r->verdict = result->verdict;
    r->reason = result->reason;
    r->expires_ms = result->expires_ms;
    r->answer_length = result->answer.length;
    (void)snprintf(r->principal, sizeof(r->principal), "%.*s",
        (int)result->principal.length, (const char *)result->principal.bytes);
    (void)snprintf(r->issuer, sizeof(r->issuer), "%.*s", (int)result->issuer.length,
        (const char *)result->issuer.bytes);
    (void)snprintf(r->answer, sizeof(r->answer), "%.*s", (int)result->answer.length,
        (const char *)result->answer.bytes);
}

static void on_log(void *self, uint32_t level, struct schloss_auth_bytes text)
{
    struct rig *r = self;

    (void)level;
    (void)snprintf(
        r->said, sizeof(r->said), "%.*s", (int)text.length, (const char *)text.bytes);
}

void (*rig_find(const struct schloss_auth_plugin *plugin, uint32_t id))(void)
{
    const struct schloss_auth_function *f = plugin->functions;

    while (f->id != id) {
        assert_int_not_equal(f->id, 0);
        f++;
    }
    return f->call;
}

int rig_start(struct rig *r, const struct schloss_auth_plugin *plugin, const char *jwks,
    const struct schloss_auth_setting *settings, size_t count)
{
    static const struct schloss_auth_function offered[] = {
        {SCHLOSS_AUTH_HOST_COMPLETE, (function *)on_complete},
        {SCHLOSS_AUTH_HOST_LOG, (function *)on_log},
        {9999, (function *)on_log}, /* of a later version */
        {0, NULL},
    };
    static struct schloss_auth_host offer = {
        .size = sizeof(offer), .abi_major = SCHLOSS_AUTH_ABI_MAJOR, .functions = offered};
    const struct schloss_auth_file file = {
        jwks == NULL ? "other" : "jwks", memfd_create("jwks", 0)};
    const struct schloss_auth_config config = {.size = sizeof(config),
        .files = &file,
        .file_count = 1,
        .settings = settings,
        .setting_count = count};

    *r = (struct rig){.plugin = plugin};
    offer.host = r;
    assert_true(file.fd >= 0);
    if (jwks != NULL) {
        assert_int_equal(write(file.fd, jwks, strlen(jwks)), (ssize_t)strlen(jwks));
    }
    r->instance = ((schloss_auth_plugin_create *)rig_find(
        plugin, SCHLOSS_AUTH_PLUGIN_CREATE))(&offer, &config);
    (void)close(file.fd);
    return r->instance != NULL &&
           ((schloss_auth_plugin_warm *)rig_find(plugin, SCHLOSS_AUTH_PLUGIN_WARM))(
               r->instance) == SCHLOSS_AUTH_READY;
}

void rig_stop(struct rig *r)
{
    ((schloss_auth_plugin_destroy *)rig_find(r->plugin, SCHLOSS_AUTH_PLUGIN_DESTROY))(
        r->instance);
    r->instance = NULL;
}

void rig_begin(struct rig *r, uint64_t attempt)
{
    const struct schloss_auth_bytes mechanism = {"OAUTHBEARER", 11};
    const struct schloss_auth_bytes address = {"127.0.0.1", 9};

    ((schloss_auth_plugin_begin *)rig_find(r->plugin, SCHLOSS_AUTH_PLUGIN_BEGIN))(
        r->instance, attempt, mechanism, address);
}

/* A step is answered once, for its own attempt. */
void rig_step(struct rig *r, uint64_t attempt, const void *bytes, size_t length)
{
    const unsigned before = r->completions;

    ((schloss_auth_plugin_step *)rig_find(r->plugin, SCHLOSS_AUTH_PLUGIN_STEP))(
        r->instance, attempt, (struct schloss_auth_bytes){bytes, length});
    assert_int_equal(r->completions, before + 1);
    assert_int_equal(r->attempt, attempt);
}

void rig_cancel(struct rig *r, uint64_t attempt)
{
    ((schloss_auth_plugin_cancel *)rig_find(r->plugin, SCHLOSS_AUTH_PLUGIN_CANCEL))(
        r->instance, attempt);
}

void rig_send_token(struct rig *r, uint64_t attempt, const void *token, size_t length)
{
    static char message[20000];

    int size = snprintf(message, sizeof(message),
        "n,,\x01"
        "auth=Bearer %.*s\x01\x01",
        (int)length, (const char *)token);
    rig_begin(r, attempt);
    rig_step(r, attempt, message, (size_t)size);
}
