#include "ldap_plugin.h"

#include "clock.h"
#include "ldap_connection.h"
#include "mem.h"
#include "password_backoff.h"
#include "password_message.h"
#include "table.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PREFIX          "User:"
#define PREFIX_LENGTH   (sizeof(PREFIX) - 1)
#define AUTHORITIES_MAX ((size_t)1 << 20)

struct host {
    void *self;
    schloss_auth_host_complete *complete;
    schloss_auth_host_now_ms *now_ms;
    schloss_auth_host_wait *wait;
    schloss_auth_host_log *log;
    schloss_auth_host_dial *dial;
};

struct schloss_auth_instance {
    struct host host;
    struct ldap_settings settings;
    struct ldap_stream stream;
    struct ldap_connection connection;
    struct ldap_link link;
    struct ldap_directory directory;
    struct ldap_cache cache;
    struct password_backoff backoff;
    struct table attempts; /* by number */
};

struct attempt {
    uint64_t number;
    char address[LDAP_ADDRESS_MAX];
    size_t address_length;
    struct secret message; /* while it waits for its turn */
};

void ldap_plugin_set_link(struct schloss_auth_instance *instance,
    const struct ldap_link *link, int64_t (*now)(void))
{
    ldap_directory_init(&instance->directory, link, now, instance->settings.timeout_ms);
}

/* --- attempts --------------------------------------------------------------------- */

static void attempt_free(struct attempt *a)
{
    if (a != NULL) {
        secret_free(&a->message);
        mem_free(a);
    }
}

static void on_cancel(struct schloss_auth_instance *p, uint64_t number)
{
    attempt_free(table_remove(&p->attempts, &number, sizeof(number)));
}

static void on_begin(struct schloss_auth_instance *p, uint64_t number,
    struct schloss_auth_bytes mechanism, struct schloss_auth_bytes address)
{
    (void)mechanism; /* there is but one */
    if (address.length > LDAP_ADDRESS_MAX) {
        return; /* no such attempt: its step is answered with an error */
    }
    on_cancel(p, number);
    struct attempt *a = mem_alloc(1, sizeof(*a));
    if (a == NULL) {
        return;
    }
    a->number = number;
    a->address_length = address.length;
    if (address.length > 0) {
        memcpy(a->address, address.bytes, address.length);
    }
    if (table_put(&p->attempts, &number, sizeof(number), a) != OK) {
        attempt_free(a);
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

static void allow(struct schloss_auth_instance *p, uint64_t number,
    const struct password_message *m, const struct ldap_groups *groups)
{
    char principal[PREFIX_LENGTH + USERS_NAME_MAX] = PREFIX;
    struct schloss_auth_result result = {.size = sizeof(result),
        .verdict = SCHLOSS_AUTH_ALLOW,
        .reason = SCHLOSS_AUTH_REASON_NONE,
        .groups = {groups->names, groups->length}};

    memcpy(principal + PREFIX_LENGTH, m->name, m->name_length);
    result.principal =
        (struct schloss_auth_bytes){principal, PREFIX_LENGTH + m->name_length};
    on_cancel(p, number);
    p->host.complete(p->host.self, number, &result);
}

/* For the audit. Outside those of a DENY look the same. */
static enum schloss_auth_reason reason_of(enum ldap_answer answer)
{
    switch (answer) {
    case LDAP_ANSWER_UNKNOWN:
        return SCHLOSS_AUTH_REASON_UNKNOWN_USER;
    case LDAP_ANSWER_SEVERAL:
        return SCHLOSS_AUTH_REASON_LDAP_SEVERAL;
    case LDAP_ANSWER_LOCKED:
        return SCHLOSS_AUTH_REASON_LDAP_LOCKED;
    case LDAP_ANSWER_EXPIRED:
        return SCHLOSS_AUTH_REASON_EXPIRED;
    case LDAP_ANSWER_DISABLED:
        return SCHLOSS_AUTH_REASON_DISABLED;
    case LDAP_ANSWER_GROUPS:
        return SCHLOSS_AUTH_REASON_LDAP_GROUPS;
    case LDAP_ANSWER_UNREACHABLE:
        return SCHLOSS_AUTH_REASON_LDAP_UNREACHABLE;
    case LDAP_ANSWER_UNTRUSTED:
        return SCHLOSS_AUTH_REASON_LDAP_UNTRUSTED;
    case LDAP_ANSWER_UNDECIDED:
    case LDAP_ANSWER_CONFUSED:
        return SCHLOSS_AUTH_REASON_LDAP_ANSWER;
    case LDAP_ANSWER_RIGHT:
    case LDAP_ANSWER_WRONG:
        break;
    }
    return SCHLOSS_AUTH_REASON_WRONG_PASSWORD;
}

/* It is this attempt's turn. */
static void judge(struct schloss_auth_instance *p, const struct attempt *a,
    const struct password_message *m)
{
    const struct password_pair pair = {
        m->name, m->name_length, a->address, a->address_length};
    const struct ldap_login login = {
        m->name, m->name_length, m->password, m->password_length};
    struct ldap_groups groups = {.length = 0};
    bool known = ldap_cache_has(&p->cache, &login, p->directory.now(), &groups);
    enum ldap_answer answer =
        known ? LDAP_ANSWER_RIGHT : ldap_directory_ask(&p->directory, &login, &groups);

    if (answer == LDAP_ANSWER_RIGHT) {
        if (!known) {
            ldap_cache_add(&p->cache, &login, p->directory.now(), &groups);
        }
        password_backoff_succeeded(&p->backoff, &pair);
        allow(p, a->number, m, &groups);
    } else if (ldap_answer_is_failure(answer)) {
        refuse(p, a->number, SCHLOSS_AUTH_ERROR, reason_of(answer));
    } else {
        password_backoff_failed(&p->backoff, &pair, p->host.now_ms(p->host.self));
        refuse(p, a->number, SCHLOSS_AUTH_DENY, reason_of(answer));
    }
}

static void on_step(
    struct schloss_auth_instance *p, uint64_t number, struct schloss_auth_bytes message)
{
    struct attempt *a = table_get(&p->attempts, &number, sizeof(number));
    struct password_message m;
    uint32_t wait_ms = 0;

    if (a == NULL || a->message.bytes != NULL) {
        refuse(p, number, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
        return;
    }
    enum schloss_auth_reason reason =
        password_message_parse(&m, message.bytes, message.length);
    if (reason != SCHLOSS_AUTH_REASON_NONE) {
        refuse(p, number, SCHLOSS_AUTH_DENY, reason);
        return;
    }
    const struct password_pair pair = {
        m.name, m.name_length, a->address, a->address_length};
    if (!password_backoff_turn(
            &p->backoff, &pair, p->host.now_ms(p->host.self), &wait_ms)) {
        refuse(p, number, SCHLOSS_AUTH_DENY, SCHLOSS_AUTH_REASON_TOO_MANY_FAILURES);
        return;
    }
    if (wait_ms == 0) {
        judge(p, a, &m);
        return;
    }
    if (secret_set(&a->message, message.bytes, message.length) != OK) {
        refuse(p, number, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
        return;
    }
    p->host.wait(p->host.self, number, wait_ms);
}

static void on_resume(struct schloss_auth_instance *p, uint64_t number)
{
    struct attempt *a = table_get(&p->attempts, &number, sizeof(number));
    struct password_message m;

    if (a == NULL || a->message.bytes == NULL ||
        password_message_parse(&m, a->message.bytes, a->message.length) !=
            SCHLOSS_AUTH_REASON_NONE) {
        refuse(p, number, SCHLOSS_AUTH_ERROR, SCHLOSS_AUTH_REASON_INTERNAL);
        return;
    }
    judge(p, a, &m);
}

/* --- the instance ----------------------------------------------------------------- */

static void say(const struct host *host, uint32_t level, const char *text)
{
    host->log(host->self, level, (struct schloss_auth_bytes){text, strlen(text)});
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
        case SCHLOSS_AUTH_HOST_NOW_MS:
            out->now_ms = (schloss_auth_host_now_ms *)f->call;
            break;
        case SCHLOSS_AUTH_HOST_WAIT:
            out->wait = (schloss_auth_host_wait *)f->call;
            break;
        case SCHLOSS_AUTH_HOST_LOG:
            out->log = (schloss_auth_host_log *)f->call;
            break;
        case SCHLOSS_AUTH_HOST_DIAL:
            out->dial = (schloss_auth_host_dial *)f->call;
            break;
        default:
            break; /* a newer host */
        }
    }
    return out->complete != NULL && out->now_ms != NULL && out->wait != NULL &&
           out->log != NULL && out->dial != NULL;
}

static int on_dial(void *context, uint32_t timeout_ms)
{
    struct schloss_auth_instance *p = context;

    return p->host.dial(p->host.self, timeout_ms);
}

static void on_failure(void *context, const char *what, const char *why)
{
    struct schloss_auth_instance *p = context;
    char text[300];

    (void)snprintf(text, sizeof(text),
        "the directory can not be asked: %s failed%s%s "
        "[LDAP001]",
        what, why != NULL ? ": " : "", why != NULL ? why : "");
    say(&p->host, SCHLOSS_AUTH_LOG_WARN, text);
}

static enum err read_settings(
    struct schloss_auth_instance *p, const struct schloss_auth_config *config)
{
    const char *key = NULL;
    const char *why = NULL;
    char text[300];

    enum err e = ldap_settings_read(&p->settings, config, &key, &why);
    if (e == ERR_INVALID) {
        (void)snprintf(text, sizeof(text), "%s %s [LDAP002]", key, why);
        say(&p->host, SCHLOSS_AUTH_LOG_ERROR, text);
    }
    return e;
}

static int authorities_fd(const struct schloss_auth_config *config)
{
    for (size_t i = 0; i < config->file_count; i++) {
        if (strcmp(config->files[i].name, "ca") == 0) {
            return config->files[i].fd;
        }
    }
    return -1;
}

static enum err read_authorities(
    struct schloss_auth_instance *p, const struct schloss_auth_config *config)
{
    int fd = authorities_fd(config);
    uint8_t *bytes = mem_alloc(AUTHORITIES_MAX, 1);
    ssize_t n = bytes == NULL || fd < 0 ? 0 : pread(fd, bytes, AUTHORITIES_MAX, 0);
    size_t length = n < 0 ? 0 : (size_t)n;

    enum err e = bytes == NULL ? ERR_NOMEM
                               : ldap_stream_init(
                                     &p->stream, bytes, length, p->settings.server_name);
    mem_free(bytes);
    if (e == ERR_INVALID) {
        say(&p->host, SCHLOSS_AUTH_LOG_ERROR,
            "schloss.plugin.ldap.ca.file must be a file with the certificate of the "
            "authority that signed that of the directory [LDAP003]");
    }
    return e;
}

static void connect_parts(struct schloss_auth_instance *p)
{
    p->connection = (struct ldap_connection){.settings = &p->settings,
        .stream = &p->stream,
        .dial = on_dial,
        .say = on_failure,
        .context = p};
    p->link = ldap_connection_link(&p->connection);
    ldap_directory_init(&p->directory, &p->link, clock_mono_ms, p->settings.timeout_ms);
}

static void on_destroy(struct schloss_auth_instance *p)
{
    size_t cursor = 0;

    if (p == NULL) {
        return;
    }
    for (struct attempt *a = table_next(&p->attempts, &cursor); a != NULL;
         a = table_next(&p->attempts, &cursor)) {
        attempt_free(a);
    }
    table_fini(&p->attempts);
    if (p->directory.link != NULL) {
        ldap_directory_close(&p->directory);
    }
    ldap_stream_fini(&p->stream);
    ldap_settings_fini(&p->settings);
    ldap_cache_fini(&p->cache);
    password_backoff_fini(&p->backoff);
    mem_free(p);
}

static struct schloss_auth_instance *on_create(
    const struct schloss_auth_host *host, const struct schloss_auth_config *config)
{
    struct host functions;

    if (!host_init(&functions, host) || config == NULL ||
        config->size < sizeof(struct schloss_auth_config)) {
        return NULL;
    }
    struct schloss_auth_instance *p = mem_alloc(1, sizeof(*p));
    if (p == NULL) {
        return NULL;
    }
    p->host = functions;
    p->stream.socket.fd = -1;
    table_init(&p->attempts, LDAP_ATTEMPTS_MAX);
    enum err e = read_settings(p, config);
    if (e == OK) {
        e = read_authorities(p, config);
    }
    if (e == OK) {
        e = ldap_cache_init(&p->cache, p->settings.cache_ms);
    }
    if (e == OK) {
        e = password_backoff_init(&p->backoff);
    }
    if (e != OK) {
        on_destroy(p);
        return NULL;
    }
    connect_parts(p);
    return p;
}

/* The first message of TLS, which draws keys. */
static bool warm_tls(SSL_CTX *context)
{
    SSL *ssl = SSL_new(context);
    BIO *in = BIO_new(BIO_s_mem());
    BIO *out = BIO_new(BIO_s_mem());
    bool good = false;

    if (ssl != NULL && in != NULL && out != NULL) {
        SSL_set_bio(ssl, in, out);
        int n = SSL_connect(ssl);
        good = n < 0 && SSL_get_error(ssl, n) == SSL_ERROR_WANT_READ;
    } else {
        BIO_free(in);
        BIO_free(out);
    }
    SSL_free(ssl);
    return good;
}

static uint32_t on_warm(struct schloss_auth_instance *p)
{
    if (!warm_tls(p->stream.context) || ldap_connection_warm() != OK) {
        say(&p->host, SCHLOSS_AUTH_LOG_ERROR,
            "the libraries for TLS and LDAP do not start [LDAP004]");
        return SCHLOSS_AUTH_REFUSED;
    }
    return SCHLOSS_AUTH_READY;
}

const struct schloss_auth_plugin *ldap_plugin(void)
{
    typedef void function(void);
    static const struct schloss_auth_function functions[] = {
        {SCHLOSS_AUTH_PLUGIN_CREATE, (function *)on_create},
        {SCHLOSS_AUTH_PLUGIN_DESTROY, (function *)on_destroy},
        {SCHLOSS_AUTH_PLUGIN_WARM, (function *)on_warm},
        {SCHLOSS_AUTH_PLUGIN_BEGIN, (function *)on_begin},
        {SCHLOSS_AUTH_PLUGIN_STEP, (function *)on_step},
        {SCHLOSS_AUTH_PLUGIN_CANCEL, (function *)on_cancel},
        {SCHLOSS_AUTH_PLUGIN_RESUME, (function *)on_resume},
        {0, NULL},
    };
    static const struct schloss_auth_plugin plugin = {
        .size = sizeof(plugin),
        .abi_major = SCHLOSS_AUTH_ABI_MAJOR,
        .abi_minor = SCHLOSS_AUTH_ABI_MINOR,
        .name = "ldap",
        .version = "0.1.0",
        .mechanisms = "PLAIN",
        .functions = functions,
    };

    return &plugin;
}
