/*
 * policytool_proposal - what was learned, as statements of the language.
 *
 * What is proposed is read back as a policy before it is given out, so that no name in the
 * trail can add a rule or widen one.
 *
 * Trust: names are any bytes. Ownership: borrows what was learned.
 */
#ifndef POLICYTOOL_PROPOSAL_H
#define POLICYTOOL_PROPOSAL_H

#include "policytool_learn.h"

/*
 * Statements, without the first line of a policy. ERR_INVALID: the principal can not be
 * written in the language.
 */
enum err policytool_proposal_write(
    const struct policytool_learn *l, struct buf *out) MUST_CHECK;

#endif
