/*
 * policy_lint_parts - lints that look at all statements at once.
 */
#ifndef POLICY_LINT_PARTS_H
#define POLICY_LINT_PARTS_H

#include "policy_model.h"

/* L10 */
enum err policy_lint_twice(
    const struct policy_model *m, struct report *report) MUST_CHECK;
/* L05 */
enum err policy_lint_unused(
    const struct policy_model *m, struct report *report) MUST_CHECK;

#endif
