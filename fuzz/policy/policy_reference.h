/*
 * policy_reference - what a policy says, worked out from its rules one after the other.
 *
 * To be compared with the evaluator: nothing here is fast, and no code is shared.
 *
 * Ownership: borrows all.
 */
#ifndef POLICY_REFERENCE_H
#define POLICY_REFERENCE_H

#include "policy_build.h"

struct reference_team {
    const struct policy_view *members;
    size_t count;
    struct policy_view source;
    struct policy_view group;
};

struct reference {
    const struct policy_build_rule *rules;
    size_t rule_count;
    const struct reference_team *teams;
    const uint32_t (*exclusives)[2];
    size_t exclusive_count;
    uint32_t flags;
};

struct reference_question {
    const struct policy_identity *who;
    const struct policy_context *context;
    uint32_t operation;
    enum policy_resource resource;
    struct policy_view name;
};

struct reference_answer {
    bool allowed;
    bool is_excluded;
    bool is_exempt;                 /* from every rule */
    uint32_t first[POLICY_EFFECTS]; /* rules that match, or POLICY_NO_RULE */
};

void reference_decide(const struct reference *r, const struct reference_question *q,
    struct reference_answer *out);

#endif
