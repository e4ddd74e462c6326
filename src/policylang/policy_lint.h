/*
 * policy_lint - what a policy may say, but hardly means.
 *
 * Warnings, with codes of their own; they keep nothing from being loaded, and the broker
 * does not look for them.
 *
 *   L01  an allow for any, without a reason
 *   L02  an allow to change every topic, group ... of the cluster
 *   L03  an allow by password for names that a never statement guards
 *   L04  an allow of which denies without a condition leave nothing
 *   L05  a team, role, net or auth that nothing uses
 *   L06  a deny, a rule for any, or one that ends, without a label
 *   L07  a rule of a break-glass file without until, reason or ticket
 *   L08  a rule of a break-glass file for more than 72 hours
 *   L09  a rule that is over
 *   L10  a statement that stands twice
 *   L11  an allow by plain, without a version of TLS
 *
 * Break-glass files are those whose name begins with `breakglass` or `break-glass`.
 */
#ifndef POLICY_LINT_H
#define POLICY_LINT_H

#include "policy_model.h"

/* For a model without an error. now_ms: wall time; 0: unknown, nothing is over. */
enum err policy_model_lint(
    const struct policy_model *m, int64_t now_ms, struct report *report) MUST_CHECK;

#endif
