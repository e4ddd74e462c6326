#include "oauth_plugin.h"

#include "buf.h"
#include "clock.h"
#include "mem.h"
#include "oauth_message.h"
#include "oauth_token.h"
#include "oauth_warm.h"
#include "table.h"

#include <string.h>
#include <unistd.h>

#define INVALID_TOKEN "{\"status\":\"invalid_token\"}"

struct host {
    void *self;
    schloss_auth_host_complete *complete;
    schloss_auth_host_log *log;
};

struct schloss_auth_instance {
    struct host host;
    struct oauth_settings settings;
    struct oauth_jwks keys;
    struct table attempts; /* by number */
    int64_t (*wall_ms)(void);
};

struct attempt {
    enum schloss_auth_reason
        refused; /* not NONE: the client was told, one round is left */
};

void oauth_plugin_set_clock(
    struct schloss_auth_instance *instance, int64_t (*wall_ms)(void))
{
    instance->wall_ms = wall_ms;
}

/* --- attempts --------------------------------------------------------------------- */

static void on_cancel(struct schloss_auth_instance *p, uint64_t number)
{
    mem_free(table_remove(&p->attempts, &number, sizeof(number)));
}

static void on_begin(struct schloss_auth_instance *p, uint64_t number,
    struct schloss_auth_bytes mechanism, struct schloss_auth_bytes address)
{
    (void)mechanism; /* there is but one */
    (void)address;
    on_cancel(p, number);
    struct attempt *a = mem_alloc(1, sizeof(*a));
    if (a == NULL) {
        return; /* no such attempt: its step is answered with an error */
    }
    a->refused = SCHLOSS_AUTH_REASON_NONE;
    if (table_put(&p->attempts, &number, sizeof(number), a) != OK) {
        mem_free(a);
    }
}

/* Ends it, here and at the host. */
static void refuse(struct schloss_auth_instance *p, uint64_t number,
    enum schloss_auth_verdict verdict, enum schloss_auth_reason reason)
{
    const struct schloss_auth_result result = {
        .size = sizeof(result), .verdict = verdict, .reason = reason};

    on_cancel(p, number);
    p->host.complete(p->host.self, number, &result);
}

/* The client is told that its token is no good; the rest is for its next message. */
static void tell(struct schloss_auth_instance *p, uint64_t number)
{
    const struct schloss_auth_result result = {.size = sizeof(result),
        .verdict = SCHLOSS_AUTH_CONTINUE,
        .reason = SCHLOSS_AUTH_REASON_NONE,
        .answer = {INVALID_TOKEN, sizeof(INVALID_TOKEN) - 1}};

    p->host.complete(p->host.self, number, &result);
}

static void allow(
    struct schloss_auth_instance *p, uint64_t number, const struct oauth_identity *who)
{
    char principal[5 + USERS_NAME_MAX] = "User:";
    const char *issuer = p->settings.issuer; /* the token named this one */
    struct schloss_auth_result result = {.size = sizeof(result),
        .verdict = SCHLOSS_AUTH_ALLOW,
        .reason = SCHLOSS_AUTH_REASON_NONE,
        .expires_ms = who->expires_ms,
        .issuer = {issuer, strlen(issuer)}};

    memcpy(principal + 5, who->name, who->name_length);
    result.principal = (struct schloss_auth_bytes){principal, 5 + who->name_length};
    result.groups = (struct schloss_auth_bytes){who->groups, who->groups_length};
    on_cancel(p, number);
    p->host.complete(p->host.self, number, &result);
}

/* Nobody acts for another: the name that the client asks for is the token's, or none. */
static bool is_asked_for(const struct oauth_message *m, const struct oauth_identity *who)
{
    return m->user_length == 0 || (m->user_length == who->name_length &&
                                      memcmp(m->user, who->name, who->name_length) == 0);
}

static void judge(struct schloss_auth_instance *p, uint64_t number, struct attempt *a,
    const struct oauth_message *m)
{
    struct oauth_identity who;

    enum schloss_auth_reason reason =
        oauth_token_check(&p->settings, &p->keys, m->token, p->wall_ms(), &who);
    if (reason == SCHLOSS_AUTH_REASON_INTERNAL) {
        refuse(p, number, SCHLOSS_AUTH_ERROR, reason);
    } else if (reason != SCHLOSS_AUTH_REASON_NONE) {
        a->refused = reason;
        tell(p, number);
    } else if (!is_asked_for(m, &who)) {
        refuse(p, number, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_OTHER_IDENTITY);
    } else {
        allow(p, number, &who);
    }
}

static void on_step(
    struct schloss_auth_instance *p, uint64_t number, struct schloss_auth_bytes message)
{
    struct attempt *a = table_get(&p->attempts, &number, sizeof(number));
    struct oauth_message m;

    if (a == NULL) {
        refuse(p, number, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
        return;
    }
    if (p->keys.count == 0) {
        refuse(p, number, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_TOKEN_NO_KEYS);
        return;
    }
    if (a->refused != SCHLOSS_AUTH_REASON_NONE) {
        refuse(p, number, SCHLOSS_AUTH_DENY, a->refused);
        return;
    }
    enum schloss_auth_reason reason =
        oauth_message_parse(&m, message.bytes, message.length);
    if (reason != SCHLOSS_AUTH_REASON_NONE) {
        refuse(p, number, SCHLOSS_AUTH_DENY, reason);
        return;
    }
    judge(p, number, a, &m);
}

/* --- the instance ----------------------------------------------------------------- */

/* Frees the text. */
static void say(const struct host *host, struct buf *text)
{
    if (buf_error(text) == OK) {
        host->log(host->self, SCHLOSS_AUTH_LOG_ERROR,
            (struct schloss_auth_bytes){text->bytes, text->length});
    }
    buf_fini(text);
}

static void say_text(const struct host *host, const char *text)
{
    host->log(host->self, SCHLOSS_AUTH_LOG_ERROR,
        (struct schloss_auth_bytes){text, strlen(text)});
}

static bool host_init(struct host *out, const struct schloss_auth_host *host)
{
    *out = (struct host){.self = NULL};
    if (host == NULL || host->size < sizeof(*host) ||
        host->abi_major != SCHLOSS_AUTH_ABI_MAJOR) {
        return false;
    }
    out->self = host->host;
    for (const struct schloss_auth_function *f = host->functions; f->id != 0; f++) {
        switch (f->id) {
        case SCHLOSS_AUTH_HOST_COMPLETE:
            out->complete = (schloss_auth_host_complete *)f->call;
            break;
        case SCHLOSS_AUTH_HOST_LOG:
            out->log = (schloss_auth_host_log *)f->call;
            break;
        default:
            break; /* not needed, or of a newer host */
        }
    }
    return out->complete != NULL && out->log != NULL;
}

static enum err load_settings(
    struct schloss_auth_instance *p, const struct schloss_auth_config *config)
{
    const char *key = "";
    const char *why = "";
    struct buf text;

    /* Older hosts have no settings, and tokens need some. */
    size_t count = config->size < sizeof(*config) ? 0 : config->setting_count;
    enum err e = oauth_settings_read(
        &p->settings, count == 0 ? NULL : config->settings, count, &key, &why);
    if (e != OK) {
        buf_init(&text, 1024);
        buf_add_format(&text, "the setting %s %s [AUTH061]", key, why);
        say(&p->host, &text);
    }
    return e;
}

/* The whole file from its beginning, wherever its descriptor stands. */
static enum err read_all(int fd, struct buf *out)
{
    for (;;) {
        uint8_t *room = buf_reserve(out, 65536);
        if (room == NULL) {
            return buf_error(out);
        }
        ssize_t n = pread(fd, room, 65536, (off_t)out->length);
        if (n < 0) {
            return ERR_IO;
        }
        if (n == 0) {
            return OK;
        }
        buf_grew(out, (size_t)n);
    }
}

static void say_problem(
    const struct host *host, enum err e, const struct oauth_jwks_problem *problem)
{
    struct buf text;

    buf_init(&text, 1024);
    if (e != ERR_INVALID) {
        buf_add_format(&text, "the jwks file can not be read: %s [AUTH062]", err_text(e));
    } else if (problem->key == 0) {
        buf_add_format(&text, "the jwks file %s [AUTH063]", problem->message);
    } else {
        buf_add_format(
            &text, "the jwks file: key %zu %s [AUTH063]", problem->key, problem->message);
    }
    say(host, &text);
}

static enum err load_keys(struct schloss_auth_instance *p, int fd)
{
    struct oauth_jwks_problem problem = {.message = ""};
    struct buf bytes;

    buf_init(&bytes, OAUTH_JWKS_SIZE_MAX + 65536);
    enum err e = fd < 0 ? ERR_NOT_FOUND : read_all(fd, &bytes);
    if (e == OK) {
        e = oauth_jwks_load(&p->keys, bytes.bytes, bytes.length, &problem);
    }
    buf_fini(&bytes);
    if (e != OK) {
        say_problem(&p->host, e, &problem);
    }
    return e;
}

static int jwks_fd(const struct schloss_auth_config *config)
{
    for (size_t i = 0; i < config->file_count; i++) {
        if (strcmp(config->files[i].name, "jwks") == 0) {
            return config->files[i].fd;
        }
    }
    return -1;
}

/* Without a file: were the keys to be fetched, and are not there yet? */
static bool has_url(const struct schloss_auth_config *config)
{
    size_t count = config->size < sizeof(*config) ? 0 : config->setting_count;

    for (size_t i = 0; i < count; i++) {
        if (strcmp(config->settings[i].name, OAUTH_SET_URL) == 0) {
            return config->settings[i].value[0] != '\0';
        }
    }
    return false;
}

static void on_destroy(struct schloss_auth_instance *p)
{
    size_t cursor = 0;

    if (p == NULL) {
        return;
    }
    for (void *a = table_next(&p->attempts, &cursor); a != NULL;
         a = table_next(&p->attempts, &cursor)) {
        mem_free(a);
    }
    table_fini(&p->attempts);
    oauth_jwks_fini(&p->keys);
    mem_free(p);
}

static struct schloss_auth_instance *on_create(
    const struct schloss_auth_host *host, const struct schloss_auth_config *config)
{
    struct host functions;

    if (!host_init(&functions, host) || config == NULL ||
        config->size < offsetof(struct schloss_auth_config, settings)) {
        return NULL;
    }
    struct schloss_auth_instance *p = mem_alloc(1, sizeof(*p));
    if (p == NULL) {
        return NULL;
    }
    p->host = functions;
    p->wall_ms = clock_wall_ms;
    table_init(&p->attempts, OAUTH_ATTEMPTS_MAX);
    oauth_json_start();
    enum err e = load_settings(p, config);
    int fd = jwks_fd(config);
    if (e == OK && (fd >= 0 || !has_url(config))) {
        e = load_keys(p, fd);
    }
    if (e != OK) {
        on_destroy(p);
        return NULL;
    }
    return p;
}

static uint32_t on_warm(struct schloss_auth_instance *p)
{
    if (oauth_warm_algorithms() != OK || oauth_warm_keys(&p->keys) != OK) {
        say_text(&p->host, "the dummy logins did not end as they must [AUTH064]");
        return SCHLOSS_AUTH_REFUSED;
    }
    (void)p->wall_ms();
    return SCHLOSS_AUTH_READY;
}

const struct schloss_auth_plugin *oauth_plugin(void)
{
    typedef void function(void);
    static const struct schloss_auth_function functions[] = {
        {SCHLOSS_AUTH_PLUGIN_CREATE, (function *)on_create},
        {SCHLOSS_AUTH_PLUGIN_DESTROY, (function *)on_destroy},
        {SCHLOSS_AUTH_PLUGIN_WARM, (function *)on_warm},
        {SCHLOSS_AUTH_PLUGIN_BEGIN, (function *)on_begin},
        {SCHLOSS_AUTH_PLUGIN_STEP, (function *)on_step},
        {SCHLOSS_AUTH_PLUGIN_CANCEL, (function *)on_cancel},
        {0, NULL},
    };
    static const struct schloss_auth_plugin plugin = {
        .size = sizeof(plugin),
        .abi_major = SCHLOSS_AUTH_ABI_MAJOR,
        .abi_minor = SCHLOSS_AUTH_ABI_MINOR,
        .name = "oauthbearer",
        .version = "0.1.0",
        .mechanisms = "OAUTHBEARER",
        .functions = functions,
    };

    return &plugin;
}
