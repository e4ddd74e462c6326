#include "gssapi_plugin.h"

#include "clock.h"
#include "gssapi_exchange.h"
#include "gssapi_loop.h"
#include "gssapi_scratch.h"
#include "mem.h"
#include "table.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <profile.h>
#include <stdio.h>
#include <string.h>

#define SERVICE_DEFAULT "kafka"
#define RULES_DEFAULT   "DEFAULT"
#define SAID_MAX        2048u

struct host {
    void *self;
    schloss_auth_host_complete *complete;
    schloss_auth_host_log *log;
};

struct schloss_auth_instance {
    struct host host;
    krb5_context context; /* kept open: the library then keeps what it read */
    struct gssapi_keytab keytab;
    struct gssapi_acceptor acceptor;
    gss_cred_id_t credential;
    struct gssapi_rules *rules;
    struct table attempts; /* by number */
};

struct gssapi_keytab *gssapi_plugin_keytab(struct schloss_auth_instance *instance)
{
    return &instance->keytab;
}

static void say(const struct host *host, uint32_t level, const char *text)
{
    host->log(host->self, level, (struct schloss_auth_bytes){text, strlen(text)});
}

static void say_error(const struct host *host, struct buf *text)
{
    buf_add(text, "", 1);
    say(host, SCHLOSS_AUTH_LOG_ERROR,
        buf_error(text) == OK ? (const char *)text->bytes
                              : "Kerberos can not be used [KRB009]");
}

/* --- attempts --------------------------------------------------------------------- */

static void attempt_free(struct gssapi_exchange *x)
{
    if (x != NULL) {
        gssapi_exchange_fini(x);
        mem_free(x);
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
    (void)address;
    on_cancel(p, number);
    struct gssapi_exchange *x = mem_alloc(1, sizeof(*x));
    if (x == NULL) {
        return; /* no such attempt: its step is answered with an error */
    }
    gssapi_exchange_init(x);
    if (table_put(&p->attempts, &number, sizeof(number), x) != OK) {
        attempt_free(x);
    }
}

/* complete() may call back, so the attempt is gone by then if it is over. */
static void answer(
    struct schloss_auth_instance *p, uint64_t number, const struct gssapi_outcome *o)
{
    char principal[5 + GSSAPI_NAME_MAX] = "User:";
    struct schloss_auth_result result = {
        .size = sizeof(result), .verdict = o->verdict, .reason = o->reason};

    if (o->verdict == SCHLOSS_AUTH_CONTINUE) {
        result.answer = (struct schloss_auth_bytes){o->answer.value, o->answer.length};
    } else {
        on_cancel(p, number);
    }
    if (o->verdict == SCHLOSS_AUTH_ALLOW) {
        memcpy(principal + 5, o->name.bytes, o->name.length);
        result.principal = (struct schloss_auth_bytes){principal, 5 + o->name.length};
        result.expires_ms = o->expires_ms;
    }
    p->host.complete(p->host.self, number, &result);
}

static void on_step(
    struct schloss_auth_instance *p, uint64_t number, struct schloss_auth_bytes message)
{
    struct gssapi_exchange *x = table_get(&p->attempts, &number, sizeof(number));
    struct gssapi_outcome outcome = {
        .verdict = SCHLOSS_AUTH_ERROR, .reason = SCHLOSS_AUTH_REASON_INTERNAL};

    if (x != NULL) {
        gssapi_exchange_step(x, &p->acceptor, message, clock_wall_ms(), &outcome);
    }
    if (outcome.said[0] != '\0') {
        say(&p->host, SCHLOSS_AUTH_LOG_WARN, outcome.said);
    }
    answer(p, number, &outcome);
    gssapi_outcome_fini(&outcome);
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

static int file_of(const struct schloss_auth_config *config, const char *name)
{
    for (size_t i = 0; i < config->file_count; i++) {
        if (strcmp(config->files[i].name, name) == 0) {
            return config->files[i].fd;
        }
    }
    return -1;
}

/* NULL: not set, or set to nothing. */
static const char *setting_of(const struct schloss_auth_config *config, const char *name)
{
    for (size_t i = 0; i < config->setting_count; i++) {
        const char *value = config->settings[i].value;
        if (strcmp(config->settings[i].name, name) == 0 && value != NULL &&
            value[0] != '\0') {
            return value;
        }
    }
    return NULL;
}

static enum err prepare_scratch(
    const struct schloss_auth_config *config, const char *folder, struct buf *problem)
{
    struct buf conf;
    size_t line = 0;
    int fd = file_of(config, "krb5.conf");
    const char *bad =
        folder == NULL ? "it is not set" : gssapi_scratch_path_problem(folder);

    if (bad != NULL) {
        buf_add_format(
            problem, "the plugin's private folder is no use: %s [KRB003]", bad);
        return ERR_INVALID;
    }
    buf_init(&conf, GSSAPI_CONF_MAX);
    enum err e = fd >= 0 ? gssapi_scratch_read(fd, &conf) : OK;
    if (e == OK) {
        e = gssapi_scratch_prepare(folder, conf.bytes, conf.length, &line);
    }
    if (e == ERR_INVALID) {
        buf_add_format(problem,
            "krb5.conf:%zu: another file is named, or the line is not text; put all "
            "settings into this file [KRB004]",
            line);
    } else if (e != OK) {
        buf_add_format(problem, "krb5.conf can not be copied to %s: %s [KRB004]", folder,
            err_text(e));
    }
    buf_fini(&conf);
    return e;
}

static enum err open_context(struct schloss_auth_instance *p, struct buf *problem)
{
    krb5_error_code code = krb5_init_context(&p->context);

    if (code == 0) {
        return OK;
    }
    const char *text = krb5_get_error_message(NULL, code);
    buf_add_format(
        problem, "krb5.conf is refused by the Kerberos library: %s [KRB005]", text);
    krb5_free_error_message(NULL, text);
    return ERR_INVALID;
}

static void warn_of_keytab(const struct schloss_auth_instance *p)
{
    char text[600];

    if (p->keytab.only_weak) {
        (void)snprintf(text, sizeof(text),
            "the keytab holds only weak keys (DES or RC4) for %s; add an AES key "
            "[KRB006]",
            p->keytab.name);
        say(&p->host, SCHLOSS_AUTH_LOG_WARN, text);
    }
    if (p->keytab.ambiguous) {
        (void)snprintf(text, sizeof(text),
            "the keytab holds several hosts; only %s is served, unless "
            "sasl.kerberos.hostname names another, or * for all [KRB007]",
            p->keytab.name);
        say(&p->host, SCHLOSS_AUTH_LOG_WARN, text);
    }
}

/* From memory, where there are keys of our service alone, and by name if one host is
 * served: the library then looks for no file and for no host name. */
static enum err acquire(struct schloss_auth_instance *p, struct buf *problem)
{
    gss_key_value_element_desc element = {"keytab", GSSAPI_KEYTAB_NAME};
    const gss_key_value_set_desc store = {1, &element};
    gss_buffer_desc text = {strlen(p->keytab.name), p->keytab.name};
    OM_uint32 major = GSS_S_COMPLETE;
    gss_OID_set_desc mechanisms = {1, (gss_OID)(uintptr_t)gss_mech_krb5};
    gss_name_t name = GSS_C_NO_NAME;
    OM_uint32 minor = 0;
    OM_uint32 ignored;

    if (!p->keytab.any_host) {
        major = gss_import_name(
            &minor, &text, (gss_OID)(uintptr_t)GSS_KRB5_NT_PRINCIPAL_NAME, &name);
    }
    if (major == GSS_S_COMPLETE) {
        major = gss_acquire_cred_from(&minor, name, GSS_C_INDEFINITE, &mechanisms,
            GSS_C_ACCEPT, &store, &p->credential, NULL, NULL);
    }
    (void)gss_release_name(&ignored, &name);
    if (major == GSS_S_COMPLETE) {
        return OK;
    }
    buf_add_format(problem,
        "the keys of %s are of no use to the Kerberos library "
        "(GSSAPI %x, %u) [KRB008]",
        p->keytab.name, (unsigned)major, (unsigned)minor);
    return ERR_INVALID;
}

/* The file's own word, or the realm of our key: no host name is turned into one. */
static enum err default_realm(struct schloss_auth_instance *p, char **out)
{
    const krb5_data *ours = &p->keytab.principal->realm;
    profile_t profile = NULL;
    char *found = NULL;

    if (krb5_get_profile(p->context, &profile) != 0) {
        return ERR_NOMEM;
    }
    bool good = profile_get_string(
                    profile, "libdefaults", "default_realm", NULL, NULL, &found) == 0;
    profile_release(profile);
    if (good) {
        *out = found != NULL ? mem_copy_text(found, strlen(found))
                             : mem_copy_text(ours->data, ours->length);
    }
    profile_release_string(found);
    return good && *out != NULL ? OK : ERR_NOMEM;
}

static enum err make_rules(struct schloss_auth_instance *p,
    const struct schloss_auth_config *config, struct buf *problem)
{
    const char *text = setting_of(config, "sasl.kerberos.principal.to.local.rules");
    struct gssapi_rules_problem wrong = {0, NULL};
    char *realm = NULL;

    text = text != NULL ? text : RULES_DEFAULT;
    enum err e = default_realm(p, &realm);
    if (e == OK) {
        e = gssapi_rules_new(&p->rules, text, strlen(text), realm, &wrong);
    }
    if (e == ERR_INVALID) {
        buf_add_format(problem, "sasl.kerberos.principal.to.local.rules:%zu: %s [KRB011]",
            wrong.at, wrong.message);
    }
    mem_free(realm);
    return e;
}

static enum err check_keys(struct schloss_auth_instance *p, struct buf *problem)
{
    krb5_keytab_entry entry;

    if (gssapi_keytab_best(&p->keytab, &entry) == OK) {
        (void)krb5_free_keytab_entry_contents(p->context, &entry);
        return OK;
    }
    buf_add_format(problem,
        "the keytab has no key for %s of a type that krb5.conf permits "
        "(permitted_enctypes) [KRB013]",
        p->keytab.name);
    return ERR_INVALID;
}

static enum err start(struct schloss_auth_instance *p,
    const struct schloss_auth_config *config, struct buf *problem)
{
    const char *service = setting_of(config, "sasl.kerberos.service.name");
    const struct gssapi_keytab_wanted wanted = {.folder = setting_of(config, "scratch"),
        .service = service != NULL ? service : SERVICE_DEFAULT,
        .hostname = setting_of(config, "sasl.kerberos.hostname")};

    enum err e = prepare_scratch(config, wanted.folder, problem);
    if (e == OK) {
        e = open_context(p, problem);
    }
    if (e == OK) {
        e = gssapi_keytab_load(
            &p->keytab, p->context, file_of(config, "keytab"), &wanted, problem);
    }
    if (e != OK) {
        return e;
    }
    warn_of_keytab(p);
    e = check_keys(p, problem);
    if (e == OK) {
        e = acquire(p, problem);
    }
    return e == OK ? make_rules(p, config, problem) : e;
}

static void on_destroy(struct schloss_auth_instance *p)
{
    size_t cursor = 0;
    OM_uint32 minor;

    if (p == NULL) {
        return;
    }
    for (struct gssapi_exchange *x = table_next(&p->attempts, &cursor); x != NULL;
         x = table_next(&p->attempts, &cursor)) {
        attempt_free(x);
    }
    table_fini(&p->attempts);
    gssapi_rules_free(&p->rules);
    (void)gss_release_cred(&minor, &p->credential);
    gssapi_keytab_free(&p->keytab);
    if (p->context != NULL) {
        krb5_free_context(p->context);
    }
    mem_free(p);
}

static struct schloss_auth_instance *on_create(
    const struct schloss_auth_host *host, const struct schloss_auth_config *config)
{
    struct host functions;
    struct buf problem;

    if (!host_init(&functions, host) || config == NULL ||
        config->size < sizeof(*config)) {
        return NULL;
    }
    struct schloss_auth_instance *p = mem_alloc(1, sizeof(*p));
    if (p == NULL) {
        return NULL;
    }
    p->host = functions;
    p->credential = GSS_C_NO_CREDENTIAL;
    table_init(&p->attempts, GSSAPI_ATTEMPTS_MAX);
    buf_init(&problem, SAID_MAX);
    enum err e = start(p, config, &problem);
    p->acceptor = (struct gssapi_acceptor){p->credential, p->rules, p->keytab.service};
    if (e != OK) {
        if (problem.length == 0 && buf_error(&problem) == OK) {
            buf_add_format(
                &problem, "Kerberos can not be used: %s [KRB009]", err_text(e));
        }
        say_error(&p->host, &problem);
        on_destroy(p);
        p = NULL;
    }
    buf_fini(&problem);
    return p;
}

static uint32_t on_warm(struct schloss_auth_instance *p)
{
    char said[GSSAPI_SAID_MAX];
    char text[GSSAPI_SAID_MAX + 100];

    if (!gssapi_loop_run(&p->keytab, p->credential, said)) {
        (void)snprintf(text, sizeof(text),
            "the dummy logins did not end as they must [KRB012] %s", said);
        say(&p->host, SCHLOSS_AUTH_LOG_ERROR, text);
        return SCHLOSS_AUTH_REFUSED;
    }
    return SCHLOSS_AUTH_READY;
}

const struct schloss_auth_plugin *gssapi_plugin(void)
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
        .name = "gssapi",
        .version = "0.1.0",
        .mechanisms = "GSSAPI",
        .functions = functions,
    };

    return &plugin;
}
