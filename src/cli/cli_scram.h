/*
 * cli_scram - the file of SCRAM credentials, changed for the user commands.
 *
 * Each function reads the file, changes it and replaces it under the folder's lock, so
 * that two editors at once lose nothing, and prints what went wrong.
 */
#ifndef CLI_SCRAM_H
#define CLI_SCRAM_H

#include "cli_command.h"
#include "mem.h"
#include "users_password.h"

/*
 * Credentials of both mechanisms in the place of what the user had; a file that is missing
 * is made. A disabled user stays disabled. cost: USERS_COST_GENERATED where the password
 * came from users_secret_generate().
 */
enum cli_exit cli_scram_set(const char *path, const char *name,
    const struct secret *password, enum users_cost cost);
/* All credentials of the user. CLI_EXIT_NO: there were none. */
enum cli_exit cli_scram_remove(const char *path, const char *name);
/* A row for each credential, without what is secret. */
enum cli_exit cli_scram_list(const struct cli *cli, const char *path);

#endif
