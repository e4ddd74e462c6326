/*
 * policy_acl - a compiled policy as the rules of Apache Kafka that say the same: one for
 * each pattern, principal and operation.
 *
 * Implied operations stand among them, and a team is each of its listed members. Super users do not: they are no rules there either.
 * Conditions are left out of allow rules, and conditional deny rules are left out: what is
 * told is more than what is allowed, never less. Rules about other rules are not told.
 *
 * Ownership: views borrow from the policy.
 */
#ifndef POLICY_ACL_H
#define POLICY_ACL_H

#include "policy.h"

#define POLICY_OPERATION_ALL 2 /* as on the wire */

struct policy_acl {
    enum policy_resource resource;
    bool is_prefix; /* false with the name "*": every name */
    struct policy_view name;
    struct policy_view principal; /* with its type; "User:*": everybody */
    bool
        is_team; /* it is a team's name instead: one with members that a file lists not */
    int8_t operation; /* of enum policy_operation, or POLICY_OPERATION_ALL */
    bool deny;
};

/* Where the next one is; begins as {0}. */
struct policy_acl_cursor {
    uint32_t cell;
    uint32_t left; /* operations of the cell that are still to be told */
    bool began;
    uint32_t member; /* of a team: the next to be told */
    bool allowing;   /* the denied ones of the cell are told */
};

/* Those of one pattern follow each other; false at the end. */
bool policy_next_acl(
    const struct policy *p, struct policy_acl_cursor *cursor, struct policy_acl *out);
/* Leaves out the others of one principal, or team, and that name. */
void policy_skip_acls(struct policy_acl_cursor *cursor);

#endif
