#include "x509_plugin.h"

#include "clock.h"
#include "mem.h"
#include "table.h"
#include "x509_judge.h"

#include <string.h>
#include <unistd.h>

#define PREFIX "User:"

struct host {
    void *self;
    schloss_auth_host_complete *complete;
    schloss_auth_host_log *log;
};

struct schloss_auth_instance {
    struct host host;
    struct x509_judge judge;
    struct table attempts; /* by number; there is nothing to know of one */
};

/* --- attempts --------------------------------------------------------------------- */

static void on_cancel(struct schloss_auth_instance *p, uint64_t number)
{
    (void)table_remove(&p->attempts, &number, sizeof(number));
}

/* What can not be kept is no attempt: its step is answered with an error. */
static void on_begin(struct schloss_auth_instance *p, uint64_t number,
    struct schloss_auth_bytes mechanism, struct schloss_auth_bytes address)
{
    (void)mechanism; /* there is but one */
    (void)address;
    enum err e = table_put(&p->attempts, &number, sizeof(number), p);
    (void)e;
}

static void refuse(
    struct schloss_auth_instance *p, uint64_t number, enum schloss_auth_reason reason)
{
    bool ours = reason == SCHLOSS_AUTH_REASON_INTERNAL;
    const struct schloss_auth_result result = {.size = sizeof(result),
        .verdict = ours ? SCHLOSS_AUTH_ERROR : SCHLOSS_AUTH_DENY,
        .reason = reason};

    p->host.complete(p->host.self, number, &result);
}

static void allow(
    struct schloss_auth_instance *p, uint64_t number, const struct x509_verdict *v)
{
    char principal[sizeof(PREFIX) - 1 + X509_PRINCIPAL_MAX] = PREFIX;
    struct schloss_auth_result result = {.size = sizeof(result),
        .verdict = SCHLOSS_AUTH_ALLOW,
        .reason = SCHLOSS_AUTH_REASON_NONE,
        .expires_ms = v->expires_ms,
        .issuer = {v->issuer, v->issuer_length}};

    memcpy(principal + sizeof(PREFIX) - 1, v->name, v->name_length);
    result.principal =
        (struct schloss_auth_bytes){principal, sizeof(PREFIX) - 1 + v->name_length};
    p->host.complete(p->host.self, number, &result);
}

static void on_step(
    struct schloss_auth_instance *p, uint64_t number, struct schloss_auth_bytes message)
{
    struct x509_verdict verdict;

    if (table_remove(&p->attempts, &number, sizeof(number)) == NULL) {
        refuse(p, number, SCHLOSS_AUTH_REASON_INTERNAL);
        return;
    }
    enum schloss_auth_reason reason = x509_judge_message(
        &p->judge, message.bytes, message.length, clock_wall_ms(), &verdict);
    if (reason == SCHLOSS_AUTH_REASON_NONE) {
        allow(p, number, &verdict);
    } else {
        refuse(p, number, reason);
    }
}

/* --- files and settings ----------------------------------------------------------- */

static void say_at(const struct host *host, uint32_t level, const struct buf *text)
{
    static const char silent[] = "the x509 plugin has no memory to say what is wrong";
    struct schloss_auth_bytes said = {silent, sizeof(silent) - 1};

    if (buf_error(text) == OK) {
        said = (struct schloss_auth_bytes){text->bytes, text->length};
    }
    host->log(host->self, level, said);
}

static void say(const struct host *host, const struct buf *text)
{
    say_at(host, SCHLOSS_AUTH_LOG_ERROR, text);
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

/* Why a file is refused: a line, or 0 where it has no lines, and a constant. */
struct problem {
    size_t line;
    const char *message;
};

typedef enum err load_function(
    struct x509_chain *c, const struct buf *bytes, struct problem *out);

static enum err load_ca(
    struct x509_chain *c, const struct buf *bytes, struct problem *out)
{
    return x509_chain_load_ca(c, bytes->bytes, bytes->length, &out->message);
}

static enum err load_crl(
    struct x509_chain *c, const struct buf *bytes, struct problem *out)
{
    return x509_chain_load_crl(c, bytes->bytes, bytes->length, &out->message);
}

static enum err load_deny(
    struct x509_chain *c, const struct buf *bytes, struct problem *out)
{
    struct x509_deny_problem problem = {.line = 0};
    enum err e = x509_deny_parse(&c->deny, bytes->bytes, bytes->length, &problem);

    *out = (struct problem){.line = problem.line, .message = problem.message};
    return e;
}

static const struct file {
    const char *name;
    bool required;
    size_t size_max;
    load_function *load;
} files[] = {
    {"ca", true, X509_CA_FILE_MAX, load_ca},
    {"crl", false, X509_CRL_FILE_MAX, load_crl},
    {"deny", false, X509_DENY_FILE_MAX, load_deny},
};

static void say_file(
    const struct host *host, const struct file *file, enum err e, const struct problem *w)
{
    struct buf text;

    buf_init(&text, 1024);
    buf_add_format(&text, "the file %s can not be used: ", file->name);
    if (e != ERR_INVALID) {
        buf_add_text(&text, e == ERR_FULL ? "it is too large" : err_text(e));
    } else if (w->line > 0) {
        buf_add_format(&text, "line %zu: %s", w->line, w->message);
    } else {
        buf_add_text(&text, w->message);
    }
    buf_add_text(&text, " [CRT001]");
    say(host, &text);
    buf_fini(&text);
}

static enum err load_file(
    struct schloss_auth_instance *p, const struct file *file, int fd)
{
    struct problem problem = {.line = 0, .message = ""};
    struct buf bytes;

    buf_init(&bytes, file->size_max + 65536);
    enum err e = read_all(fd, &bytes);
    if (e == OK) {
        e = file->load(&p->judge.chain, &bytes, &problem);
    }
    if (e != OK) {
        say_file(&p->host, file, e, &problem);
    }
    buf_fini(&bytes);
    return e;
}

static enum err load_files(
    struct schloss_auth_instance *p, const struct schloss_auth_config *config)
{
    enum err e = OK;

    for (size_t i = 0; e == OK && i < sizeof(files) / sizeof(files[0]); i++) {
        int fd = -1;
        for (size_t k = 0; k < config->file_count; k++) {
            fd = strcmp(config->files[k].name, files[i].name) == 0 ? config->files[k].fd
                                                                   : fd;
        }
        if (fd >= 0 || files[i].required) {
            e = load_file(p, &files[i], fd);
        }
    }
    return e;
}

/* Not a reason to refuse the start, but clients may be refused for it. */
static void warn_of_ended(const struct schloss_auth_instance *p)
{
    size_t ended = x509_chain_ended(&p->judge.chain, clock_wall_ms());
    struct buf text;

    if (ended == 0) {
        return;
    }
    buf_init(&text, 1024);
    buf_add_format(&text,
        "of the files ca and crl %zu certificates and lists are past their end [CRT005]",
        ended);
    say_at(&p->host, SCHLOSS_AUTH_LOG_WARN, &text);
    buf_fini(&text);
}

/* NULL: not set. */
static const char *setting(const struct schloss_auth_config *config, const char *name)
{
    const char *value = NULL;

    if (config->size < sizeof(*config)) {
        return NULL; /* a host of minor 0 */
    }
    for (size_t i = 0; i < config->setting_count; i++) {
        if (strcmp(config->settings[i].name, name) == 0) {
            value = config->settings[i].value;
        }
    }
    return value;
}

/* A setting whose value is one of a few words; the first is what it is by itself. */
struct choice {
    const char *name;
    const char *words[5]; /* up to a NULL */
};

static enum err choose(const struct host *host, const struct schloss_auth_config *config,
    const struct choice *choice, size_t *out)
{
    const char *value = setting(config, choice->name);
    struct buf text;

    *out = 0;
    if (value == NULL) {
        return OK;
    }
    for (size_t i = 0; choice->words[i] != NULL; i++) {
        if (strcmp(value, choice->words[i]) == 0) {
            *out = i;
            return OK;
        }
    }
    buf_init(&text, 1024);
    buf_add_format(&text, "%s=%.100s is not one of:", choice->name, value);
    for (size_t i = 0; choice->words[i] != NULL; i++) {
        buf_add_format(&text, " %s", choice->words[i]);
    }
    buf_add_text(&text, " [CRT002]");
    say(host, &text);
    buf_fini(&text);
    return ERR_INVALID;
}

static enum err load_rules(
    struct schloss_auth_instance *p, const struct schloss_auth_config *config)
{
    const char *value = setting(config, "ssl.principal.mapping.rules");
    struct x509_rules_problem problem;
    struct buf text;

    value = value != NULL ? value : "DEFAULT";
    enum err e = x509_rules_init(&p->judge.rules, value, strlen(value), &problem);
    if (e == OK) {
        return OK;
    }
    buf_init(&text, 1024);
    if (e == ERR_INVALID) {
        buf_add_format(&text, "ssl.principal.mapping.rules, byte %zu: %s [CRT003]",
            problem.column, problem.message);
    } else {
        buf_add_format(&text, "ssl.principal.mapping.rules: %s [CRT003]", err_text(e));
    }
    say(&p->host, &text);
    buf_fini(&text);
    return e;
}

static enum err load_settings(
    struct schloss_auth_instance *p, const struct schloss_auth_config *config)
{
    static const struct choice sources = {
        "ssl.principal.source", {"subject", "san-uri", "san-dns", "san-email", NULL}};
    static const struct choice several = {
        "ssl.principal.san.several", {"refuse", "first", NULL}};
    static const struct choice expired = {
        "ssl.client.crl.expired", {"refuse", "accept", NULL}};
    size_t source;
    size_t first;
    size_t accept;

    enum err e = choose(&p->host, config, &sources, &source);
    if (e == OK) {
        e = choose(&p->host, config, &several, &first);
    }
    if (e == OK) {
        e = choose(&p->host, config, &expired, &accept);
    }
    if (e != OK) {
        return e;
    }
    p->judge.source = (enum x509_source)source; /* in the order of the words */
    p->judge.first_of_several = first == 1;
    p->judge.chain.expired_crl_is_good = accept == 1;
    return load_rules(p, config);
}

/* --- the instance ----------------------------------------------------------------- */

static bool host_init(struct host *out, const struct schloss_auth_host *host)
{
    *out = (struct host){.self = NULL};
    if (host == NULL || host->size < sizeof(*host) ||
        host->abi_major != SCHLOSS_AUTH_ABI_MAJOR) {
        return false;
    }
    out->self = host->host;
    for (const struct schloss_auth_function *f = host->functions; f->id != 0; f++) {
        if (f->id == SCHLOSS_AUTH_HOST_COMPLETE) {
            out->complete = (schloss_auth_host_complete *)f->call;
        } else if (f->id == SCHLOSS_AUTH_HOST_LOG) {
            out->log = (schloss_auth_host_log *)f->call;
        }
    }
    return out->complete != NULL && out->log != NULL;
}

static void on_destroy(struct schloss_auth_instance *p)
{
    if (p != NULL) {
        table_fini(&p->attempts);
        x509_judge_fini(&p->judge);
        mem_free(p);
    }
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
    table_init(&p->attempts, X509_ATTEMPTS_MAX);
    enum err e = x509_judge_init(&p->judge);
    if (e == OK) {
        e = load_settings(p, config);
    }
    if (e == OK) {
        e = load_files(p, config);
    }
    if (e != OK) {
        on_destroy(p);
        return NULL;
    }
    warn_of_ended(p);
    return p;
}

static uint32_t on_warm(struct schloss_auth_instance *p)
{
    struct buf text;

    enum err e = x509_judge_warm(&p->judge);
    if (e == OK) {
        return SCHLOSS_AUTH_READY;
    }
    buf_init(&text, 1024);
    buf_add_format(&text, "the x509 plugin can not start: %s [CRT004]", err_text(e));
    say(&p->host, &text);
    buf_fini(&text);
    return SCHLOSS_AUTH_REFUSED;
}

const struct schloss_auth_plugin *x509_plugin(void)
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
        .name = "x509",
        .version = "0.1.0",
        .mechanisms = "X509",
        .functions = functions,
    };

    return &plugin;
}
