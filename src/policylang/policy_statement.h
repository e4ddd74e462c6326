/*
 * policy_statement - one statement of a policy file, whichever it is.
 */
#ifndef POLICY_STATEMENT_H
#define POLICY_STATEMENT_H

#include "policy_include.h"

/* Reads the statement that begins on the present line of the lexer, and its later lines.
 * What is wrong is reported. is_first: nothing stands before it in its file. */
void policy_statement_parse(
    struct policy_cursor *c, struct policy_include *in, bool is_first);

#endif
