/*
 * policytool_fmt - the canonical layout of a policy file.
 *
 * One blank between words and none before a comma; `=` of neighbouring lists, `scope` of
 * neighbouring includes and `can` in a test stand under each other; a list that is too
 * long for a line has one member a line; blocks are indented by four; runs of blank lines
 * become one, and one stands before a comment that names an owner (`# owner: ...`).
 * Comments are kept. Lists are sorted, but not of networks, nor those of a rule without a
 * label: its id is made from its text, and audit records name it. Statements keep their
 * order. What was made so once is not changed again.
 *
 * Trust: the text may hold any bytes. It need not be a policy without an error, but its
 * lines must be readable and its braces closed.
 */
#ifndef POLICYTOOL_FMT_H
#define POLICYTOOL_FMT_H

#include "buf.h"
#include "policy.h"
#include "report.h"

#define POLICYTOOL_FMT_WIDTH 90

/* ERR_INVALID: the report says why; nothing of use is in out then. */
enum err policytool_fmt(const char *file, struct policy_view text, struct report *report,
    struct buf *out) MUST_CHECK;

#endif
