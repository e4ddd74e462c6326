#include "gssapi_piece.h"
#include "gssapi_rules_parts.h"
#include "mem.h"
#include "text.h"

#include <string.h>

/* --- parsing ---------------------------------------------------------------------- */

struct parser {
    struct gssapi_rules *rules;
    const char *pos;
    const char *end;
    const char *problem; /* the first one sticks */
    const char *problem_at;
};

static bool fail(struct parser *p, const char *at, const char *problem)
{
    if (p->problem == NULL) {
        p->problem = problem;
        p->problem_at = at;
    }
    return false;
}

static bool take_text(struct parser *p, const char *text)
{
    size_t length = strlen(text);

    if ((size_t)(p->end - p->pos) < length || memcmp(p->pos, text, length) != 0) {
        return false;
    }
    p->pos += length;
    return true;
}

/* What stands before the next `stop`, which is stepped over. */
static bool take_until(struct parser *p, char stop, struct gssapi_view *out)
{
    const char *found = memchr(p->pos, stop, (size_t)(p->end - p->pos));

    if (found == NULL) {
        return false;
    }
    *out = (struct gssapi_view){p->pos, (size_t)(found - p->pos)};
    p->pos = found + 1;
    return true;
}

static void skip_blanks(struct parser *p)
{
    while (p->pos < p->end && (*p->pos == ' ' || *p->pos == '\t')) {
        p->pos++;
    }
}

uint32_t gssapi_rules_groups(const pcre2_code *code)
{
    uint32_t groups = 0;

    (void)pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups);
    return groups;
}

static pcre2_code *compile(
    struct parser *p, const struct gssapi_view *pattern, uint32_t options)
{
    int error = 0;
    size_t at = 0;

    pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern->bytes, pattern->length,
        PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | options, &error, &at, p->rules->compile);
    if (code == NULL) {
        (void)fail(p, pattern->bytes + (at <= pattern->length ? at : 0),
            "this is not a regular expression, or it is too long");
        return NULL;
    }
    if (gssapi_rules_groups(code) > GSSAPI_GROUPS_MAX) {
        pcre2_code_free(code);
        (void)fail(p, pattern->bytes, "more than 32 groups in a regular expression");
        return NULL;
    }
    return code;
}

static bool check_format(struct parser *p, const struct gssapi_rule *rule)
{
    const char *pos = rule->format.bytes;
    const char *end = pos + rule->format.length;
    struct gssapi_piece piece;

    while (pos < end) {
        const char *at = pos;
        if (!gssapi_piece_of_format(&pos, end, rule->components, &piece)) {
            return fail(p, at, "the name has no part of this number");
        }
    }
    return true;
}

static bool check_replacement(struct parser *p, const struct gssapi_rule *rule)
{
    const char *pos = rule->to.bytes;
    const char *end = pos + rule->to.length;
    struct gssapi_piece piece;

    while (pos < end) {
        const char *at = pos;
        if (!gssapi_piece_of_replacement(
                &pos, end, gssapi_rules_groups(rule->from), &piece)) {
            return fail(p, at, "the regular expression has no group of this number");
        }
    }
    return true;
}

/* "n:format]" */
static bool parse_selection(struct parser *p, struct gssapi_rule *rule)
{
    const char *at = p->pos;

    if (!gssapi_piece_number(&p->pos, p->end, 2, &rule->components) ||
        rule->components == 0) {
        return fail(p, at, "a number of parts, 1 or 2, is expected");
    }
    if (!take_text(p, ":") || !take_until(p, ']', &rule->format)) {
        return fail(p, p->pos, "':', a format and ']' are expected");
    }
    return check_format(p, rule);
}

static bool parse_filter(struct parser *p, struct gssapi_rule *rule)
{
    struct gssapi_view pattern;
    const char *at = p->pos;

    if (!take_text(p, "(")) {
        return true;
    }
    if (!take_until(p, ')', &pattern)) {
        return fail(p, at, "the filter has no ')'");
    }
    rule->filter = compile(p, &pattern, PCRE2_ANCHORED | PCRE2_ENDANCHORED);
    return rule->filter != NULL;
}

static bool parse_substitution(struct parser *p, struct gssapi_rule *rule)
{
    struct gssapi_view pattern;
    const char *at = p->pos;

    if (!take_text(p, "s/")) {
        return true;
    }
    if (!take_until(p, '/', &pattern) || !take_until(p, '/', &rule->to)) {
        return fail(p, at, "a substitution is 's/from/to/'");
    }
    rule->from = compile(p, &pattern, 0);
    if (rule->from == NULL) {
        return false;
    }
    rule->repeats = take_text(p, "g");
    return check_replacement(p, rule);
}

static bool parse_rule(struct parser *p, struct gssapi_rule *rule)
{
    if (take_text(p, "DEFAULT")) {
        rule->is_default = true;
        return true;
    }
    if (!take_text(p, "RULE:[")) {
        return fail(p, p->pos, "'DEFAULT' or 'RULE:[' is expected");
    }
    if (!parse_selection(p, rule) || !parse_filter(p, rule) ||
        !parse_substitution(p, rule)) {
        return false;
    }
    (void)take_text(p, "/");
    if (take_text(p, "L")) {
        rule->letter_case = 'L';
    } else if (take_text(p, "U")) {
        rule->letter_case = 'U';
    }
    return true;
}

static bool parse_rules(struct parser *p)
{
    struct gssapi_rules *r = p->rules;

    do {
        if (r->count == GSSAPI_RULES_MAX) {
            return fail(p, p->pos, "more than 64 rules");
        }
        skip_blanks(p);
        r->count++;
        if (!parse_rule(p, &r->rules[r->count - 1])) {
            return false;
        }
        skip_blanks(p);
    } while (take_text(p, ","));
    return p->pos == p->end || fail(p, p->pos, "a comma or the end is expected");
}

/* --- the rules -------------------------------------------------------------------- */

static void *on_alloc(size_t size, void *context)
{
    (void)context;
    return mem_alloc(1, size);
}

static void on_free(void *p, void *context)
{
    (void)context;
    mem_free(p);
}

static enum err make_contexts(struct gssapi_rules *r)
{
    r->general = pcre2_general_context_create(on_alloc, on_free, NULL);
    if (r->general == NULL) {
        return ERR_NOMEM;
    }
    r->compile = pcre2_compile_context_create(r->general);
    r->match = pcre2_match_context_create(r->general);
    r->found = pcre2_match_data_create(GSSAPI_GROUPS_MAX + 1, r->general);
    if (r->compile == NULL || r->match == NULL || r->found == NULL) {
        return ERR_NOMEM;
    }
    (void)pcre2_set_max_pattern_length(r->compile, GSSAPI_PATTERN_MAX);
    (void)pcre2_set_parens_nest_limit(r->compile, GSSAPI_PARENS_MAX);
    (void)pcre2_set_match_limit(r->match, GSSAPI_MATCH_STEPS_MAX);
    (void)pcre2_set_depth_limit(r->match, GSSAPI_MATCH_DEPTH_MAX);
    (void)pcre2_set_heap_limit(r->match, GSSAPI_MATCH_KIB_MAX);
    return OK;
}

void gssapi_rules_free(struct gssapi_rules **rules)
{
    struct gssapi_rules *r = *rules;

    *rules = NULL;
    if (r == NULL) {
        return;
    }
    for (size_t i = 0; i < r->count; i++) {
        pcre2_code_free(r->rules[i].filter);
        pcre2_code_free(r->rules[i].from);
    }
    pcre2_match_data_free(r->found);
    pcre2_match_context_free(r->match);
    pcre2_compile_context_free(r->compile);
    pcre2_general_context_free(r->general);
    mem_free(r->realm);
    mem_free(r->text);
    mem_free(r);
}

static enum err make(struct gssapi_rules *r, const char *text, size_t length,
    const char *realm, struct gssapi_rules_problem *problem_out)
{
    if (length > GSSAPI_RULES_TEXT_MAX || !text_is_utf8(text, length) ||
        memchr(text, '\0', length) != NULL) {
        *problem_out = (struct gssapi_rules_problem){
            1, "the rules are longer than 16 KiB, or not UTF-8"};
        return ERR_INVALID;
    }
    r->text = mem_copy_text(text, length);
    r->realm = mem_copy_text(realm, strlen(realm));
    if (r->text == NULL || r->realm == NULL) {
        return ERR_NOMEM;
    }
    enum err e = make_contexts(r);
    if (e != OK) {
        return e;
    }
    struct parser p = {.rules = r, .pos = r->text, .end = r->text + length};
    if (parse_rules(&p)) {
        return OK;
    }
    *problem_out =
        (struct gssapi_rules_problem){(size_t)(p.problem_at - r->text) + 1, p.problem};
    return ERR_INVALID;
}

enum err gssapi_rules_new(struct gssapi_rules **out, const char *text, size_t length,
    const char *realm, struct gssapi_rules_problem *problem_out)
{
    struct gssapi_rules *r = mem_alloc(1, sizeof(*r));

    if (r == NULL) {
        return ERR_NOMEM;
    }
    enum err e = make(r, text, length, realm, problem_out);
    if (e != OK) {
        gssapi_rules_free(&r);
        return e;
    }
    *out = r;
    return OK;
}
