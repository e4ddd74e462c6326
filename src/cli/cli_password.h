/*
 * cli_password - a new password from a person or a pipe, never from the command line.
 *
 * On a terminal: asked for twice, not shown. From a pipe: the first line.
 */
#ifndef CLI_PASSWORD_H
#define CLI_PASSWORD_H

#include "cli_command.h"
#include "mem.h"

#define CLI_PASSWORD_LENGTH_MIN ((size_t)12)

/* length_min: in characters. Not CLI_EXIT_OK: the error was printed. The caller frees the
 * secret. */
enum cli_exit cli_password_read(const char *user, size_t length_min, struct secret *out);
/* The same for a passphrase of a key; one that is there already is asked for once. */
enum cli_exit cli_passphrase_read(const char *of, bool is_new, struct secret *out);

#endif
