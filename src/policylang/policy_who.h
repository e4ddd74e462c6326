/*
 * policy_who - principals and teams, as rules and teams name them.
 */
#ifndef POLICY_WHO_H
#define POLICY_WHO_H

#include "policy_cursor.h"

/* subject { "," subject }, into model->subjects. */
bool policy_who_parse(struct policy_cursor *c, struct policy_range *out);
/* A principal alone: not any, no team. */
bool policy_who_principal(struct policy_cursor *c, struct policy_model_name *out);
/* "@" NAME; *out has no @. */
bool policy_who_team(struct policy_cursor *c, struct policy_model_name *out);

#endif
