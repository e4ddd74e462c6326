/*
 * policy_ruling - the statements that decide: allow, deny, grant, never, delegate; and
 * exclusive.
 */
#ifndef POLICY_RULING_H
#define POLICY_RULING_H

#include "policy_cursor.h"

/* Behind the keyword. label: empty without one. */
bool policy_ruling_parse(
    struct policy_cursor *c, enum policy_rule_kind kind, struct policy_view label);
/* Behind the word `exclusive`. */
bool policy_ruling_exclusive(struct policy_cursor *c);

#endif
