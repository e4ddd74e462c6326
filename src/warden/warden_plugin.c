#include "warden_plugin.h"

#include "warden_child.h"
#include "warden_dial.h"
#include "warden_fetch.h"
#include "warden_files.h"

#include <string.h>
#include <unistd.h>

#define FAILURE_DELAY_MS 100 /* as connection.failed.authentication.delay.ms of Kafka */
#define ERRORS_MAX       ((size_t)65536)
#define MANIFEST_MAX     ((size_t)65536)

/* --- which there are -------------------------------------------------------------------- */

static bool has_word(const char *words, const char *word)
{
    size_t wanted = strlen(word);

    while (*words != '\0') {
        size_t length = strcspn(words, ",");
        if (length == wanted && memcmp(words, word, length) == 0) {
            return true;
        }
        words += length + (words[length] == ',' ? 1 : 0);
    }
    return false;
}

/* The k-th mechanism that the listener needs, that of client certificates included; NULL
 * behind the last. */
static const char *wanted(const struct conf_listener *l, size_t k)
{
    if (k < l->mechanisms.count) {
        return l->mechanisms.items[k];
    }
    return k == l->mechanisms.count && l->client_auth != CONF_CLIENT_AUTH_NONE ? "X509"
                                                                               : NULL;
}

static bool is_of(
    const struct conf_listener *l, const struct warden_plugin *p, const char *mechanism)
{
    return conf_listener_may_use(l, p->name) &&
           conf_manifest_has(&p->manifest, mechanism);
}

/* What the manifest has of that which the listeners want that may use it. */
static void choose_mechanisms(const struct warden *w, struct warden_plugin *p)
{
    size_t at = 0;

    for (size_t i = 0; i < w->conf->listener_count; i++) {
        const struct conf_listener *l = &w->conf->listeners[i];
        const char *name;
        for (size_t k = 0; (name = wanted(l, k)) != NULL; k++) {
            size_t length = strlen(name);
            if (is_of(l, p, name) && !has_word(p->mechanisms, name) &&
                at + length + 1 < sizeof(p->mechanisms)) {
                at += (size_t)snprintf(p->mechanisms + at, sizeof(p->mechanisms) - at,
                    "%s%s", at > 0 ? "," : "", name);
            }
        }
    }
}

static enum err read_manifest(const char *path, struct conf_manifest *out)
{
    struct warden_message why;
    struct buf text;
    struct buf errors;

    enum err e = warden_files_read(path, MANIFEST_MAX, &text, &why);
    if (e != OK) {
        log_err("%s", why.text);
        return e;
    }
    const struct conf_source source = {
        .name = path, .text = text.bytes, .length = text.length};
    buf_init(&errors, ERRORS_MAX);
    e = conf_manifest_parse(&source, out, &errors);
    if (errors.length > 0) {
        ssize_t ignored = write(STDERR_FILENO, errors.bytes, errors.length);
        (void)ignored;
    }
    buf_fini(&errors);
    buf_fini(&text);
    return e;
}

/* Ours first: nothing in another directory can stand in for them. */
static enum err find_files(
    const struct warden *w, const char *name, struct warden_plugin *p)
{
    const char *dirs[] = {w->options.program_dir, w->conf->auth_plugin_dir};
    char manifest[300];

    for (size_t i = 0; i < 2 && dirs[i] != NULL; i++) {
        int length = snprintf(p->path, sizeof(p->path), "%s/%s.so", dirs[i], name);
        (void)snprintf(manifest, sizeof(manifest), "%s/%s.manifest", dirs[i], name);
        if (length < (int)sizeof(p->path) && access(manifest, F_OK) == 0) {
            return read_manifest(manifest, &p->manifest);
        }
    }
    log_err(
        "the authentication plugin %s is not there: neither %s/%s.manifest nor one in "
        "schloss.auth.plugin.dir [PLG001]",
        name, w->options.program_dir, name);
    return ERR_NOT_FOUND;
}

static bool is_key(const char *key, const char *plugin)
{
    char own[80];

    (void)snprintf(own, sizeof(own), "schloss.plugin.%s.", plugin);
    for (size_t i = 0; conf_key_at(i) != NULL; i++) {
        if (strcmp(conf_key_at(i)->name, key) == 0) {
            return true;
        }
    }
    return strncmp(key, own, strlen(own)) == 0;
}

/* Of TLS: they are for `keys` alone, whoever asks. */
static bool is_private_key(const char *key)
{
    return strcmp(key, "ssl.key.location") == 0 ||
           strcmp(key, "ssl.key.pkcs11.pin.file") == 0 ||
           strcmp(key, "ssl.keystore.location") == 0;
}

/* Else a slip of the pen would leave it without what it should look into. */
static enum err check_keys(const struct warden_plugin *p)
{
    const struct conf_manifest *m = &p->manifest;

    for (size_t i = 0; i < m->file_count + m->setting_count + 1; i++) {
        const char *key = i < m->file_count ? m->files[i].key
                          : i < m->file_count + m->setting_count
                              ? m->settings[i - m->file_count]
                              : m->dial;
        if (key[0] == '\0') {
            continue; /* it has no dial */
        }
        if (!is_key(key, p->name)) {
            log_err("the manifest of %s asks for %s, which is no key: those of "
                    "docs/configuration-keys.md are, and schloss.plugin.%s.* [PLG005]",
                p->name, key, p->name);
            return ERR_INVALID;
        }
        if (i < m->file_count && is_private_key(key)) {
            log_err(
                "the manifest of %s asks for the file of %s, which no plugin is given "
                "[PLG006]",
                p->name, key);
            return ERR_INVALID;
        }
    }
    return OK;
}

static bool manifest_names(const struct conf_manifest *m, const char *key)
{
    bool named = strcmp(m->dial, key) == 0;

    for (size_t i = 0; i < m->file_count; i++) {
        named |= strcmp(m->files[i].key, key) == 0;
    }
    for (size_t i = 0; i < m->setting_count; i++) {
        named |= strcmp(m->settings[i], key) == 0;
    }
    return named;
}

/* The other way round: what is set for it and never reaches it. */
enum err warden_plugin_check_values(
    const struct warden_plugin *p, const struct conf *conf)
{
    char own[80];

    (void)snprintf(own, sizeof(own), "schloss.plugin.%s.", p->name);
    for (size_t i = 0; i < conf->plugin_value_count; i++) {
        const char *key = conf->plugin_values[i].key;
        if (strncmp(key, own, strlen(own)) == 0 && !manifest_names(&p->manifest, key)) {
            log_err("%s is set, but the manifest of %s does not ask for it: mend its "
                    "name, or leave it out [PLG009]",
                key, p->name);
            return ERR_INVALID;
        }
    }
    return OK;
}

/* Who decides must never hang on an order: one plugin, no more and no less. */
static enum err check_mechanism(
    const struct warden *w, const struct conf_listener *l, const char *mechanism)
{
    const struct warden_plugin *found = NULL;

    for (size_t i = 0; i < w->plugin_count; i++) {
        const struct warden_plugin *p = &w->plugins[i];
        if (!is_of(l, p, mechanism)) {
            continue;
        }
        if (found != NULL) {
            log_err("listener %s has %s of two plugins, %s and %s: name those of this "
                    "listener in listener.name.NAME.schloss.auth.plugins [PLG008]",
                l->name, mechanism, found->name, p->name);
            return ERR_INVALID;
        }
        found = p;
    }
    if (found == NULL) {
        log_err("listener %s needs %s, which no plugin of schloss.auth.plugins has "
                "[PLG002]",
            l->name, mechanism);
        return ERR_INVALID;
    }
    return OK;
}

static enum err check_mechanisms(const struct warden *w)
{
    for (size_t i = 0; i < w->conf->listener_count; i++) {
        const struct conf_listener *l = &w->conf->listeners[i];
        const char *name;
        for (size_t k = 0; (name = wanted(l, k)) != NULL; k++) {
            enum err e = check_mechanism(w, l, name);
            if (e != OK) {
                return e;
            }
        }
    }
    return OK;
}

enum err warden_plugin_find(struct warden *w)
{
    const struct conf_list *names = &w->conf->auth_plugins;

    for (size_t i = 0; i < names->count; i++) {
        struct warden_plugin p = {.number = (uint8_t)w->plugin_count};
        (void)snprintf(p.name, sizeof(p.name), "%s", names->items[i]);
        enum err e = find_files(w, p.name, &p);
        e = e == OK ? check_keys(&p) : e;
        e = e == OK ? warden_plugin_check_values(&p, w->conf) : e;
        if (e != OK) {
            return e;
        }
        choose_mechanisms(w, &p);
        if (p.mechanisms[0] == '\0') {
            continue; /* no listener needs it */
        }
        if (w->plugin_count == WARDEN_PLUGINS_MAX) {
            log_err("more than %d plugins are needed [PLG003]", WARDEN_PLUGINS_MAX);
            return ERR_FULL;
        }
        (void)snprintf(p.process, sizeof(p.process), "auth-%s", p.name);
        (void)snprintf(p.dial, sizeof(p.dial), "dial-%s", p.name);
        e = warden_dial_check(w->conf, &p);
        if (e != OK) {
            return e;
        }
        w->plugins[w->plugin_count++] = p;
    }
    return check_mechanisms(w);
}

/* --- what each is told ------------------------------------------------------------------ */

static enum err send_file(
    struct warden_child *c, const struct conf_manifest_file *file, const char *path)
{
    const struct ipc_auth_file message = {.name = ipc_text(file->name)};
    struct warden_message why;
    int fd = -1;
    enum err e = warden_files_open(path, !file->is_public, &fd, &why);

    if (e != OK) {
        log_err("%s", why.text);
        return e;
    }
    e = ipc_link_send(&c->link, IPC_MSG_AUTH_FILE, 0, &message, fd);
    (void)close(fd);
    return e;
}

/* What is not set is not given: the plugin knows whether it can do without. */
static enum err send_given(struct warden_child *c)
{
    const struct conf_manifest *m = &c->plugin->manifest;
    const struct conf *conf = c->warden->conf;
    enum err e = OK;

    for (size_t i = 0; e == OK && i < m->file_count; i++) {
        const char *path = conf_value_of(conf, m->files[i].key);
        if (warden_fetch_has(c, m->files[i].key)) {
            e = warden_fetch_send(c, m->files[i].name);
        } else if (path != NULL && path[0] != '\0') {
            e = send_file(c, &m->files[i], path);
        }
    }
    for (size_t i = 0; e == OK && i < m->setting_count; i++) {
        const char *value = conf_value_of(conf, m->settings[i]);
        if (value != NULL) {
            const struct ipc_auth_setting setting = {
                .name = ipc_text(m->settings[i]), .value = ipc_text(value)};
            e = ipc_link_send(&c->link, IPC_MSG_AUTH_SETTING, 0, &setting, -1);
        }
    }
    return e;
}

enum err warden_plugin_start(struct warden_child *c)
{
    const struct warden_plugin *p = c->plugin;
    const struct ipc_auth_start start = {.plugin = ipc_text(p->path),
        .mechanisms = ipc_text(p->mechanisms),
        .failure_delay_ms = FAILURE_DELAY_MS,
        .message_max = (uint32_t)p->manifest.message_max,
        .scratch = p->manifest.scratch,
        .dial = warden_dial_is_wanted(p)};
    enum err e = send_given(c);

    return e == OK ? ipc_link_send(&c->link, IPC_MSG_AUTH_START, 0, &start, -1) : e;
}

static enum err tell_scopes(
    struct warden *w, struct ipc_link *broker, const struct warden_plugin *p)
{
    enum err e = OK;

    for (size_t i = 0; e == OK && i < w->conf->listener_count; i++) {
        const struct conf_listener *l = &w->conf->listeners[i];
        const struct ipc_scope scope = {.listener = (uint8_t)i,
            .authority = p->number,
            .patterns = ipc_text(conf_scope_of(w->conf, l, p->name)),
            .absent = !conf_listener_may_use(l, p->name)};
        e = ipc_link_send(broker, IPC_MSG_SCOPE, 0, &scope, -1);
    }
    return e;
}

enum err warden_plugin_tell(struct warden *w, struct ipc_link *broker)
{
    enum err e = OK;

    for (size_t i = 0; e == OK && i < w->plugin_count; i++) {
        const struct warden_plugin *p = &w->plugins[i];
        const struct ipc_authority told = {.index = p->number,
            .name = ipc_text(p->name),
            .mechanisms = ipc_text(p->mechanisms),
            .principals = ipc_text(p->manifest.principals)};
        e = ipc_link_send(broker, IPC_MSG_AUTHORITY, 0, &told, -1);
        if (e == OK) {
            e = tell_scopes(w, broker, p);
        }
    }
    return e;
}

/* --- what broker says of it -------------------------------------------------------------- */

void warden_plugin_on_broken(struct warden *w, uint8_t number)
{
    for (struct warden_child *c = w->children; c != NULL; c = c->next) {
        if (c->role == IPC_AUTH && c->plugin != NULL && c->plugin->number == number &&
            c->state == CHILD_READY && !c->retired) {
            log_err("%s broke a rule towards broker: it is ended [WAR004]",
                warden_child_name(c));
            warden_child_kill(c);
        }
    }
}
