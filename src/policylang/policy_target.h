/*
 * policy_target - operations, and the resources that they are about.
 */
#ifndef POLICY_TARGET_H
#define POLICY_TARGET_H

#include "policy_cursor.h"

/* Operations as one statement lists them. */
struct policy_target_ops {
    uint32_t bits[POLICY_USER + 1]; /* by resource */
    /* The first that means nothing on that kind of resource; NULL: none. */
    const struct policy_token *meaningless[POLICY_USER + 1];
};

bool policy_target_parse_ops(struct policy_cursor *c, struct policy_target_ops *out);
/* resource { resource }, into model->targets. ops NULL: targets without operations. */
bool policy_target_parse(struct policy_cursor *c, const struct policy_target_ops *ops,
    struct policy_range *out);
/* ops resources */
bool policy_target_parse_all(struct policy_cursor *c, struct policy_range *out);

#endif
