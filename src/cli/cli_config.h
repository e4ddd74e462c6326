/*
 * cli_config - a file of client settings, one key=value a line.
 *
 * Lines that begin with '#' or '!' and empty lines are skipped; blanks around key and
 * value do not count. Where the pairs go is the caller's.
 */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "buf.h"

#include <stdbool.h>
#include <stddef.h>

#define CLI_CONFIG_SIZE_MAX ((size_t)256 << 10)

/*
 * Called for each pair with NUL-terminated strings. False: refused; it says why in
 * complaint (a sentence without a line end).
 */
typedef bool cli_config_take(
    void *context, const char *key, const char *value, struct buf *complaint);

/* ERR_INVALID: complaint says `name:line:column: error: ...` and a help line. Changes the
 * text. */
enum err cli_config_parse(char *text, size_t length, const char *name,
    cli_config_take *take, void *context, struct buf *complaint) MUST_CHECK;
/* As above, from a file. Warns on stderr where others can read a secret. */
enum err cli_config_load(const char *path, cli_config_take *take, void *context,
    struct buf *complaint) MUST_CHECK;

/* A setting whose value must not stand on a command line, where every process can read
 * it. */
bool cli_config_is_secret(const char *key);

#endif
