#include "warden_token.h"

#include "warden_files.h"
#include "warden_life.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool warden_token_is_wanted(const struct warden *w)
{
    return w->conf->token_module != NULL && warden_is_wanted(w, IPC_KEYS);
}

enum err warden_token_open(struct warden *w)
{
    struct warden_message why;
    int fd = -1;

    if (!warden_token_is_wanted(w)) {
        return OK;
    }
    enum err e = warden_files_program(w->options.program_dir,
        sandbox_program_name(SANDBOX_KEYS_TOKEN), &w->programs[SANDBOX_KEYS_TOKEN], &why);
    if (e == OK) {
        e = warden_files_open(w->conf->token_module, false, &fd, &why);
    }
    if (e != OK) {
        log_err("%s [KEY021]", why.text);
        return e;
    }
    (void)close(fd);
    return OK;
}

/* --- the root ------------------------------------------------------------------------- */

/* Files go in with the libraries, directories behind them. */
static enum err sort_paths(const struct conf_list *paths, const char *files[],
    const char *directories[], size_t *directory_count)
{
    size_t file_count = 0;
    struct stat st;

    *directory_count = 0;
    for (size_t i = 0; i < paths->count; i++) {
        const char *path = paths->items[i];
        if (lstat(path, &st) != 0 || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))) {
            log_err("%s, of ssl.key.pkcs11.paths, is neither a file nor a directory "
                    "[KEY021]",
                path);
            return ERR_INVALID;
        }
        if (S_ISDIR(st.st_mode)) {
            directories[(*directory_count)++] = path;
        } else {
            files[file_count++] = path;
        }
    }
    files[file_count] = NULL;
    return OK;
}

enum err warden_token_root(struct warden *w, struct sandbox_failure *failure_out)
{
    const char *const arguments[] = {w->conf->token_module, NULL};
    const char *name = sandbox_role_name(SANDBOX_KEYS_TOKEN);
    const char *files[SANDBOX_DIRECTORIES_MAX + 1];
    const char *directories[SANDBOX_DIRECTORIES_MAX];
    size_t count = 0;

    if (!warden_token_is_wanted(w)) {
        return OK;
    }
    INVARIANT(w->conf->token_paths.count <= SANDBOX_DIRECTORIES_MAX);
    enum err e = sort_paths(&w->conf->token_paths, files, directories, &count);
    if (e != OK) {
        return e;
    }
    e = sandbox_add_program(&w->sandbox, name, w->programs[SANDBOX_KEYS_TOKEN], arguments,
        files, failure_out);
    if (e == ERR_INVALID) {
        log_err("%s, of ssl.key.pkcs11.module, can not be loaded, or what it needs is "
                "not there [KEY021]",
            w->conf->token_module);
    }
    for (size_t i = 0; e == OK && i < count; i++) {
        e = sandbox_add_directory(&w->sandbox, name, directories[i], failure_out);
    }
    return e;
}

/* --- what it is told ------------------------------------------------------------------ */

static enum err send_path(struct warden_child *c, const char *path)
{
    const struct ipc_keys_path told = {.path = ipc_text(path)};

    return ipc_link_send(&c->link, IPC_MSG_KEYS_PATH, 0, &told, -1);
}

static enum err send_variable(struct warden_child *c, const char *item)
{
    const char *equals = strchr(item, '=');

    INVARIANT(equals != NULL); /* conf_token.c looked */
    const struct ipc_keys_variable told = {
        .name = {.ptr = (const uint8_t *)item, .len = (size_t)(equals - item)},
        .value = ipc_text(equals + 1)};
    return ipc_link_send(&c->link, IPC_MSG_KEYS_VARIABLE, 0, &told, -1);
}

enum err warden_token_send(struct warden_child *c)
{
    const struct conf *conf = c->warden->conf;
    const struct ipc_keys_token token = {
        .module = ipc_text(conf->token_module), .uri = ipc_text(conf->token_uri)};
    enum err e = OK;

    for (size_t i = 0; e == OK && i < conf->token_environment.count; i++) {
        e = send_variable(c, conf->token_environment.items[i]);
    }
    for (size_t i = 0; e == OK && i < conf->token_paths.count; i++) {
        e = send_path(c, conf->token_paths.items[i]);
    }
    return e == OK ? ipc_link_send(&c->link, IPC_MSG_KEYS_TOKEN, 0, &token, -1) : e;
}
