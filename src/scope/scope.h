/*
 * scope - whom an authority may say that somebody is: patterns with semicolons
 * between them.
 *
 * A pattern is `User:` and a name, with one asterisk at most that stands for any text, or
 * the same behind a `!`. A principal is in scope when a pattern without `!` fits it and
 * none with one does.
 *
 * Trust: patterns are the administrator's; principals may be anything.
 */
#ifndef SCOPE_H
#define SCOPE_H

#include "err.h"

#include <stdbool.h>
#include <stddef.h>

#define SCOPE_LENGTH_MAX 4096

/* The next pattern, without the blanks around it; NULL at the end. */
const char *scope_next(const char **cursor, size_t *length_out);
bool scope_is_pattern(const char *text, size_t length);
/* Every one of them is a pattern, and they are not too long. */
bool scope_is_valid(const char *patterns);
bool scope_allows(const char *patterns, const char *principal);

#endif
