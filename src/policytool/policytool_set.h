/*
 * policytool_set - a policy as the verbs ask it: its model, and what the broker would
 * load.
 *
 * Trust: the text may hold any bytes. Ownership: owns both; borrows the sources, which
 * must outlive it.
 */
#ifndef POLICYTOOL_SET_H
#define POLICYTOOL_SET_H

#include "policy_model.h"

struct policytool_set {
    struct policy_model model;
    struct policy *policy;
};

/* ERR_INVALID: errors are in the report. To be freed in any case. */
enum err policytool_set_make(const struct policy_source *sources, size_t count,
    struct report *report, struct policytool_set *out) MUST_CHECK;
void policytool_set_fini(struct policytool_set *s);

#endif
