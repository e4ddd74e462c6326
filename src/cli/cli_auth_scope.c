/* schloss auth scope: by whose word somebody is who he says, on which listener. */
#include "cli_output.h"
#include "cli_run.h"
#include "cli_sources.h"
#include "mem.h"
#include "scope.h"

#include <stdio.h>
#include <string.h>

#define COUNT_OF(a)  (sizeof(a) / sizeof((a)[0]))
#define PLUGINS_MAX  32
#define CERTIFICATES "X509" /* what the plugin for client certificates calls itself */
#define EVERYBODY    "User:*"

struct authorities {
    const struct cli *cli;
    const struct conf *conf;
    struct conf_manifest
        manifests[PLUGINS_MAX]; /* in the order of schloss.auth.plugins */
    size_t count;
    struct cli_table table;
    size_t rows;
};

static const char *protocol_name(enum conf_protocol protocol)
{
    static const char *const names[] = {[CONF_PLAINTEXT] = "PLAINTEXT",
        [CONF_SSL] = "SSL",
        [CONF_SASL_PLAINTEXT] = "SASL_PLAINTEXT",
        [CONF_SASL_SSL] = "SASL_SSL"};

    return names[protocol];
}

static const char *in_words(const char *patterns)
{
    return strcmp(patterns, EVERYBODY) == 0 ? "everybody" : patterns;
}

struct authority {
    const struct conf_listener *listener;
    const char *mechanism;
    const char *plugin;  /* NULL: the configuration itself */
    const char *scope;   /* "": nobody */
    const char *at_most; /* of the manifest */
};

static void add_row(struct authorities *a, const struct authority *row)
{
    const char *principal = a->cli->text[CLI_PRINCIPAL];
    struct cli_table *t = &a->table;

    if (principal != NULL && (!scope_allows(row->scope, principal) ||
                                 !scope_allows(row->at_most, principal))) {
        return;
    }
    cli_table_text(t, row->listener->name);
    cli_table_text(t, protocol_name(row->listener->protocol));
    cli_table_text(t, row->mechanism);
    cli_table_text(t, row->plugin);
    cli_table_text(t, row->scope[0] == '\0' ? "nobody" : in_words(row->scope));
    cli_table_text(t, in_words(row->at_most));
    a->rows++;
}

/* The plugins that have it: one, or schlossd refuses to start. */
static void add_mechanism(
    struct authorities *a, const struct conf_listener *l, const char *mechanism)
{
    /* Beside SASL a certificate lets in, but names nobody. */
    bool names_nobody = strcmp(mechanism, CERTIFICATES) == 0 && l->mechanisms.count > 0;
    struct authority row = {
        .listener = l, .mechanism = mechanism, .scope = "", .at_most = EVERYBODY};

    for (size_t i = 0; i < a->count; i++) {
        const char *plugin = a->conf->auth_plugins.items[i];
        if (conf_listener_may_use(l, plugin) &&
            conf_manifest_has(&a->manifests[i], mechanism)) {
            row.plugin = plugin;
            row.scope = names_nobody ? "" : conf_scope_of(a->conf, l, plugin);
            row.at_most = a->manifests[i].principals;
            add_row(a, &row);
        }
    }
    if (row.plugin == NULL) {
        add_row(a, &row);
    }
}

static void add_listener(struct authorities *a, const struct conf_listener *l)
{
    char anonymous[300];

    for (size_t i = 0; i < l->mechanisms.count; i++) {
        add_mechanism(a, l, l->mechanisms.items[i]);
    }
    if (l->client_auth != CONF_CLIENT_AUTH_NONE) {
        add_mechanism(a, l, CERTIFICATES);
    }
    if (l->anonymous_principal != NULL) {
        (void)snprintf(anonymous, sizeof(anonymous), "User:%s", l->anonymous_principal);
        add_row(a, &(struct authority){.listener = l,
                       .mechanism = "anonymous",
                       .scope = anonymous,
                       .at_most = EVERYBODY});
    }
}

static enum cli_exit load_manifests(struct authorities *a)
{
    const struct conf_list *plugins = &a->conf->auth_plugins;
    enum cli_exit result = CLI_EXIT_OK;

    for (size_t i = 0; i < plugins->count && i < PLUGINS_MAX && result == CLI_EXIT_OK;
         i++) {
        result = cli_sources_manifest(a->conf, plugins->items[i], &a->manifests[i]);
        a->count++;
    }
    return result;
}

static enum cli_exit print(struct authorities *a)
{
    const char *principal = a->cli->text[CLI_PRINCIPAL];

    for (size_t i = 0; i < a->conf->listener_count; i++) {
        add_listener(a, &a->conf->listeners[i]);
    }
    enum cli_exit result = cli_table_print(&a->table, a->cli);
    if (result == CLI_EXIT_OK && principal != NULL && a->rows == 0) {
        cli_error(NULL, "no listener lets anybody say that somebody is %s", principal);
        result = CLI_EXIT_NO;
    }
    return result;
}

static enum cli_exit check_words(const struct cli *cli)
{
    const char *principal = cli->text[CLI_PRINCIPAL];

    if (!cli_has(cli, CLI_FILE)) {
        cli_error("name the broker's configuration, as schlossd --config does",
            "--file schloss.properties is missing");
        return CLI_EXIT_USAGE;
    }
    if (principal != NULL &&
        (strncmp(principal, "User:", 5) != 0 || principal[5] == '\0')) {
        cli_error(NULL, "--principal takes User:NAME, not '%.80s'", principal);
        return CLI_EXIT_USAGE;
    }
    return CLI_EXIT_OK;
}

enum cli_exit cli_auth_scope(const struct cli *cli)
{
    static const struct cli_column columns[] = {{"LISTENER", CLI_CELL_TEXT},
        {"PROTOCOL", CLI_CELL_TEXT}, {"MECHANISM", CLI_CELL_TEXT},
        {"PLUGIN", CLI_CELL_TEXT}, {"SCOPE", CLI_CELL_TEXT}, {"AT-MOST", CLI_CELL_TEXT}};
    struct conf *conf = NULL;

    enum cli_exit result = check_words(cli);
    result =
        result == CLI_EXIT_OK ? cli_sources_conf(cli->text[CLI_FILE], &conf) : result;
    if (result != CLI_EXIT_OK) {
        return result;
    }
    struct authorities *a = mem_alloc(1, sizeof(*a));
    if (a == NULL) {
        cli_error(NULL, "%s", err_text(ERR_NOMEM));
        conf_free(&conf);
        return CLI_EXIT_NO;
    }
    a->cli = cli;
    a->conf = conf;
    cli_table_init(&a->table, columns, COUNT_OF(columns));
    result = load_manifests(a);
    result = result == CLI_EXIT_OK ? print(a) : result;
    cli_table_fini(&a->table);
    mem_free(a);
    conf_free(&conf);
    return result;
}
