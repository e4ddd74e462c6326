/*
 * auth_loader - a plugin's shared object, opened and looked over before it is used.
 *
 * Trust: the file is the administrator's, but may be old, new or broken: sizes, versions
 * and the table of functions are checked before anything of them is believed. (Code that
 * runs at load time can do what this process can do at that moment.)
 *
 * Ownership: the library stays open until auth_loader_close(); `about` belongs to it.
 */
#ifndef AUTH_LOADER_H
#define AUTH_LOADER_H

#include "err.h"
#include "ipc_message.h"

#include <schloss/auth_plugin.h>

#define AUTH_LOADER_TEXT_MAX      32
#define AUTH_LOADER_MECHANISM_MAX 255
#define AUTH_LOADER_FUNCTIONS_MAX 64

struct auth_plugin {
    void *library; /* NULL: was not loaded from a file */
    const struct schloss_auth_plugin *about;
    schloss_auth_plugin_create *create;
    schloss_auth_plugin_destroy *destroy;
    schloss_auth_plugin_warm *warm;
    schloss_auth_plugin_begin *begin;
    schloss_auth_plugin_step *step;
    schloss_auth_plugin_cancel *cancel;
    schloss_auth_plugin_resume *resume; /* NULL: the plugin never waits */
    schloss_auth_plugin_knows *knows;   /* NULL: whom it let in may stay */
    /* Both, or none: it takes no credentials over the network. */
    schloss_auth_plugin_sealing_key *sealing_key;
    schloss_auth_plugin_credential *credential;
    schloss_auth_plugin_files *files; /* NULL: none but its libraries */
};

/* ERR_NOT_FOUND, ERR_INVALID, ERR_UNSUPPORTED; *why_out is a constant sentence. */
enum err auth_loader_open(
    struct auth_plugin *out, const char *path, const char **why_out) MUST_CHECK;
/* The same checks for a plugin that is there already. */
enum err auth_loader_check(struct auth_plugin *out,
    const struct schloss_auth_plugin *about, const char **why_out) MUST_CHECK;
void auth_loader_close(struct auth_plugin *p);

/* Is name one of the words of list? Words stand between blanks or commas. */
bool auth_loader_has_word(struct ipc_view list, struct ipc_view name);

#endif
