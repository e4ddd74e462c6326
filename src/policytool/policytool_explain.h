/*
 * policytool_explain - why somebody may do something, or may not.
 *
 * Names the decision, the rule that made it and, where nothing allowed it, the allow rules
 * that were near: about that principal and that resource, but for another operation or
 * under a condition that does not hold. Denies that did not match are noise.
 *
 * Limits: POLICYTOOL_NEAR_MAX near misses are shown; all are counted.
 */
#ifndef POLICYTOOL_EXPLAIN_H
#define POLICYTOOL_EXPLAIN_H

#include "policytool_question.h"
#include "policytool_set.h"

#define POLICYTOOL_NEAR_MAX 20

/* As text, or as one JSON object. *allowed_out is the decision. */
enum err policytool_explain(const struct policytool_set *set,
    const struct policytool_question *q, bool as_json, struct buf *out,
    bool *allowed_out) MUST_CHECK;

#endif
