/*
 * users_time - when a user ends to be one: `2027-01-31T23:59:59Z`, and nothing else.
 *
 * The date-time of RFC 3339 in UTC, with seconds, without fractions and without leap
 * seconds, so that each moment has one form.
 *
 * Trust: takes any bytes.
 */
#ifndef USERS_TIME_H
#define USERS_TIME_H

#include "err.h"

#include <stddef.h>
#include <stdint.h>

#define USERS_TIME_LENGTH ((size_t)20)

/* The whole of the text; years from 2000 to 9999. ERR_INVALID otherwise. */
enum err users_time_parse(const char *text, size_t length, int64_t *ms_out) MUST_CHECK;
/* ms: from users_time_parse(). NUL-terminates. */
void users_time_format(int64_t ms, char out[USERS_TIME_LENGTH + 1]);

#endif
