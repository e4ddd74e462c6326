#include "policy_lexer.h"

#include "mem.h"
#include "text.h"

#include <string.h>

enum err policy_lexer_init(
    struct policy_lexer *l, const char *file, const uint8_t *text, size_t length)
{
    *l = (struct policy_lexer){.file = file, .text = (const char *)text, .left = length};
    l->place.file = file;
    l->tokens = mem_alloc(POLICY_LINE_MAX + 1, sizeof(*l->tokens));
    return l->tokens != NULL ? OK : ERR_NOMEM;
}

void policy_lexer_fini(struct policy_lexer *l)
{
    mem_free(l->tokens);
    l->tokens = NULL;
}

bool policy_token_is(const struct policy_token *t, const char *word)
{
    return t->kind == POLICY_TOKEN_WORD && t->text.len == strlen(word) &&
           memcmp(t->text.ptr, word, t->text.len) == 0;
}

bool policy_token_is_label(const struct policy_token *t)
{
    return t->kind == POLICY_TOKEN_WORD && t->text.len > 1 &&
           t->text.ptr[t->text.len - 1] == ':';
}

static void next_line(struct policy_lexer *l)
{
    const char *end = memchr(l->text, '\n', l->left);
    size_t length = end != NULL ? (size_t)(end - l->text) : l->left;
    size_t step = end != NULL ? length + 1 : length;

    l->place.line++;
    l->place.text = l->text;
    l->place.length = length;
    if (end != NULL && length > 0 && l->text[length - 1] == '\r') {
        l->place.length = length - 1;
    }
    l->text += step;
    l->left -= step;
}

static bool is_word_character(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("._:@/*%+-", c) != NULL);
}

static bool fail(struct policy_lexer *l, struct report *report, size_t offset,
    const char *code, const char *help, const char *message)
{
    struct report_place place = l->place;

    place.offset = offset;
    place.span = 1;
    if (place.length > POLICY_LINE_MAX) {
        place.text = NULL;
    }
    l->bad_lines++;
    if (report != NULL) {
        report_error(report, &place, code, help, "%s", message);
    }
    return false;
}

/* What makes a line show something else than it says is refused, even in a comment. */
static bool check_line(struct policy_lexer *l, struct report *report)
{
    const char *text = l->place.text;

    if (l->place.length > POLICY_LINE_MAX) {
        return fail(l, report, 0, "POL090", "use several statements",
            "the line is longer than 4096 bytes");
    }
    if (!text_is_utf8(text, l->place.length)) {
        return fail(
            l, report, 0, "POL001", "save the file as UTF-8", "the line is not UTF-8");
    }
    for (size_t i = 0; i < l->place.length; i++) {
        if (text[i] != '\t' && text_control(text + i, l->place.length - i) > 0) {
            return fail(l, report, i, "POL001", "remove it; only a tab is allowed",
                "unexpected control character");
        }
    }
    return true;
}

static void add_token(
    struct policy_lexer *l, enum policy_token_kind kind, size_t offset, size_t span)
{
    size_t quote = kind == POLICY_TOKEN_QUOTED ? 1 : 0;
    const uint8_t *text = (const uint8_t *)l->place.text;

    l->tokens[l->count++] = (struct policy_token){
        .kind = kind,
        .offset = (uint32_t)offset,
        .span = (uint32_t)span,
        .text = {text + offset + quote, span - 2 * quote},
    };
}

static bool symbol_kind(char c, enum policy_token_kind *kind_out)
{
    static const char symbols[] = ",{}=";
    static const enum policy_token_kind kinds[] = {
        POLICY_TOKEN_COMMA, POLICY_TOKEN_OPEN, POLICY_TOKEN_CLOSE, POLICY_TOKEN_EQUALS};
    const char *at = c != '\0' ? strchr(symbols, c) : NULL;

    if (at != NULL) {
        *kind_out = kinds[at - symbols];
    }
    return at != NULL;
}

/* The token that begins at offset; its span, or 0 when there is none. */
static size_t lex_token(struct policy_lexer *l, struct report *report, size_t offset)
{
    const char *text = l->place.text + offset;
    size_t left = l->place.length - offset;
    enum policy_token_kind kind = POLICY_TOKEN_WORD;
    size_t span = 0;

    if (symbol_kind(*text, &kind)) {
        span = 1;
    } else if (*text == '"') {
        const char *end = memchr(text + 1, '"', left - 1);
        if (end == NULL) {
            (void)fail(l, report, offset, "POL002", "add a closing \"",
                "string is not closed before the end of the line");
            return 0;
        }
        const char *tab = memchr(text + 1, '\t', (size_t)(end - text) - 1);
        if (tab != NULL) {
            (void)fail(l, report, offset + (size_t)(tab - text), "POL001",
                "remove it; names hold no control character", "tab in a quoted name");
            return 0;
        }
        kind = POLICY_TOKEN_QUOTED;
        span = (size_t)(end - text) + 1;
    } else if (*text == '<') {
        kind = POLICY_TOKEN_COMPARE;
        span = 1;
    } else if (*text == '>' && left > 1 && text[1] == '=') {
        kind = POLICY_TOKEN_COMPARE;
        span = 2;
    } else {
        while (span < left && is_word_character(text[span])) {
            span++;
        }
    }
    if (span == 0) {
        (void)fail(l, report, offset, "POL001", "quote a name that needs it: \"...\"",
            "unexpected character");
        return 0;
    }
    add_token(l, kind, offset, span);
    return span;
}

static bool lex_line(struct policy_lexer *l, struct report *report)
{
    size_t offset = 0;

    l->count = 0;
    if (!check_line(l, report)) {
        return false;
    }
    while (offset < l->place.length && l->place.text[offset] != '#') {
        size_t span = 1;
        if (l->place.text[offset] != ' ' && l->place.text[offset] != '\t') {
            span = lex_token(l, report, offset);
        }
        if (span == 0) {
            return false;
        }
        offset += span;
    }
    size_t count = l->count;
    add_token(l, POLICY_TOKEN_END, offset, 0);
    l->count = count;
    return count > 0;
}

bool policy_lexer_next(struct policy_lexer *l, struct report *report)
{
    while (l->left > 0) {
        next_line(l);
        if (lex_line(l, report)) {
            return true;
        }
    }
    l->count = 0;
    l->tokens[0] = (struct policy_token){.kind = POLICY_TOKEN_END};
    return false;
}
