/*
 * policy_rule_id - what a rule is called where it decides.
 */
#ifndef POLICY_RULE_ID_H
#define POLICY_RULE_ID_H

#include "policy_lexer.h"
#include "policy_model.h"

/*
 * r- and 8 hex digits of the SHA-256 of the tokens, with a blank between two of them but
 * none before a comma: the id survives moves, re-indenting and formatting.
 */
void policy_rule_id(
    const struct policy_token *tokens, size_t count, char out[POLICY_ID_MAX + 1]);
/* What policy_rule_id() could have made. */
bool policy_rule_id_is_made(struct policy_view label);

#endif
