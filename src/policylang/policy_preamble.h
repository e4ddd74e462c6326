/*
 * policy_preamble - the header of the main file: `policy 1` and what it is bound to.
 */
#ifndef POLICY_PREAMBLE_H
#define POLICY_PREAMBLE_H

#include "policy_cursor.h"

/* Behind the word `policy`. */
bool policy_preamble_parse(struct policy_cursor *c, bool is_first);

#endif
