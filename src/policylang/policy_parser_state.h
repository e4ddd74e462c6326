/*
 * policy_parser_state - what the two halves of the parser share: policy_parser.c has
 * files, lines and the header, policy_rule.c has rules.
 */
#ifndef POLICY_PARSER_STATE_H
#define POLICY_PARSER_STATE_H

#include "policy_lexer.h"
#include "policy_parser.h"

#define POLICY_HELP_MAX 320

struct policy_parser {
    struct policy_lexer lexer;
    struct report *report;
    struct policy_parsed *out;
    const struct policy_token *at; /* in the tokens of the line */
    uint32_t file;
    bool first_statement;
    bool pending;   /* the line in the lexer is still to be parsed */
    enum err error; /* the world's fault; the text's goes to the report */
};

/* Each reports one error and returns false. help may be NULL. */
bool policy_fail_at(struct policy_parser *p, const struct policy_token *t,
    const char *code, const char *help, const char *message);
/* The token as it is written stands in quotes between before and after. */
bool policy_fail_word(struct policy_parser *p, const struct policy_token *t,
    const char *code, const char *help, const char *before, const char *after);
/* A word of the language that this version refuses. */
bool policy_fail_later(
    struct policy_parser *p, const struct policy_token *t, const char *help);
bool policy_fail_expected(struct policy_parser *p, const char *what, const char *help);

bool policy_is_name(const struct policy_token *t);
/* From `allow` or `deny` to the end of the line; the statement carries its label already.
 */
bool policy_rule_parse(struct policy_parser *p, struct policy_statement s);

#endif
