/*
 * policy_overlap - the patterns of many rules, so that those which meet a given one are
 * found without looking at all.
 *
 * Two patterns meet where some name is in both: equal names, or a prefix pattern with
 * whose name the other's begins. One covers another where every name of that is its own.
 *
 * Ownership: borrows the model, which must outlive it.
 */
#ifndef POLICY_OVERLAP_H
#define POLICY_OVERLAP_H

#include "policy_people.h"

struct policy_spot { /* a target of a rule; of a grant: of one of its roles */
    const struct policy_model_target *target;
    uint32_t rule;
    uint32_t parent; /* the nearest prefix pattern before it that covers it; or none */
};

struct policy_overlap {
    struct policy_spot *spots; /* by resource, name, exact before prefix, rule */
    uint32_t count;
};

struct policy_overlap_walk {
    const struct policy_overlap *overlap;
    const struct policy_model_target *target;
    bool covering_only;
    uint32_t above; /* next of those whose names are shorter */
    uint32_t below; /* next of those whose names begin with the target's */
};

typedef bool policy_rule_filter(const struct policy_model_rule *r);

/* ERR_FULL: more than POLICY_ENTRIES_MAX targets. */
enum err policy_overlap_init(struct policy_overlap *o, const struct policy_model *m,
    policy_rule_filter *is_wanted) MUST_CHECK;
void policy_overlap_fini(struct policy_overlap *o);
/* covering_only: not those that meet the target, but those that cover it. */
struct policy_overlap_walk policy_overlap_begin(const struct policy_overlap *o,
    const struct policy_model_target *target, bool covering_only);
/* NULL behind the last one, or when the steps are spent. */
const struct policy_spot *policy_overlap_next(
    struct policy_overlap_walk *w, struct policy_people *people);
/* Whether every name of inner is one of outer. */
bool policy_overlap_covers(
    const struct policy_model_target *outer, const struct policy_model_target *inner);

#endif
