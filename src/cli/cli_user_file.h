/*
 * cli_user_file - what the commands of `schloss user` share: the password file that they
 * read and change, and what they say of it.
 *
 * A change is made under the lock of the file's folder: two editors at once lose nothing.
 * Errors are printed where they are found; the value is what the program ends with.
 */
#ifndef CLI_USER_FILE_H
#define CLI_USER_FILE_H

#include "cli_command.h"
#include "mem.h"
#include "users_file.h"

/* --file, which has no default. */
enum cli_exit cli_user_need_file(const struct cli *cli, const char **path_out);
enum cli_exit cli_user_check_name(const char *name);
/* f: initialised and empty; empty again on failure. */
enum cli_exit cli_user_load(const char *path, bool may_be_missing, struct users_file *f);
enum cli_exit cli_user_complain(enum err e, const char *name, const char *path);

/* What is to become of a user; the path is for messages. */
struct cli_user_change {
    const struct cli *cli;
    const char *path;
    const char *name;
    const char *hash; /* NULL: no new password */
    enum cli_exit (*apply)(struct users_file *f, const struct cli_user_change *change);
};

/* Reads, changes and replaces the file; what was not OK left it as it was. */
enum cli_exit cli_user_change_file(
    const struct cli_user_change *change, bool may_be_missing);
/* The same to the user that the command line names, and says that it is done. */
enum cli_exit cli_user_change_named(struct cli_user_change *change, const char *done);
/* For an apply() whose user must be there. */
enum cli_exit cli_user_find(
    struct users_file *f, const struct cli_user_change *change, struct users_entry **out);
/* The row that says what was done; secret: NULL, or to be shown this once. */
enum cli_exit cli_user_print(const struct cli *cli, const char *name, const char *done,
    const struct secret *secret);

/* --- cli_user_set.c ----------------------------------------------------------------- */

/* What --expires, --group and --no-group say can be done at all. */
enum cli_exit cli_user_check_wishes(const struct cli *cli);
/* Does it, to a user of the file. */
enum cli_exit cli_user_apply_wishes(
    struct users_entry *entry, const struct cli_user_change *change);

#endif
