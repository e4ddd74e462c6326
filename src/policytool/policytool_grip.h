/*
 * policytool_grip - which rules have a hold on whom, for two policies side by side.
 *
 * Ownership: owns its arrays, borrows the models.
 */
#ifndef POLICYTOOL_GRIP_H
#define POLICYTOOL_GRIP_H

#include "policy_model.h"

enum policytool_party_kind {
    POLICYTOOL_ANYBODY,   /* nobody whom a file names; rules for `any` alone */
    POLICYTOOL_ANONYMOUS, /* whoever did not log in */
    POLICYTOOL_NETWORK,   /* rules that come over the network, by `delegate` */
    POLICYTOOL_GROUP,     /* of a directory */
    POLICYTOOL_PRINCIPAL,
};

/* For whom a policy may change. */
struct policytool_party {
    enum policytool_party_kind kind;
    struct policy_view source; /* of a group */
    struct policy_view name;   /* of a group or a principal */
};

/* One right or the lack of it: what a rule says about one pattern. */
struct policytool_entry {
    const struct policy_model_target *target;
    uint32_t bits; /* effective */
    uint32_t
        condition; /* number; 0: none. Equal numbers, equal conditions, on both sides */
    bool is_deny;
};

struct policytool_grip {
    struct policytool_party party;
    uint8_t side; /* 0 was, 1 is */
    uint32_t rule;
};

struct policytool_grips {
    const struct policy_model *models[2];
    uint32_t *conditions[2]; /* number of each rule's */
    /* A rule that has each condition, by number, to show it; its side. */
    const struct policy_model_rule **shown;
    uint8_t *shown_side;
    size_t conditions_count;
    struct policytool_grip *grips; /* sorted by party, side, rule */
    size_t count;
    size_t capacity;
};

enum err policytool_grips_make(const struct policy_model *was,
    const struct policy_model *is, struct policytool_grips *out) MUST_CHECK;
void policytool_grips_fini(struct policytool_grips *g);
int policytool_party_compare(
    const struct policytool_party *a, const struct policytool_party *b);

#endif
