/*
 * policy_role - operations on resources under a name, to be granted.
 */
#ifndef POLICY_ROLE_H
#define POLICY_ROLE_H

#include "policy_cursor.h"

/* Behind the word `role`. */
bool policy_role_parse(struct policy_cursor *c);

#endif
