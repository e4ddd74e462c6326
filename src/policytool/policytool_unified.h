/*
 * policytool_unified - what differs between two texts, in the shape that patch takes.
 *
 * Limits: where what differs is larger than some 2,000 lines by 2,000, it is shown as
 * replaced in one piece.
 *
 * Trust: the lines come out safe for a terminal.
 */
#ifndef POLICYTOOL_UNIFIED_H
#define POLICYTOOL_UNIFIED_H

#include "buf.h"
#include "policy.h"

/* Nothing where the texts are equal. */
enum err policytool_unified(const char *name, struct policy_view was,
    struct policy_view is, struct buf *out) MUST_CHECK;

#endif
