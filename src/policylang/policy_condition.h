/*
 * policy_condition - the qualifiers of a rule: under which condition it holds, and why.
 */
#ifndef POLICY_CONDITION_H
#define POLICY_CONDITION_H

#include "policy_cursor.h"

/* { qualifier }; each at most once. Names of networks and methods stay unresolved. */
bool policy_condition_parse(struct policy_cursor *c, struct policy_model_condition *out);

/* For the context of a test too; each takes one token. */
bool policy_condition_time(struct policy_cursor *c, int64_t *ms_out);
bool policy_condition_tls(struct policy_cursor *c, uint16_t *out);
bool policy_condition_method(struct policy_cursor *c, enum policy_method *out);
bool policy_condition_listener(struct policy_cursor *c, struct policy_view *out);
/* A network, or one address; not the name of a list. */
bool policy_condition_net(struct policy_cursor *c, struct policy_net *out);

#endif
