/*
 * policy_definition - what a file gives a name to: team, net, auth.
 *
 * What begins a definition well is in the model even if the rest of it is wrong, so that
 * one mistake does not make every use of the name another.
 */
#ifndef POLICY_DEFINITION_H
#define POLICY_DEFINITION_H

#include "policy_cursor.h"

/* The name that a definition gives; of a role too. */
bool policy_definition_name(
    struct policy_cursor *c, const char *what, struct policy_model_name *out);

/* Each begins behind its keyword. */
bool policy_definition_team(struct policy_cursor *c);
bool policy_definition_net(struct policy_cursor *c);
bool policy_definition_auth(struct policy_cursor *c);

#endif
