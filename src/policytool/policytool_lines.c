#include "policytool_lines.h"

#include "mem.h"

#include <string.h>

/* Where the lines between two that have tokens are looked for. */
struct cursor {
    const uint8_t *at;
    size_t left;
    uint32_t number; /* of the line at `at` */
};

static enum err add_line(struct policytool_lines *l, struct policytool_line line)
{
    if (l->count == l->capacity) {
        size_t capacity = l->capacity == 0 ? 64 : l->capacity * 2;
        void *moved = mem_resize(l->lines, capacity, sizeof(*l->lines));
        if (moved == NULL) {
            return ERR_NOMEM;
        }
        l->lines = moved;
        l->capacity = capacity;
    }
    l->lines[l->count++] = line;
    return OK;
}

static enum err add_tokens(
    struct policytool_lines *l, const struct policy_token *tokens, size_t count)
{
    if (count > l->tokens_capacity - l->tokens_count) {
        size_t capacity = (l->tokens_count + count) * 2;
        void *moved = mem_resize(l->tokens, capacity, sizeof(*l->tokens));
        if (moved == NULL) {
            return ERR_NOMEM;
        }
        l->tokens = moved;
        l->tokens_capacity = capacity;
    }
    memcpy(l->tokens + l->tokens_count, tokens, count * sizeof(*tokens));
    l->tokens_count += count;
    return OK;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct policy_view trim(const uint8_t *ptr, size_t len)
{
    while (len > 0 && is_blank(ptr[len - 1])) {
        len--;
    }
    while (len > 0 && is_blank(*ptr)) {
        ptr++;
        len--;
    }
    return (struct policy_view){ptr, len};
}

/* The next line of the text, and on. */
static struct policy_view next_line(struct cursor *c)
{
    const uint8_t *end = memchr(c->at, '\n', c->left);
    size_t length = end != NULL ? (size_t)(end - c->at) : c->left;
    struct policy_view line = {c->at, length};

    length += end != NULL ? 1 : 0;
    c->at += length;
    c->left -= length;
    c->number++;
    return line;
}

/* Lines without a token, up to that number. */
static enum err add_between(struct policytool_lines *l, struct cursor *c, uint32_t before)
{
    enum err e = OK;

    while (e == OK && c->left > 0 && c->number < before) {
        struct policytool_line line = {.number = c->number};
        const struct policy_view text = next_line(c);
        line.comment = trim(text.ptr, text.len);
        line.kind = line.comment.len == 0 ? POLICYTOOL_BLANK : POLICYTOOL_COMMENT;
        e = add_line(l, line);
    }
    return e;
}

static enum err add_code(
    struct policytool_lines *l, struct cursor *c, const struct policy_lexer *lexer)
{
    const uint32_t end = lexer->tokens[lexer->count].offset;
    const struct report_place *place = &lexer->place;
    struct policytool_line line = {.kind = POLICYTOOL_CODE,
        .number = place->line,
        .first = l->tokens_count,
        .count = lexer->count};

    line.comment = trim((const uint8_t *)place->text + end, place->length - end);
    (void)next_line(c);
    enum err e = add_tokens(l, lexer->tokens, lexer->count);
    return e == OK ? add_line(l, line) : e;
}

enum err policytool_lines_read(const char *file, struct policy_view text,
    struct report *report, struct policytool_lines *out)
{
    struct cursor cursor = {.at = text.ptr, .left = text.len, .number = 1};
    const size_t before = report->errors;
    struct policy_lexer lexer;

    *out = (struct policytool_lines){.file = file};
    enum err e = policy_lexer_init(&lexer, file, text.ptr, text.len);
    while (e == OK && policy_lexer_next(&lexer, report)) {
        e = add_between(out, &cursor, lexer.place.line);
        if (e == OK) {
            e = add_code(out, &cursor, &lexer);
        }
    }
    if (e == OK) {
        e = add_between(out, &cursor, UINT32_MAX);
    }
    policy_lexer_fini(&lexer);
    return e == OK && report->errors > before ? ERR_INVALID : e;
}

void policytool_lines_fini(struct policytool_lines *l)
{
    mem_free(l->lines);
    mem_free(l->tokens);
    *l = (struct policytool_lines){.lines = NULL};
}
