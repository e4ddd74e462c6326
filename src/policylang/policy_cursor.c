#include "policy_cursor.h"

#include "policy_words.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* --- errors --- */

struct report_place policy_cursor_place(
    const struct policy_cursor *c, const struct policy_token *t)
{
    struct report_place place = c->lexer.place;

    place.offset = t->offset;
    place.span = t->span;
    return place;
}

struct policy_model_name policy_cursor_name(
    const struct policy_cursor *c, const struct policy_token *t)
{
    return (struct policy_model_name){policy_cursor_place(c, t), t->text};
}

struct policy_view policy_cursor_text(const struct policy_cursor *c)
{
    const struct policy_token *first = c->lexer.tokens;
    const struct policy_token *last = c->at - 1;
    const uint8_t *line = (const uint8_t *)c->lexer.place.text;

    return (struct policy_view){
        line + first->offset, last->offset + last->span - first->offset};
}

bool policy_cursor_is_mute(const struct policy_cursor *c)
{
    return c->report->errors >= REPORT_SHOWN_MAX;
}

/* A line that could not be read, inside a list, was the error of its statement. */
static bool fail_at(struct policy_cursor *c, const struct report_place *place,
    const char *code, const char *help, const char *message)
{
    if (c->lexer.bad_lines == c->bad_lines) {
        report_error(c->report, place, code, help, "%s", message);
    }
    return false;
}

bool policy_cursor_fail(struct policy_cursor *c, const struct policy_token *t,
    const char *code, const char *help, const char *message)
{
    struct report_place place = policy_cursor_place(c, t);

    return fail_at(c, &place, code, help, message);
}

bool policy_cursor_fail_word(struct policy_cursor *c, const struct policy_token *t,
    const char *code, const char *help, const char *before, const char *after)
{
    char word[64];
    char message[256];

    (void)text_escape(word, sizeof(word), t->text.ptr, t->text.len);
    (void)snprintf(message, sizeof(message), "%s'%s'%s", before, word, after);
    return policy_cursor_fail(c, t, code, help, message);
}

bool policy_cursor_expected(struct policy_cursor *c, const char *what, const char *help)
{
    char message[256];

    if (c->at->kind == POLICY_TOKEN_END) {
        (void)snprintf(
            message, sizeof(message), "expected %s but the line ends here", what);
        return policy_cursor_fail(c, c->at, "POL003", help, message);
    }
    (void)snprintf(message, sizeof(message), "expected %s, found ", what);
    return policy_cursor_fail_word(c, c->at, "POL003", help, message, "");
}

bool policy_cursor_added(struct policy_cursor *c, enum err e)
{
    if (e == OK) {
        return true;
    }
    c->error = e;
    if (e == ERR_FULL) {
        (void)policy_cursor_fail(c, &c->lexer.tokens[0], "POL092",
            "use prefixes, teams and roles, or shorter lists",
            "the policy has more than 262144 names of one kind");
    }
    return false;
}

/* --- tokens --- */

bool policy_token_is_name(const struct policy_token *t)
{
    return t->kind == POLICY_TOKEN_WORD || t->kind == POLICY_TOKEN_QUOTED;
}

void policy_cursor_begin(struct policy_cursor *c)
{
    c->at = c->lexer.tokens;
    c->bad_lines = c->lexer.bad_lines;
}

bool policy_cursor_take(struct policy_cursor *c, enum policy_token_kind kind)
{
    if (c->at->kind != kind) {
        return false;
    }
    c->at++;
    return true;
}

bool policy_cursor_take_word(struct policy_cursor *c, const char *word)
{
    if (!policy_token_is(c->at, word)) {
        return false;
    }
    c->at++;
    return true;
}

bool policy_cursor_need_word(struct policy_cursor *c, const char *word)
{
    char what[32];

    if (policy_cursor_take_word(c, word)) {
        return true;
    }
    (void)snprintf(what, sizeof(what), "'%s'", word);
    return policy_cursor_expected(c, what, NULL);
}

bool policy_cursor_need(struct policy_cursor *c, enum policy_token_kind kind)
{
    static const char *const names[] = {
        [POLICY_TOKEN_COMMA] = "','",
        [POLICY_TOKEN_OPEN] = "'{'",
        [POLICY_TOKEN_CLOSE] = "'}'",
        [POLICY_TOKEN_EQUALS] = "'='",
    };

    return policy_cursor_take(c, kind) || policy_cursor_expected(c, names[kind], NULL);
}

bool policy_cursor_need_end(struct policy_cursor *c)
{
    if (c->at->kind == POLICY_TOKEN_END) {
        return true;
    }
    return policy_cursor_fail_word(c, c->at, "POL004",
        "one statement per line; use a comma to list several names", "unexpected ",
        " after a complete statement");
}

bool policy_cursor_list(struct policy_cursor *c, policy_cursor_item item)
{
    do {
        if (!item(c)) {
            return false;
        }
    } while (policy_cursor_take(c, POLICY_TOKEN_COMMA));
    return true;
}

/* --- lines --- */

/* `allow ...` or `label: allow ...` at the very start of the line; nobody writes the
 * names of a list there with something other than a comma behind them. */
static bool line_begins_statement(const struct policy_cursor *c)
{
    const struct policy_token *t = c->lexer.tokens;

    if (t->offset != 0) {
        return false;
    }
    if (policy_token_is_label(t)) {
        t++;
    }
    return policy_statement_find(t) && policy_token_is_name(&t[1]) &&
           !policy_token_is(&t[1], "can") && !policy_token_is(&t[1], "cannot");
}

static bool fail_open(struct policy_cursor *c)
{
    return fail_at(c, &c->open, "POL008", "add a } behind the last of them",
        "the brace is not closed");
}

static bool next_line(struct policy_cursor *c)
{
    if (!policy_lexer_next(&c->lexer, c->report)) {
        return fail_open(c);
    }
    c->is_inside = true;
    c->at = c->lexer.tokens;
    if (line_begins_statement(c)) {
        return fail_open(c);
    }
    return true;
}

static bool skip_line_ends(struct policy_cursor *c)
{
    while (c->at->kind == POLICY_TOKEN_END) {
        if (!next_line(c)) {
            return false;
        }
    }
    return true;
}

static bool open_brace(struct policy_cursor *c)
{
    c->open = policy_cursor_place(c, c->at);
    return policy_cursor_need(c, POLICY_TOKEN_OPEN);
}

bool policy_cursor_braces(struct policy_cursor *c, policy_cursor_item item)
{
    if (!open_brace(c)) {
        return false;
    }
    do {
        if (!skip_line_ends(c) || !item(c) || !skip_line_ends(c)) {
            return false;
        }
    } while (policy_cursor_take(c, POLICY_TOKEN_COMMA));
    if (!policy_cursor_take(c, POLICY_TOKEN_CLOSE)) {
        return policy_cursor_expected(c, "',' or '}'", NULL);
    }
    return true;
}

bool policy_cursor_block(struct policy_cursor *c, policy_cursor_item entry)
{
    size_t bad_lines = c->bad_lines;

    if (!open_brace(c)) {
        return false;
    }
    if (c->at->kind != POLICY_TOKEN_END) {
        return policy_cursor_expected(
            c, "the end of the line", "write one entry a line, and } on a line alone");
    }
    for (;;) {
        c->bad_lines = bad_lines;
        if (!next_line(c)) {
            return false;
        }
        bad_lines = c->bad_lines;
        policy_cursor_begin(c);
        if (policy_cursor_take(c, POLICY_TOKEN_CLOSE)) {
            return true;
        }
        if (!entry(c) && c->error != OK) {
            return false;
        }
    }
}

/* What is in the rest of a statement has no meaning of its own. */
void policy_cursor_recover(struct policy_cursor *c)
{
    size_t depth = c->is_inside ? 1 : 0;

    for (;;) {
        if (depth > 0 && line_begins_statement(c)) {
            c->is_pending = true;
            return;
        }
        for (size_t i = 0; i < c->lexer.count; i++) {
            enum policy_token_kind kind = c->lexer.tokens[i].kind;
            depth += kind == POLICY_TOKEN_OPEN ? 1 : 0;
            depth -= kind == POLICY_TOKEN_CLOSE && depth > 0 ? 1 : 0;
        }
        if (depth == 0 || !policy_lexer_next(&c->lexer, NULL)) {
            return;
        }
    }
}
