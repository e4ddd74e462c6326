/*
 * exchange_expand - a policy as a set of rules in the shape of Apache Kafka's ACLs.
 *
 * Roles and teams are expanded, networks become hosts. A rule that has no such shape is
 * noted: one with a condition other than `from`, one for a team whose members an
 * authority knows, `never`, `delegate` and `exclusive`. What Apache Kafka would take for
 * something else is noted too: a topic that is called "*".
 *
 * Trust: of a model without an error; its texts may hold anything a policy can.
 */
#ifndef EXCHANGE_EXPAND_H
#define EXCHANGE_EXPAND_H

#include "exchange_acl.h"
#include "policy_model.h"

void exchange_expand(const struct policy_model *m, struct exchange_set *out);

#endif
