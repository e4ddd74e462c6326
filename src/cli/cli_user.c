#include "cli_client.h"
#include "cli_output.h"
#include "cli_password.h"
#include "cli_run.h"
#include "users_store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static enum cli_exit need_file(const struct cli *cli, const char **path_out)
{
    if (!cli_has(cli, CLI_FILE)) {
        cli_error("name the password file of the broker", "--file USERS_FILE is missing");
        return CLI_EXIT_USAGE;
    }
    *path_out = cli->text[CLI_FILE];
    return CLI_EXIT_OK;
}

static enum cli_exit load(const char *path, bool may_be_missing, struct users_file *f)
{
    struct users_problem problem;
    struct buf text;
    enum err e = users_store_load(path, f, &problem);

    if (e == OK || (e == ERR_NOT_FOUND && may_be_missing)) {
        return CLI_EXIT_OK;
    }
    if (e == ERR_INVALID) {
        buf_init(&text, 65536);
        users_problem_describe(&problem, path, &text);
        buf_add_text(&text, path);
        buf_add_text(&text, ": 1 error; nothing was changed\n");
        (void)fwrite(text.bytes, 1, text.length, stderr);
        buf_fini(&text);
    } else {
        cli_error(
            e == ERR_NOT_FOUND ? "`schloss user add NAME --file FILE` makes it" : NULL,
            "cannot read %s: %s", path, e == ERR_NOMEM ? err_text(e) : strerror(errno));
    }
    return CLI_EXIT_NO;
}

static enum cli_exit save(const char *path, const struct users_file *f)
{
    enum err e = users_store_save(path, f);

    if (e == OK) {
        return CLI_EXIT_OK;
    }
    cli_error(NULL, "cannot write %s: %s; the old file is still there", path,
        e == ERR_FULL ? "it would be longer than 4 MiB" : strerror(errno));
    return CLI_EXIT_NO;
}

static enum cli_exit check_name(const char *name)
{
    size_t at = 0;
    const char *problem = users_name_problem(name, strlen(name), &at);

    if (problem == NULL) {
        return CLI_EXIT_OK;
    }
    cli_error("names are 1 to 255 bytes of printable UTF-8 without ':'",
        "'%s' can not be a user: %s (byte %zu)", name, problem, at + 1);
    return CLI_EXIT_USAGE;
}

/* ---- changes ---- */

enum change { ADD, PASSWD, DEL };

static enum err apply(
    struct users_file *f, enum change change, const char *name, const char *hash)
{
    switch (change) {
    case ADD:
        return users_file_add(f, name, strlen(name), hash);
    case PASSWD:
        return users_file_replace(f, name, strlen(name), hash);
    case DEL:
        break;
    }
    return users_file_remove(f, name, strlen(name));
}

static enum cli_exit complain(enum err e, const char *name, const char *path)
{
    switch (e) {
    case ERR_EXISTS:
        cli_error("`schloss user passwd` gives it another password",
            "there is a user %s in %s already", name, path);
        break;
    case ERR_NOT_FOUND:
        cli_error("`schloss user list` shows the users", "there is no user %s in %s",
            name, path);
        break;
    default:
        cli_error(NULL, "cannot change %s in %s: %s", name, path, err_text(e));
        break;
    }
    return CLI_EXIT_NO;
}

/* Read, change and replace under the folder's lock: two editors at once lose nothing. */
static enum cli_exit change_file(
    const char *path, enum change change, const char *name, const char *hash)
{
    struct users_file f;
    int lock = -1;

    if (users_store_lock(path, &lock) != OK) {
        cli_error(NULL, "cannot open the folder of %s: %s", path, strerror(errno));
        return CLI_EXIT_NO;
    }
    users_file_init(&f);
    enum cli_exit result = load(path, change == ADD, &f);
    if (result == CLI_EXIT_OK) {
        enum err e = apply(&f, change, name, hash);
        result = e == OK ? save(path, &f) : complain(e, name, path);
    }
    users_file_fini(&f);
    (void)close(lock);
    return result;
}

/* A taken or missing name is said before a password is asked for. */
static enum cli_exit check_presence(
    const char *path, const char *name, enum change change)
{
    struct users_file f;

    users_file_init(&f);
    enum cli_exit result = load(path, change == ADD, &f);
    if (result == CLI_EXIT_OK) {
        bool found = users_file_find(&f, name, strlen(name)) != NULL;
        if (found != (change == PASSWD)) {
            result = complain(found ? ERR_EXISTS : ERR_NOT_FOUND, name, path);
        }
    }
    users_file_fini(&f);
    return result;
}

static enum cli_exit print_change(const struct cli *cli, const char *name,
    const char *done, const struct secret *secret)
{
    static const struct cli_column columns[] = {
        {"USER", CLI_CELL_TEXT}, {"RESULT", CLI_CELL_TEXT}, {"SECRET", CLI_CELL_TEXT}};
    const size_t columns_count = secret == NULL ? 2 : 3;
    struct cli_table t;

    cli_table_init(&t, columns, columns_count);
    cli_table_text(&t, name);
    cli_table_text(&t, done);
    if (secret != NULL) {
        cli_table_text(&t, (const char *)secret->bytes);
    }
    enum cli_exit result = cli_table_print(&t, cli);
    if (secret != NULL && t.error == OK) {
        mem_wipe(t.cells[2], secret->length);
    }
    cli_table_fini(&t);
    return result;
}

static enum cli_exit new_secret(const struct cli *cli, struct secret *out)
{
    if (!cli_has(cli, CLI_GENERATE)) {
        return cli_password_read(cli->args[0], out);
    }
    enum err e = users_secret_generate(out);
    if (e != OK) {
        cli_error(NULL, "cannot make a secret: %s", err_text(e));
        return CLI_EXIT_NO;
    }
    return CLI_EXIT_OK;
}

static enum cli_exit set_password(
    const struct cli *cli, enum change change, const char *done)
{
    const bool generated = cli_has(cli, CLI_GENERATE);
    const char *name = cli->args[0];
    struct secret secret = {.bytes = NULL};
    char hash[USERS_HASH_MAX] = "";
    const char *path = NULL;

    enum cli_exit result = need_file(cli, &path);
    result = result == CLI_EXIT_OK ? check_name(name) : result;
    result = result == CLI_EXIT_OK ? check_presence(path, name, change) : result;
    result = result == CLI_EXIT_OK ? new_secret(cli, &secret) : result;
    if (result == CLI_EXIT_OK) {
        enum err e = users_hash_make(hash, secret.bytes, secret.length,
            generated ? USERS_COST_GENERATED : USERS_COST_CHOSEN);
        if (e != OK) {
            cli_error(NULL, "cannot hash the password: %s", err_text(e));
            result = CLI_EXIT_NO;
        }
    }
    result = result == CLI_EXIT_OK ? change_file(path, change, name, hash) : result;
    if (result == CLI_EXIT_OK) {
        result = print_change(cli, name, done, generated ? &secret : NULL);
    }
    mem_wipe(hash, sizeof(hash));
    secret_free(&secret);
    return result;
}

enum cli_exit cli_user_add(const struct cli *cli)
{
    return set_password(cli, ADD, "added");
}

enum cli_exit cli_user_passwd(const struct cli *cli)
{
    return set_password(cli, PASSWD, "changed");
}

enum cli_exit cli_user_del(const struct cli *cli)
{
    const char *path = NULL;
    enum cli_exit result = need_file(cli, &path);

    result = result == CLI_EXIT_OK ? change_file(path, DEL, cli->args[0], NULL) : result;
    return result == CLI_EXIT_OK ? print_change(cli, cli->args[0], "removed", NULL)
                                 : result;
}

/* ---- list ---- */

enum cli_exit cli_user_list(const struct cli *cli)
{
    static const struct cli_column columns[] = {
        {"USER", CLI_CELL_TEXT}, {"COST", CLI_CELL_TEXT}};
    struct users_file f;
    struct cli_table t;
    const char *path = NULL;

    enum cli_exit result = need_file(cli, &path);
    if (result != CLI_EXIT_OK) {
        return result;
    }
    users_file_init(&f);
    result = load(path, false, &f);
    cli_table_init(&t, columns, COUNT_OF(columns));
    for (size_t i = 0; i < f.count; i++) {
        /* "$argon2id$v=19$" in front and "$salt$hash" behind stay here */
        const char *numbers = f.entries[i]->hash + strlen("$argon2id$v=19$");
        char cost[USERS_HASH_MAX];
        (void)snprintf(cost, sizeof(cost), "%.*s", (int)strcspn(numbers, "$"), numbers);
        cli_table_text(&t, f.entries[i]->name);
        cli_table_text(&t, cost);
    }
    result = result == CLI_EXIT_OK ? cli_table_print(&t, cli) : result;
    cli_table_fini(&t);
    users_file_fini(&f);
    return result;
}
