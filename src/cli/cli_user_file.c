#include "cli_user_file.h"

#include "cli_output.h"
#include "users_store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum cli_exit cli_user_need_file(const struct cli *cli, const char **path_out)
{
    if (!cli_has(cli, CLI_FILE)) {
        cli_error("name the password file of the broker", "--file USERS_FILE is missing");
        return CLI_EXIT_USAGE;
    }
    *path_out = cli->text[CLI_FILE];
    return CLI_EXIT_OK;
}

enum cli_exit cli_user_check_name(const char *name)
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

enum cli_exit cli_user_load(const char *path, bool may_be_missing, struct users_file *f)
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

enum cli_exit cli_user_complain(enum err e, const char *name, const char *path)
{
    switch (e) {
    case ERR_EXISTS:
        cli_error("`schloss user set-password` gives it another password",
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

enum cli_exit cli_user_change_file(
    const struct cli_user_change *change, bool may_be_missing)
{
    struct users_file f;
    int lock = -1;

    if (users_store_lock(change->path, &lock) != OK) {
        cli_error(
            NULL, "cannot open the folder of %s: %s", change->path, strerror(errno));
        return CLI_EXIT_NO;
    }
    users_file_init(&f);
    enum cli_exit result = cli_user_load(change->path, may_be_missing, &f);
    result = result == CLI_EXIT_OK ? change->apply(&f, change) : result;
    result = result == CLI_EXIT_OK ? save(change->path, &f) : result;
    users_file_fini(&f);
    (void)close(lock);
    return result;
}

enum cli_exit cli_user_find(
    struct users_file *f, const struct cli_user_change *change, struct users_entry **out)
{
    *out = users_file_edit(f, change->name, strlen(change->name));
    return *out == NULL ? cli_user_complain(ERR_NOT_FOUND, change->name, change->path)
                        : CLI_EXIT_OK;
}

/* A secret ends with its length, not with a NUL. */
static void add_secret(struct cli_table *t, const struct secret *secret)
{
    char *text = mem_copy_text(secret->bytes, secret->length);

    if (text == NULL) {
        t->error = ERR_NOMEM;
        return;
    }
    cli_table_text(t, text);
    mem_wipe(text, secret->length);
    mem_free(text);
}

enum cli_exit cli_user_print(const struct cli *cli, const char *name, const char *done,
    const struct secret *secret)
{
    static const struct cli_column columns[] = {
        {"USER", CLI_CELL_TEXT}, {"RESULT", CLI_CELL_TEXT}, {"SECRET", CLI_CELL_TEXT}};
    const size_t columns_count = secret == NULL ? 2 : 3;
    struct cli_table t;

    cli_table_init(&t, columns, columns_count);
    cli_table_text(&t, name);
    cli_table_text(&t, done);
    if (secret != NULL) {
        add_secret(&t, secret);
    }
    enum cli_exit result = cli_table_print(&t, cli);
    if (secret != NULL && t.error == OK) {
        mem_wipe(t.cells[2], secret->length);
    }
    cli_table_fini(&t);
    return result;
}

enum cli_exit cli_user_change_named(struct cli_user_change *change, const char *done)
{
    change->name = change->cli->args[0];
    enum cli_exit result = cli_user_need_file(change->cli, &change->path);

    result = result == CLI_EXIT_OK ? cli_user_change_file(change, false) : result;
    return result == CLI_EXIT_OK ? cli_user_print(change->cli, change->name, done, NULL)
                                 : result;
}
