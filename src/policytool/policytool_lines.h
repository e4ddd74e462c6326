/*
 * policytool_lines - a policy file as lines of tokens, with blank lines and comments.
 *
 * What the canonical layout is made from: the language's own lexer reads the lines, and
 * what it leaves out is kept beside them.
 *
 * Trust: the text may hold any bytes; a line that cannot be read is in the report.
 *
 * Ownership: owns its arrays, borrows the text.
 */
#ifndef POLICYTOOL_LINES_H
#define POLICYTOOL_LINES_H

#include "policy_lexer.h"

enum policytool_line_kind {
    POLICYTOOL_BLANK,
    POLICYTOOL_COMMENT, /* and nothing else */
    POLICYTOOL_CODE,
};

struct policytool_line {
    enum policytool_line_kind kind;
    uint32_t number;
    size_t first; /* in tokens */
    size_t count;
    struct policy_view comment; /* with its #, without blanks at its end; empty: none */
};

struct policytool_lines {
    const char *file;
    struct policytool_line *lines;
    size_t count;
    size_t capacity;
    struct policy_token *tokens; /* of all lines, without those that end a line */
    size_t tokens_count;
    size_t tokens_capacity;
};

/* ERR_INVALID: some lines cannot be read. To be freed in any case. */
enum err policytool_lines_read(const char *file, struct policy_view text,
    struct report *report, struct policytool_lines *out) MUST_CHECK;
void policytool_lines_fini(struct policytool_lines *lines);

#endif
