/* Who authenticates on which listener: mechanisms, plugins, and whom each plugin may say
 * that somebody is (see scope.h). */
#include "conf_build.h"
#include "scope.h"

#include <stdio.h>
#include <string.h>

#define NAME_MAX_LENGTH   32
#define NAMES_MAX         32
#define EVERYBODY         "User:*"
#define FRAME_WITH_TOKENS 65536

/* Those that other parts of the broker use among themselves. */
#define INTERNAL_MECHANISM "X509"

static const char good_in_name[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

static bool is_name(const char *text, size_t length)
{
    return length > 0 && length <= NAME_MAX_LENGTH &&
           strspn(text, good_in_name) >= length;
}

static bool has_item(const struct conf_list *list, const struct conf_piece *piece)
{
    for (size_t i = 0; i < list->count; i++) {
        if (conf_piece_is(piece, list->items[i])) {
            return true;
        }
    }
    return false;
}

void conf_names_read(struct conf_builder *b, const struct conf_property *p,
    const char *text, struct conf_list *out)
{
    struct conf_list list = {
        .items = arena_alloc(b->arena, NAMES_MAX, sizeof(*list.items))};
    struct conf_piece piece;

    if (list.items == NULL) {
        b->error = ERR_NOMEM;
        return;
    }
    while (b->error == OK && conf_piece_next(&text, ',', &piece)) {
        char message[160];
        char quoted[100];
        (void)conf_quote(quoted, sizeof(quoted), piece.text, piece.length);
        if (!is_name(piece.text, piece.length) ||
            conf_piece_is(&piece, INTERNAL_MECHANISM)) {
            (void)snprintf(message, sizeof(message), "%s is not a name", quoted);
            conf_fail_property(b, p, &piece, "CONF021",
                "use 1 to 32 letters, digits, '_' and '-'", message);
        } else if (list.count == NAMES_MAX) {
            conf_fail_property(b, p, &piece, "CONF090", NULL, "more than 32 names");
            return;
        } else if (!has_item(&list, &piece)) {
            list.items[list.count++] = conf_copy(b, piece.text, piece.length);
        }
    }
    *out = list;
}

/* --- scopes ----------------------------------------------------------------------------- */

static bool check_scope(struct conf_builder *b, const struct conf_property *p)
{
    const char *cursor = p->value;
    struct conf_piece piece;

    if (strlen(p->value) > SCOPE_LENGTH_MAX) {
        conf_fail_property(b, p, NULL, "CONF028", "make the list shorter",
            "a scope of more than 4096 bytes");
        return false;
    }
    while ((piece.text = scope_next(&cursor, &piece.length)) != NULL) {
        char quoted[100];
        char message[160];
        if (!scope_is_pattern(piece.text, piece.length)) {
            (void)snprintf(message, sizeof(message), "%s is not a pattern",
                conf_quote(quoted, sizeof(quoted), piece.text, piece.length));
            conf_fail_property(b, p, &piece, "CONF028",
                "write User:NAME or User:* with one asterisk, parted by ';'; with ! in "
                "front for whom it may not be",
                message);
            return false;
        }
    }
    return true;
}

static void add_scope(struct conf_builder *b, const struct conf_property *p,
    const char *plugin, struct conf_scope *scopes, size_t *count)
{
    size_t i = 0;

    const struct conf_piece piece = {plugin, strlen(plugin)};
    if (!has_item(&b->conf->auth_plugins, &piece)) {
        /* Else a slip of the pen would leave the plugin without a bound. */
        conf_fail_property(b, p, NULL, "CONF028",
            "end the key in a name that schloss.auth.plugins has",
            "this key names no plugin");
        return;
    }
    if (!check_scope(b, p)) {
        return;
    }
    while (i < *count && strcmp(scopes[i].plugin, plugin) != 0) {
        i++;
    }
    if (i == CONF_SCOPES_MAX) {
        conf_fail_property(b, p, NULL, "CONF090", NULL, "more than 16 scopes");
        return;
    }
    scopes[i] = (struct conf_scope){.plugin = conf_copy(b, plugin, strlen(plugin)),
        .patterns = conf_copy(b, p->value, strlen(p->value))};
    *count += i == *count ? 1 : 0;
}

static const char *find_scope(
    const struct conf_scope *scopes, size_t count, const char *plugin)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(scopes[i].plugin, plugin) == 0) {
            return scopes[i].patterns;
        }
    }
    return NULL;
}

const char *conf_scope_of(
    const struct conf *conf, const struct conf_listener *listener, const char *plugin)
{
    const char *own = find_scope(listener->scopes, listener->scope_count, plugin);
    const char *of_all = find_scope(conf->scopes, conf->scope_count, plugin);

    if (own != NULL) {
        return own;
    }
    return of_all != NULL ? of_all : EVERYBODY;
}

bool conf_listener_may_use(const struct conf_listener *listener, const char *plugin)
{
    const struct conf_piece piece = {plugin, strlen(plugin)};

    return listener->plugins.count == 0 || has_item(&listener->plugins, &piece);
}

/* --- one listener alone ----------------------------------------------------------------- */

static bool has_sasl(const struct conf_listener *l)
{
    return l->protocol == CONF_SASL_PLAINTEXT || l->protocol == CONF_SASL_SSL;
}

static void read_plugins(
    struct conf_builder *b, const struct conf_property *p, struct conf_listener *l)
{
    size_t before = b->report->errors;

    conf_names_read(b, p, p->value, &l->plugins);
    if (l->plugins.count == 0 && b->error == OK && b->report->errors == before) {
        conf_fail_property(b, p, NULL, "CONF042",
            "leave the key out for those of schloss.auth.plugins",
            "a listener with SASL has a plugin at least");
    }
    for (size_t i = 0; b->error == OK && i < l->plugins.count; i++) {
        const struct conf_piece piece = {
            l->plugins.items[i], strlen(l->plugins.items[i])};
        if (!has_item(&b->conf->auth_plugins, &piece)) {
            conf_fail_property(b, p, NULL, "CONF028",
                "name plugins that schloss.auth.plugins has", "there is no such plugin");
        }
    }
}

static void read_of_listener(struct conf_builder *b, const struct conf_property *p)
{
    const char *name = p->key + strlen(conf_key_of_listener);
    const char *dot = strchr(name, '.');
    const struct conf_piece piece = {
        name, dot == NULL ? strlen(name) : (size_t)(dot - name)};
    struct conf_listener *l = conf_listener_find(b, &piece);
    const char *key = dot == NULL ? "" : dot + 1;
    size_t scope = strlen(conf_key_scope);

    if (l == NULL) {
        conf_fail_property(b, p, NULL, "CONF044", "name one of `listeners`",
            "this key is of a listener that is not there");
    } else if (strcmp(key, conf_key_mechanisms) == 0 && has_sasl(l)) {
        size_t before = b->report->errors;
        conf_names_read(b, p, p->value, &l->mechanisms);
        if (l->mechanisms.count == 0 && b->report->errors == before) {
            conf_fail_property(b, p, NULL, "CONF042",
                "leave the key out for those of sasl.enabled.mechanisms",
                "a listener with SASL has a mechanism at least");
        }
    } else if (strcmp(key, conf_key_connections) == 0) {
        (void)!conf_number_read(b, p, conf_key_at(conf_schema_find(conf_key_connections)),
            p->value, &l->connections_max);
    } else if (strcmp(key, conf_key_plugins) == 0 && has_sasl(l)) {
        read_plugins(b, p, l);
    } else if (strcmp(key, conf_key_reauth) == 0 && has_sasl(l)) {
        (void)!conf_number_read(b, p, conf_key_at(conf_schema_find(conf_key_reauth)),
            p->value, &l->reauth_max_ms);
    } else if (strcmp(key, conf_key_sessions) == 0) {
        (void)!conf_number_read(b, p, conf_key_at(conf_schema_find(conf_key_sessions)),
            p->value, &l->sessions_max);
    } else if (strncmp(key, conf_key_scope, scope) == 0) {
        add_scope(b, p, key + scope, l->scopes, &l->scope_count);
    } else {
        conf_fail_property(b, p, NULL, "CONF011",
            "docs/configuration-keys.md says which settings a listener may have alone",
            has_sasl(l) ? "this is not a setting of one listener alone"
                        : "this is not a setting of one listener without SASL");
    }
}

static void read_plugin_value(struct conf_builder *b, const struct conf_property *p)
{
    struct conf *conf = b->conf;
    const char *name = p->key + strlen(conf_key_plugin);
    const struct conf_piece piece = {name, strcspn(name, ".")};
    size_t i = 0;

    if (!has_item(&conf->auth_plugins, &piece)) {
        conf_fail_property(b, p, NULL, "CONF028",
            "write schloss.plugin.NAME.KEY with a name that schloss.auth.plugins has",
            "this key names no plugin");
        return;
    }

    while (
        i < conf->plugin_value_count && strcmp(conf->plugin_values[i].key, p->key) != 0) {
        i++;
    }
    if (i == CONF_PLUGIN_VALUES_MAX) {
        conf_fail_property(
            b, p, NULL, "CONF090", NULL, "more than 64 settings of plugins");
        return;
    }
    conf->plugin_values[i] =
        (struct conf_plugin_value){.key = conf_copy(b, p->key, strlen(p->key)),
            .value = conf_copy(b, p->value, strlen(p->value))};
    conf->plugin_value_count += i == conf->plugin_value_count ? 1 : 0;
}

static bool begins_with(const char *key, const char *start)
{
    return strncmp(key, start, strlen(start)) == 0;
}

/* The last of the files wins, so each is read, in order. */
static void read_property(struct conf_builder *b, const struct conf_property *p)
{
    if (conf_schema_find(p->key) == conf_schema_find("listener.name.x")) {
        read_of_listener(b, p);
    } else if (begins_with(p->key, conf_key_scope)) {
        add_scope(b, p, p->key + strlen(conf_key_scope), b->conf->scopes,
            &b->conf->scope_count);
    } else if (begins_with(p->key, conf_key_plugin)) {
        read_plugin_value(b, p);
    }
}

static void complete_mechanisms(struct conf_builder *b, struct conf_listener *l)
{
    if (l->mechanisms.count == 0) {
        l->mechanisms = b->conf->sasl_enabled_mechanisms;
    }
    if (l->mechanisms.count == 0) {
        conf_fail(b, conf_key_mechanisms, NULL, "CONF042",
            "set sasl.enabled.mechanisms=PLAIN",
            "the listener %s has SASL but no mechanism is enabled", l->name);
    }
}

/* Kerberos tickets and tokens may be larger than passwords. */
static void complete_frame(struct conf_builder *b)
{
    static const char key[] = "gate.preauth.frame.max";
    static const char *const large[] = {"GSSAPI", "OAUTHBEARER"};

    for (size_t i = 0; !conf_is_set(b, key) && i < b->conf->listener_count; i++) {
        const struct conf_list *list = &b->conf->listeners[i].mechanisms;
        for (size_t k = 0; k < 2; k++) {
            const struct conf_piece piece = {large[k], strlen(large[k])};
            if (has_item(list, &piece)) {
                b->conf->gate_preauth_frame_max = FRAME_WITH_TOKENS;
            }
        }
    }
}

void conf_auth_read(struct conf_builder *b)
{
    for (size_t i = 0; i < b->conf->listener_count; i++) {
        struct conf_listener *l = &b->conf->listeners[i];
        l->reauth_max_ms = has_sasl(l) ? b->conf->connections_max_reauth_ms : 0;
        l->connections_max = b->conf->max_connections;
        l->sessions_max = b->conf->max_sessions_per_principal;
    }
    for (size_t i = 0; b->error == OK && i < b->properties->count; i++) {
        read_property(b, &b->properties->items[i]);
    }
    for (size_t i = 0; b->error == OK && i < b->conf->listener_count; i++) {
        if (has_sasl(&b->conf->listeners[i])) {
            complete_mechanisms(b, &b->conf->listeners[i]);
        }
    }
    if (b->error == OK) {
        complete_frame(b);
    }
}
