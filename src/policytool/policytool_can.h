/*
 * policytool_can - all that one may do, under which condition and by which rule.
 *
 * What a deny without a condition or a never takes from all names of a row is left out of
 * it; both have rows of their own.
 */
#ifndef POLICYTOOL_CAN_H
#define POLICYTOOL_CAN_H

#include "policytool_question.h"
#include "policytool_set.h"

/* Nothing for whom the evaluator excludes. */
enum err policytool_can(const struct policytool_set *set,
    const struct policytool_question *q, bool as_json, struct buf *out) MUST_CHECK;

#endif
