/*
 * cli_parse - a command line becomes a command and its options, or what is
 * wrong with it.
 *
 * Ownership: what is parsed borrows argv.
 */
#ifndef CLI_PARSE_H
#define CLI_PARSE_H

#include "cli_command.h"

/*
 * CLI_EXIT_OK fills out. Else complaint holds what to print on stderr. --help
 * counts as success, with command == NULL and the text in complaint, for
 * stdout.
 */
enum cli_exit cli_parse(struct cli *out, int argc, char **argv, struct buf *complaint);

#endif
