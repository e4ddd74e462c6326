/*
 * policy_lexer - the lines of a policy file as tokens.
 *
 * Trust: the text may hold any bytes. A line that cannot be read is reported once and
 * left out; the next line starts anew, so that one unclosed quote hides nothing else.
 *
 * Ownership: tokens borrow the text, which must outlive them.
 */
#ifndef POLICY_LEXER_H
#define POLICY_LEXER_H

#include "policy.h"
#include "report.h"

#define POLICY_LINE_MAX 4096

enum policy_token_kind {
    POLICY_TOKEN_WORD,
    POLICY_TOKEN_QUOTED,
    POLICY_TOKEN_COMMA,
    POLICY_TOKEN_OPEN,
    POLICY_TOKEN_CLOSE,
    POLICY_TOKEN_EQUALS,
    POLICY_TOKEN_COMPARE, /* < or >= */
    POLICY_TOKEN_END,
};

struct policy_token {
    enum policy_token_kind kind;
    uint32_t offset; /* in the line, quotes included */
    uint32_t span;
    struct policy_view text; /* without quotes */
};

struct policy_lexer {
    const char *file; /* borrowed */
    const char *text; /* borrowed: what is left of the file */
    size_t left;
    struct policy_token *tokens; /* of the present line; the last is POLICY_TOKEN_END */
    size_t count;                /* without it */
    size_t bad_lines;            /* reported and left out so far */
    struct report_place place;   /* the present line */
};

enum err policy_lexer_init(struct policy_lexer *l, const char *file, const uint8_t *text,
    size_t length) MUST_CHECK;
void policy_lexer_fini(struct policy_lexer *l);
/*
 * On to the next line that has tokens; false, and no tokens, at the end. Without a report, lines that
 * cannot be read are left out silently.
 */
bool policy_lexer_next(struct policy_lexer *l, struct report *report);
bool policy_token_is(const struct policy_token *t, const char *word);
/* `name:` with something before the colon; a bare `:` is not a label. */
bool policy_token_is_label(const struct policy_token *t);

#endif
