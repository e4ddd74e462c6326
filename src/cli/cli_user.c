/* schloss user add, set-password, remove: who is there, and by which password. */
#include "cli_handover.h"
#include "cli_output.h"
#include "cli_password.h"
#include "cli_run.h"
#include "cli_scram.h"
#include "cli_user_file.h"

#include <string.h>

/* --- new passwords ------------------------------------------------------------------ */

static enum cli_exit add_user(struct users_file *f, const struct cli_user_change *change)
{
    enum err e = users_file_add(f, change->name, strlen(change->name), change->hash);
    if (e != OK) {
        return cli_user_complain(e, change->name, change->path);
    }
    return cli_user_apply_wishes(f->entries[f->count - 1], change);
}

static enum cli_exit replace_password(
    struct users_file *f, const struct cli_user_change *change)
{
    struct users_entry *entry = NULL;
    enum cli_exit result = cli_user_find(f, change, &entry);
    if (result != CLI_EXIT_OK) {
        return result;
    }
    if (!cli_has(change->cli, CLI_KEEP_OLD)) {
        users_entry_set_hash(entry, change->hash);
        return CLI_EXIT_OK;
    }
    enum err e = users_entry_rotate(entry, change->hash);
    return e == OK ? CLI_EXIT_OK : cli_user_complain(e, change->name, change->path);
}

/* A taken or missing name is said before a password is asked for. */
static enum cli_exit check_presence(const struct cli_user_change *change, bool adds)
{
    struct users_file f;

    users_file_init(&f);
    enum cli_exit result = cli_user_load(change->path, adds, &f);
    if (result == CLI_EXIT_OK) {
        bool found = users_file_find(&f, change->name, strlen(change->name)) != NULL;
        if (found == adds) {
            result = cli_user_complain(
                found ? ERR_EXISTS : ERR_NOT_FOUND, change->name, change->path);
        }
    }
    users_file_fini(&f);
    return result;
}

static enum cli_exit new_secret(const struct cli *cli, struct secret *out)
{
    if (!cli_has(cli, CLI_GENERATE)) {
        const size_t min = cli_has(cli, CLI_MIN_LENGTH)
                               ? (size_t)cli->number[CLI_MIN_LENGTH]
                               : CLI_PASSWORD_LENGTH_MIN;
        return cli_password_read(cli->args[0], min, out);
    }
    enum err e = users_secret_generate(out);
    if (e != OK) {
        cli_error(NULL, "cannot make a secret: %s", err_text(e));
        return CLI_EXIT_NO;
    }
    return CLI_EXIT_OK;
}

static enum cli_exit hash_secret(
    const struct cli *cli, const struct secret *secret, char out[USERS_HASH_MAX])
{
    enum err e = users_hash_make(out, secret->bytes, secret->length,
        cli_has(cli, CLI_GENERATE) ? USERS_COST_GENERATED : USERS_COST_CHOSEN);

    if (e == OK) {
        return CLI_EXIT_OK;
    }
    cli_error(NULL, "cannot hash the password: %s", err_text(e));
    return CLI_EXIT_NO;
}

/* The same password by SCRAM, where that was asked for. */
static enum cli_exit set_scram(
    const struct cli *cli, const char *name, const struct secret *secret)
{
    if (!cli_has(cli, CLI_SCRAM_FILE)) {
        return CLI_EXIT_OK;
    }
    return cli_scram_set(cli->text[CLI_SCRAM_FILE], name, secret,
        cli_has(cli, CLI_GENERATE) ? USERS_COST_GENERATED : USERS_COST_CHOSEN);
}

/* Before the password file is changed: a secret that is nowhere would be worse than files
 * whose secret is not good yet. */
static enum cli_exit write_client_files(
    const struct cli *cli, const char *name, const struct secret *secret)
{
    return cli_has(cli, CLI_CLIENT_FILES) ? cli_handover_write(cli, name, secret)
                                          : CLI_EXIT_OK;
}

static enum cli_exit give_password(
    struct cli_user_change *change, bool adds, const char *done)
{
    const struct cli *cli = change->cli;
    struct secret secret = {.bytes = NULL};
    char hash[USERS_HASH_MAX] = "";

    change->name = cli->args[0];
    change->hash = hash;
    enum cli_exit result = cli_user_need_file(cli, &change->path);
    result = result == CLI_EXIT_OK ? cli_user_check_name(change->name) : result;
    result = result == CLI_EXIT_OK ? cli_user_check_wishes(cli) : result;
    result = result == CLI_EXIT_OK ? check_presence(change, adds) : result;
    result = result == CLI_EXIT_OK ? cli_handover_check(cli, change->name) : result;
    result = result == CLI_EXIT_OK ? new_secret(cli, &secret) : result;
    result = result == CLI_EXIT_OK ? hash_secret(cli, &secret, hash) : result;
    result =
        result == CLI_EXIT_OK ? write_client_files(cli, change->name, &secret) : result;
    result = result == CLI_EXIT_OK ? cli_user_change_file(change, adds) : result;
    result = result == CLI_EXIT_OK ? set_scram(cli, change->name, &secret) : result;
    if (result == CLI_EXIT_OK) {
        bool shown = cli_has(cli, CLI_GENERATE) && !cli_has(cli, CLI_CLIENT_FILES);
        result = cli_user_print(cli, change->name, done, shown ? &secret : NULL);
    }
    mem_wipe(hash, sizeof(hash));
    secret_free(&secret);
    return result;
}

enum cli_exit cli_user_add(const struct cli *cli)
{
    struct cli_user_change change = {.cli = cli, .apply = add_user};

    return give_password(&change, true, "added");
}

/* --- without a password ------------------------------------------------------------- */

static enum cli_exit drop_old(struct users_file *f, const struct cli_user_change *change)
{
    struct users_entry *entry = NULL;
    enum cli_exit result = cli_user_find(f, change, &entry);

    if (result == CLI_EXIT_OK && entry->old_hash == NULL) {
        cli_error(NULL, "%s has no old password in %s", change->name, change->path);
        return CLI_EXIT_NO;
    }
    if (result == CLI_EXIT_OK) {
        users_entry_drop_old(entry);
    }
    return result;
}

static enum cli_exit remove_user(
    struct users_file *f, const struct cli_user_change *change)
{
    enum err e = users_file_remove(f, change->name, strlen(change->name));

    return e == OK ? CLI_EXIT_OK : cli_user_complain(e, change->name, change->path);
}

enum cli_exit cli_user_set_password(const struct cli *cli)
{
    struct cli_user_change change = {.cli = cli, .apply = replace_password};

    if (!cli_has(cli, CLI_DROP_OLD)) {
        return give_password(&change, false, "changed");
    }
    if (cli_has(cli, CLI_KEEP_OLD) || cli_has(cli, CLI_GENERATE) ||
        cli_has(cli, CLI_CLIENT_FILES)) {
        cli_error("--drop-old leaves the password in force as it is",
            "--drop-old goes with nothing that needs a new password");
        return CLI_EXIT_USAGE;
    }
    change.apply = drop_old;
    enum cli_exit result = cli_handover_check(cli, cli->args[0]);
    return result == CLI_EXIT_OK ? cli_user_change_named(&change, "dropped") : result;
}

enum cli_exit cli_user_remove(const struct cli *cli)
{
    struct cli_user_change change = {.cli = cli, .apply = remove_user};

    /* First there: what follows may fail, and the user must be able to do less, not more. */
    if (cli_has(cli, CLI_SCRAM_FILE)) {
        enum cli_exit result = cli_scram_remove(cli->text[CLI_SCRAM_FILE], cli->args[0]);
        if (result != CLI_EXIT_OK) {
            return result;
        }
    }
    return cli_user_change_named(&change, "removed");
}
