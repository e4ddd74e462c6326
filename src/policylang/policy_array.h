/*
 * policy_array - one more element for an array of the model.
 *
 * Each returns ERR_FULL at POLICY_ITEMS_MAX elements, and ERR_NOMEM.
 */
#ifndef POLICY_ARRAY_H
#define POLICY_ARRAY_H

#include "policy_model.h"

#define POLICY_ITEMS_MAX 262144 /* in one array */

/* Array, type of its elements, name of the function. */
#define POLICY_ARRAYS(X)                                                                 \
    X(files, struct policy_model_file, file)                                             \
    X(rules, struct policy_model_rule, rule)                                             \
    X(subjects, struct policy_model_subject, subject)                                    \
    X(targets, struct policy_model_target, target)                                       \
    X(names, struct policy_model_name, name)                                             \
    X(net_items, struct policy_model_net, net_item)                                      \
    X(nets, struct policy_model_net_list, net)                                           \
    X(auths, struct policy_model_auth, auth)                                             \
    X(teams, struct policy_model_team, team)                                             \
    X(team_refs, struct policy_model_team_ref, team_ref)                                 \
    X(roles, struct policy_model_role, role)                                             \
    X(role_refs, struct policy_model_role_ref, role_ref)                                 \
    X(exclusives, struct policy_model_exclusive, exclusive)                              \
    X(tests, struct policy_model_test, test)                                             \
    X(cases, struct policy_model_case, case)

#define POLICY_ARRAY_DECLARE(array, type, name)                                          \
    enum err policy_array_add_##name(struct policy_model *m, type item) MUST_CHECK;
POLICY_ARRAYS(POLICY_ARRAY_DECLARE)
#undef POLICY_ARRAY_DECLARE

/* From `first` to the present end of an array. */
static inline struct policy_range policy_range_to(size_t first, size_t count)
{
    return (struct policy_range){(uint32_t)first, (uint32_t)(count - first)};
}

#endif
