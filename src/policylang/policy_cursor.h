/*
 * policy_cursor - where the parser stands, and how it says what is wrong there.
 *
 * One statement is read at a time, token by token, never back. A statement is a line; a
 * list in braces may go on over more lines, and the blocks of role and test have a line
 * for each entry. A statement has one error at most: what follows it is skipped up to its
 * end, or up to a line that begins a statement.
 *
 * Trust: the text may hold any bytes.
 *
 * Ownership: borrows the report and the model; owns the lexer's tokens.
 */
#ifndef POLICY_CURSOR_H
#define POLICY_CURSOR_H

#include "policy_lexer.h"
#include "policy_model.h"

#define POLICY_HELP_MAX 400

struct policy_cursor {
    struct policy_lexer lexer;
    struct report *report;
    struct policy_model *model;
    const struct policy_token *at; /* in the tokens of the present line */
    uint32_t file;                 /* in model->files */
    size_t bad_lines;              /* of the lexer, when the statement began */
    struct report_place open;      /* the brace of the present list or block */
    bool is_inside;                /* on a later line than that brace */
    bool is_pending;               /* the line in the lexer is still to be parsed */
    enum err error;                /* the world's fault, or ERR_FULL, which is reported */
};

/* Each reports one error and returns false. help may be NULL. */
bool policy_cursor_fail(struct policy_cursor *c, const struct policy_token *t,
    const char *code, const char *help, const char *message);
/* The token as it is written stands in quotes between before and after. */
bool policy_cursor_fail_word(struct policy_cursor *c, const struct policy_token *t,
    const char *code, const char *help, const char *before, const char *after);
bool policy_cursor_expected(struct policy_cursor *c, const char *what, const char *help);
/* No more errors are shown: what is worked out for them alone can be left out. */
bool policy_cursor_is_mute(const struct policy_cursor *c);

struct report_place policy_cursor_place(
    const struct policy_cursor *c, const struct policy_token *t);
struct policy_model_name policy_cursor_name(
    const struct policy_cursor *c, const struct policy_token *t);

/* From the first token of the line to the one before the present. */
struct policy_view policy_cursor_text(const struct policy_cursor *c);

bool policy_token_is_name(const struct policy_token *t); /* a word or quoted */
/* From here on one more error may be reported. */
void policy_cursor_begin(struct policy_cursor *c);
bool policy_cursor_take(struct policy_cursor *c, enum policy_token_kind kind);
bool policy_cursor_take_word(struct policy_cursor *c, const char *word);
/* The same, and an error where it is something else. */
bool policy_cursor_need_word(struct policy_cursor *c, const char *word);
bool policy_cursor_need(struct policy_cursor *c, enum policy_token_kind kind);
bool policy_cursor_need_end(struct policy_cursor *c);

typedef bool (*policy_cursor_item)(struct policy_cursor *c);
/* ITEM {"," ITEM} on the line. */
bool policy_cursor_list(struct policy_cursor *c, policy_cursor_item item);
/* "{" ITEM {"," ITEM} "}", over as many lines as it takes. */
bool policy_cursor_braces(struct policy_cursor *c, policy_cursor_item item);
/* "{" NL { ENTRY NL } "}": a bad entry is reported and does not end the block. */
bool policy_cursor_block(struct policy_cursor *c, policy_cursor_item entry);
/* Behind an error: on to the end of the statement. */
void policy_cursor_recover(struct policy_cursor *c);

/* What an array of the model said about one more element: true if it is in. */
bool policy_cursor_added(struct policy_cursor *c, enum err e);

#endif
