/*
 * policy_delegation - where a policy lets rules of clients be, asked about a rule before
 * it is taken. What is asked at each decision is policy_admits().
 *
 * Trust: rules are a client's that may set them.
 */
#ifndef POLICY_DELEGATION_H
#define POLICY_DELEGATION_H

#include "policy_filter.h"

/* Whether all that the rule is about is below what the policy delegates. */
bool policy_delegates(const struct policy *p, const struct policy_binding *rule);
/* Whether a NEVER rule is about something that the rule is about too, the one of them as
 * in a decision. Teams that are known at login only are not. */
bool policy_forbids(const struct policy *p, const struct policy_binding *rule,
    struct policy_decision *out);

#endif
