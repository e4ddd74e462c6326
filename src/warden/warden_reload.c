/*
 * warden_reload - SIGHUP: what the administrator changed, each part validated whole
 * before it replaces the old one. A part that fails keeps the old and says why.
 */
#include "warden_admin.h"
#include "warden_audit.h"
#include "warden_child.h"
#include "warden_dial.h"
#include "warden_fetch.h"
#include "warden_files.h"
#include "warden_life.h"
#include "warden_permissive.h"
#include "warden_plugin.h"
#include "warden_policy.h"

#include <string.h>
#include <unistd.h>

#define ERRORS_MAX ((size_t)256 * 1024)

/* Keys whose new value is used without a restart. */
static const char *const reloadable[] = {"policy.file", "policy.permissive.file",
    "policy.signatures.required", "policy.trusted.keys.dir", "schloss.users.file",
    "schloss.scram.file", "schloss.scram.phantom.key.file", "sasl.kerberos.service.name",
    "sasl.kerberos.hostname", "sasl.kerberos.principal.to.local.rules",
    "schloss.kerberos.keytab.file", "schloss.kerberos.config.file",
    "schloss.oauthbearer.jwks.file", "sasl.oauthbearer.expected.audience",
    "sasl.oauthbearer.expected.issuer", "sasl.oauthbearer.sub.claim.name",
    "sasl.oauthbearer.scope.claim.name", "sasl.oauthbearer.clock.skew.seconds",
    "schloss.oauthbearer.algorithms", "schloss.oauthbearer.lifetime.max.seconds",
    "ssl.truststore.location", "ssl.client.crl.location", "ssl.client.deny.location",
    "ssl.client.crl.expired", "ssl.principal.source", "ssl.principal.san.several",
    "ssl.principal.mapping.rules", "ssl.keystore.location", "ssl.certificate.location",
    "ssl.key.location", "ssl.key.pkcs11.uri", "ssl.key.pkcs11.pin.file",
    "ssl.enabled.protocols", "connections.max.idle.ms", "gate.spares",
    "gate.preauth.frame.max", "schloss.handshake.timeout.ms", "schloss.auth.timeout.ms",
    "schloss.stop.timeout.ms", "schloss.oauthbearer.jwks.address",
    "schloss.oauthbearer.jwks.ca.file", "sasl.oauthbearer.jwks.endpoint.refresh.ms",
    "schloss.plugin."};

static bool is_reloadable(const char *name)
{
    for (size_t i = 0; i < sizeof(reloadable) / sizeof(reloadable[0]); i++) {
        if (strcmp(reloadable[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Names every key that changed and needs a restart; true: there is none. */
static bool check_keys(struct warden *w, const struct conf *old, const struct conf *fresh)
{
    bool ok = true;

    for (size_t i = 0; conf_key_at(i) != NULL; i++) {
        const char *name = conf_key_at(i)->name;
        if (!is_reloadable(name) &&
            !same(conf_value_at(old, i), conf_value_at(fresh, i))) {
            log_err("reload: %s changed and takes a restart of schlossd; nothing of this "
                    "configuration is taken [REL003]",
                name);
            warden_admin_reload_part(w, "REL003", name);
            ok = false;
        }
    }
    return ok;
}

static bool same_list(const struct conf_list *a, const struct conf_list *b)
{
    bool ok = a->count == b->count;

    for (size_t i = 0; ok && i < a->count; i++) {
        ok = strcmp(a->items[i], b->items[i]) == 0;
    }
    return ok;
}

static bool same_scopes(const struct conf *old, const struct conf *fresh, size_t listener)
{
    for (size_t i = 0; i < old->auth_plugins.count; i++) {
        const char *name = old->auth_plugins.items[i];
        if (strcmp(conf_scope_of(old, &old->listeners[listener], name),
                conf_scope_of(fresh, &fresh->listeners[listener], name)) != 0) {
            return false;
        }
    }
    return true;
}

/* Of the keys of single listeners the last one only is a value above. */
static bool check_listeners(
    struct warden *w, const struct conf *old, const struct conf *fresh)
{
    for (size_t i = 0; i < old->listener_count; i++) {
        const struct conf_listener *a = &old->listeners[i];
        const struct conf_listener *b = &fresh->listeners[i];
        if (a->client_auth != b->client_auth || a->tls_policy != b->tls_policy ||
            a->reauth_max_ms != b->reauth_max_ms ||
            a->connections_max != b->connections_max ||
            a->sessions_max != b->sessions_max ||
            !same_list(&a->mechanisms, &b->mechanisms) ||
            !same_list(&a->plugins, &b->plugins) || !same_scopes(old, fresh, i) ||
            !same(a->anonymous_principal, b->anonymous_principal)) {
            log_err("reload: who or how many may come to the listener %s, or stay how "
                    "long, changed and "
                    "takes a restart of schlossd; nothing of this configuration is taken "
                    "[REL003]",
                a->name);
            warden_admin_reload_part(w, "REL003", a->name);
            return false;
        }
    }
    return true;
}

static bool check_plugins(struct warden *w, const struct conf *fresh)
{
    for (size_t i = 0; i < w->plugin_count; i++) {
        if (warden_plugin_check_values(&w->plugins[i], fresh) != OK ||
            warden_dial_check(fresh, &w->plugins[i]) != OK) {
            log_err("reload: the configuration is refused, the one in force stays "
                    "[REL002]");
            warden_admin_reload_part(w, "REL002", w->plugins[i].process);
            return false;
        }
    }
    return true;
}

static bool read_config(struct warden *w)
{
    struct conf *fresh = NULL;
    struct buf errors;
    bool ok = false;

    buf_init(&errors, ERRORS_MAX);
    if (warden_files_config(w->options.config_file, &fresh, &errors) != OK) {
        ssize_t ignored = write(STDERR_FILENO, errors.bytes, errors.length);
        (void)ignored;
        log_err("reload: the configuration is refused, the one in force stays [REL002]");
        warden_admin_reload_part(w, "REL002", "configuration");
    } else if (check_keys(w, w->conf, fresh) && check_listeners(w, w->conf, fresh) &&
               check_plugins(w, fresh)) {
        warden_admin_reload_part(w, "REL001", "configuration");
        conf_free(&w->conf);
        w->conf = fresh;
        fresh = NULL;
        ok = true;
    }
    conf_free(&fresh);
    buf_fini(&errors);
    if (!ok) {
        warden_event(w, IPC_EVENT_RELOAD, IPC_OUTCOME_FAILURE, "reload", "configuration",
            "refused");
    }
    return ok;
}

bool warden_reload_post(struct warden *w, struct warden_post post)
{
    for (struct warden_child *c = w->children; c != NULL; c = c->next) {
        if (c->role == post.role && c->plugin == post.plugin && c->replaces) {
            c->retired =
                true; /* an earlier reload that is still starting: this one is newer */
            warden_child_kill(c);
        }
    }
    if (warden_child_start(w, post, true) != OK) {
        const char *what = post.plugin != NULL ? warden_post_name(post) : "certificate";
        log_err("reload: %s is refused, the one in force stays [REL002]", what);
        warden_event(w, IPC_EVENT_RELOAD, IPC_OUTCOME_FAILURE, "reload", what, "refused");
        warden_admin_reload_part(w, "REL002", what);
        return false;
    }
    return true;
}

void warden_reload(struct warden *w)
{
    if (w->stopping) {
        return;
    }
    log_info("reload: reading configuration, policy, certificate and users again");
    warden_admin_reload_begins(w);
    if (!read_config(w)) {
        warden_admin_reload_check(w);
        return;
    }
    warden_policy_reload(w, "");
    warden_permissive_load(w);
    warden_audit_reload(w);
    if (warden_is_wanted(w, IPC_KEYS)) {
        (void)warden_reload_post(w, (struct warden_post){IPC_KEYS, NULL});
    }
    warden_fetch_anew(w);
    for (size_t i = 0; i < w->plugin_count; i++) {
        if (warden_dial_is_wanted(&w->plugins[i])) {
            (void)warden_reload_post(w, (struct warden_post){IPC_DIAL, &w->plugins[i]});
        }
        (void)warden_reload_post(w, (struct warden_post){IPC_AUTH, &w->plugins[i]});
    }
    warden_admin_reload_check(w);
}

void warden_reload_policy(struct warden *w, const char *expected)
{
    if (w->stopping) {
        return;
    }
    log_info("reload: reading the policy again");
    warden_admin_reload_begins(w);
    warden_policy_reload(w, expected);
    warden_permissive_load(w);
    warden_admin_reload_check(w);
}
