/*
 * users_name - which bytes may be the name of a user or of a group.
 *
 * Printable UTF-8 without ':', which ends a field of the password file, without control
 * and invisible characters, and without blanks at its ends: two names that look the same
 * are the same.
 *
 * Trust: takes any bytes.
 */
#ifndef USERS_NAME_H
#define USERS_NAME_H

#include "err.h"

#include <stddef.h>

#define USERS_NAME_MAX ((size_t)255)

/* NULL: a good name; else what is wrong with it, and *at_out says at which byte. */
const char *users_name_problem(
    const char *name, size_t length, size_t *at_out) MUST_CHECK;

#endif
