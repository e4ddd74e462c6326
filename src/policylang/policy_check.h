/*
 * policy_check - the parts of policy_model_check().
 *
 * Each reports at most one error for one statement. Their cost is bounded by
 * POLICY_CHECK_STEPS_MAX and does not grow with the square of the rules unless all of
 * them meet each other.
 */
#ifndef POLICY_CHECK_H
#define POLICY_CHECK_H

#include "policy_overlap.h"
#include "policy_people.h"

struct policy_checker {
    const struct policy_model *m; /* borrowed, as all of it */
    struct report *report;
    struct policy_people people;
    struct policy_overlap allows; /* of allow rules and grants */
    struct policy_overlap denies; /* of deny rules without a condition */
};

/* What a statement says about resources out of its file's scope. */
void policy_check_scopes(const struct policy_model *m, struct report *report);
/* Scopes, and more of something than a compiled policy has room for. */
enum err policy_check_statements(
    const struct policy_model *m, struct report *report) MUST_CHECK;
/* What `never` and `exclusive` say; only where the statements are good. */
enum err policy_check_invariants(
    const struct policy_model *m, struct report *report) MUST_CHECK;
enum err policy_checker_init(struct policy_checker *c, const struct policy_model *m,
    struct report *report) MUST_CHECK;
void policy_checker_fini(struct policy_checker *c);
enum err policy_check_nevers(struct policy_checker *c) MUST_CHECK;
enum err policy_check_exclusives(struct policy_checker *c) MUST_CHECK;
/* Operations of the target that denies without a condition take from all of the atom. */
uint32_t policy_check_denied(struct policy_checker *c,
    const struct policy_model_target *target, struct policy_atom atom);

/* Describing goes with the others, as in Apache Kafka, for what is allowed. */
uint32_t policy_check_implied(uint32_t operations);
bool policy_check_is_allow(const struct policy_model_rule *r);
bool policy_check_is_plain_deny(const struct policy_model_rule *r);
/* Of the lowest bit. */
const char *policy_check_operation(uint32_t operations);

#endif
