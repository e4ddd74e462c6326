/*
 * auditlog_anchor - a copy of a signed line that is kept apart from the trail.
 *
 * A trail that was cut or set back does not reach its newest anchor. In a file it has a
 * fixed size, so that it is overwritten in one write.
 *
 * Trust: an anchor may be anything; one that can not be read is none.
 */
#ifndef AUDITLOG_ANCHOR_H
#define AUDITLOG_ANCHOR_H

#include "auditlog_chain.h"

#include <stdbool.h>

#define AUDITLOG_ANCHOR 1024 /* bytes in a file */

/* A line with its newline, padded. ERR_FULL: the line is longer than that. */
enum err auditlog_anchor_write(
    const void *line, size_t length, uint8_t out[AUDITLOG_ANCHOR]) MUST_CHECK;

/* The next line that holds one, in their order; text and length go on behind it. */
bool auditlog_anchor_next(const char **text, size_t *length, struct auditlog_chain *out);

/*
 * The newest of all lines that hold one, whatever stands in front of it, as syslog does.
 * ERR_NOT_FOUND.
 */
enum err auditlog_anchor_find(
    const void *text, size_t length, struct auditlog_chain *out) MUST_CHECK;

#endif
