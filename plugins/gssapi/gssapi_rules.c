#include "gssapi_rules.h"

#include "mem.h"
#include "text.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

struct view {
    const char *bytes;
    size_t length;
};

struct rule {
    bool is_default;
    uint32_t components; /* without the realm */
    struct view format;
    pcre2_code *filter; /* NULL: none */
    pcre2_code *from;   /* NULL: no substitution */
    struct view to;
    bool repeats;
    char letter_case; /* 'L', 'U' or 0 */
};

struct gssapi_rules {
    char *text; /* owned: the views point into it */
    char *realm;
    struct rule rules[GSSAPI_RULES_MAX];
    size_t count;
    pcre2_general_context *general;
    pcre2_compile_context *compile;
    pcre2_match_context *match;
    pcre2_match_data *found;
};

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
static bool take_until(struct parser *p, char stop, struct view *out)
{
    const char *found = memchr(p->pos, stop, (size_t)(p->end - p->pos));

    if (found == NULL) {
        return false;
    }
    *out = (struct view){p->pos, (size_t)(found - p->pos)};
    p->pos = found + 1;
    return true;
}

static void skip_blanks(struct parser *p)
{
    while (p->pos < p->end && (*p->pos == ' ' || *p->pos == '\t')) {
        p->pos++;
    }
}

/* One step through a format: a byte of its own, or "$" and a number. */
struct piece {
    bool is_number;
    uint32_t number;
    char byte;
};

/* What follows "$"; a number above max is none. */
static bool take_number(const char **pos, const char *end, uint32_t max, uint32_t *out)
{
    uint32_t number = 0;
    const char *start = *pos;

    while (*pos < end && **pos >= '0' && **pos <= '9') {
        number = number * 10 + (uint32_t)(**pos - '0');
        if (number > max) {
            return false;
        }
        (*pos)++;
    }
    *out = number;
    return *pos > start;
}

static bool format_next(
    const char **pos, const char *end, uint32_t components, struct piece *out)
{
    *out = (struct piece){.byte = **pos};
    (*pos)++;
    if (out->byte != '$') {
        return true;
    }
    out->is_number = true;
    return take_number(pos, end, components, &out->number);
}

/*
 * The same through a replacement, as Java reads it: a backslash makes the next byte
 * literal; after "$" as many digits count as still name a group.
 */
static bool replacement_next(
    const char **pos, const char *end, uint32_t groups, struct piece *out)
{
    *out = (struct piece){.byte = **pos};
    (*pos)++;
    if (out->byte == '\\' && *pos < end) {
        out->byte = **pos;
        (*pos)++;
        return true;
    }
    if (out->byte != '$') {
        return out->byte != '\\';
    }
    const char *digit = *pos;
    while (*pos < end && **pos >= '0' && **pos <= '9') {
        uint32_t number = out->number * 10 + (uint32_t)(**pos - '0');
        if (number > groups) {
            break;
        }
        out->number = number;
        (*pos)++;
    }
    out->is_number = true;
    return *pos > digit;
}

static uint32_t groups_of(const pcre2_code *code)
{
    uint32_t groups = 0;

    (void)pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups);
    return groups;
}

static pcre2_code *compile(struct parser *p, const struct view *pattern, uint32_t options)
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
    if (groups_of(code) > GSSAPI_GROUPS_MAX) {
        pcre2_code_free(code);
        (void)fail(p, pattern->bytes, "more than 32 groups in a regular expression");
        return NULL;
    }
    return code;
}

static bool check_format(struct parser *p, const struct rule *rule)
{
    const char *pos = rule->format.bytes;
    const char *end = pos + rule->format.length;
    struct piece piece;

    while (pos < end) {
        const char *at = pos;
        if (!format_next(&pos, end, rule->components, &piece)) {
            return fail(p, at, "the name has no part of this number");
        }
    }
    return true;
}

static bool check_replacement(struct parser *p, const struct rule *rule)
{
    const char *pos = rule->to.bytes;
    const char *end = pos + rule->to.length;
    struct piece piece;

    while (pos < end) {
        const char *at = pos;
        if (!replacement_next(&pos, end, groups_of(rule->from), &piece)) {
            return fail(p, at, "the regular expression has no group of this number");
        }
    }
    return true;
}

/* "n:format]" */
static bool parse_selection(struct parser *p, struct rule *rule)
{
    const char *at = p->pos;

    if (!take_number(&p->pos, p->end, 2, &rule->components) || rule->components == 0) {
        return fail(p, at, "a number of parts, 1 or 2, is expected");
    }
    if (!take_text(p, ":") || !take_until(p, ']', &rule->format)) {
        return fail(p, p->pos, "':', a format and ']' are expected");
    }
    return check_format(p, rule);
}

static bool parse_filter(struct parser *p, struct rule *rule)
{
    struct view pattern;
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

static bool parse_substitution(struct parser *p, struct rule *rule)
{
    struct view pattern;
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

static bool parse_rule(struct parser *p, struct rule *rule)
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

/* --- applying --------------------------------------------------------------------- */

/* A text on its way from principal to name. */
struct draft {
    char bytes[GSSAPI_PRINCIPAL_MAX + 1];
    size_t length;
    bool overflowed;
};

static void draft_add(struct draft *d, const char *bytes, size_t length)
{
    if (d->overflowed || length > GSSAPI_PRINCIPAL_MAX - d->length) {
        d->overflowed = true;
        return;
    }
    if (length > 0) {
        memcpy(d->bytes + d->length, bytes, length);
        d->length += length;
    }
}

/* By number, as a format says it: realm, primary, instance. */
struct parts {
    struct view by_number[3];
    uint32_t components;
};

static bool holds_separator(const char *bytes, size_t length)
{
    return memchr(bytes, '/', length) != NULL || memchr(bytes, '@', length) != NULL;
}

/* primary[/instance]@REALM, with one '@' and one '/' at most. */
static bool split(const char *principal, size_t length, struct parts *out)
{
    const char *end = principal + length;
    const char *realm = memchr(principal, '@', length);

    if (realm == NULL || holds_separator(realm + 1, (size_t)(end - realm - 1))) {
        return false;
    }
    *out = (struct parts){.components = 1};
    out->by_number[0] = (struct view){realm + 1, (size_t)(end - realm - 1)};
    const char *instance = memchr(principal, '/', (size_t)(realm - principal));
    if (instance == NULL) {
        out->by_number[1] = (struct view){principal, (size_t)(realm - principal)};
        return true;
    }
    out->components = 2;
    out->by_number[1] = (struct view){principal, (size_t)(instance - principal)};
    out->by_number[2] = (struct view){instance + 1, (size_t)(realm - instance - 1)};
    return !holds_separator(instance + 1, (size_t)(realm - instance - 1));
}

static void format_run(
    const struct rule *rule, const struct parts *parts, struct draft *out)
{
    const char *pos = rule->format.bytes;
    const char *end = pos + rule->format.length;
    struct piece piece;

    while (pos < end && format_next(&pos, end, parts->components, &piece)) {
        if (piece.is_number) {
            const struct view *part = &parts->by_number[piece.number];
            draft_add(out, part->bytes, part->length);
        } else {
            draft_add(out, &piece.byte, 1);
        }
    }
}

enum match {
    MATCH_YES,
    MATCH_NO,
    MATCH_BROKEN, /* a limit */
};

static enum match match(struct gssapi_rules *r, const pcre2_code *code,
    const struct draft *subject, size_t from)
{
    int result = pcre2_match(
        code, (PCRE2_SPTR)subject->bytes, subject->length, from, 0, r->found, r->match);

    if (result == PCRE2_ERROR_NOMATCH) {
        return MATCH_NO;
    }
    if (result <= 0) {
        return MATCH_BROKEN;
    }
    /* \K may move the start of what was found. */
    const size_t *found = pcre2_get_ovector_pointer(r->found);
    return found[0] >= from && found[1] >= found[0] ? MATCH_YES : MATCH_BROKEN;
}

static void replacement_run(struct gssapi_rules *r, const struct rule *rule,
    const struct draft *subject, struct draft *out)
{
    const size_t *found = pcre2_get_ovector_pointer(r->found);
    const uint32_t groups = groups_of(rule->from);
    const char *pos = rule->to.bytes;
    const char *end = pos + rule->to.length;
    struct piece piece;

    while (pos < end && replacement_next(&pos, end, groups, &piece)) {
        if (!piece.is_number) {
            draft_add(out, &piece.byte, 1);
            continue;
        }
        size_t start = found[2 * piece.number];
        size_t stop = found[2 * piece.number + 1];
        if (start != PCRE2_UNSET && stop != PCRE2_UNSET && start <= stop) {
            draft_add(out, subject->bytes + start, stop - start);
        }
    }
}

/* Where the search goes on after a hit; an empty one steps over a character. */
static size_t search_next(const struct draft *subject, size_t start, size_t end)
{
    if (end > start) {
        return end;
    }
    end++;
    while (end < subject->length && ((uint8_t)subject->bytes[end] & 0xc0) == 0x80) {
        end++;
    }
    return end;
}

/* False: a limit. */
static bool substitute(struct gssapi_rules *r, const struct rule *rule,
    const struct draft *subject, struct draft *out)
{
    size_t copied = 0;
    size_t from = 0;

    while (from <= subject->length && !out->overflowed) {
        enum match m = match(r, rule->from, subject, from);
        if (m == MATCH_BROKEN) {
            return false;
        }
        if (m == MATCH_NO) {
            break;
        }
        const size_t *found = pcre2_get_ovector_pointer(r->found);
        const size_t start = found[0];
        const size_t end = found[1];
        draft_add(out, subject->bytes + copied, start - copied);
        replacement_run(r, rule, subject, out);
        copied = end;
        if (!rule->repeats) {
            break;
        }
        from = search_next(subject, start, end);
    }
    draft_add(out, subject->bytes + copied, subject->length - copied);
    return true;
}

/* Letters beyond ASCII have no case here: a name that holds one is not changed by half. */
static bool change_case(struct draft *d, char letter_case)
{
    for (size_t i = 0; letter_case != 0 && i < d->length; i++) {
        char c = d->bytes[i];
        if ((uint8_t)c >= 0x80) {
            return false;
        }
        if (letter_case == 'L' && c >= 'A' && c <= 'Z') {
            d->bytes[i] = (char)(c - 'A' + 'a');
        } else if (letter_case == 'U' && c >= 'a' && c <= 'z') {
            d->bytes[i] = (char)(c - 'a' + 'A');
        }
    }
    return true;
}

static enum gssapi_rules_answer rule_run(struct gssapi_rules *r, const struct rule *rule,
    const struct parts *parts, struct draft *out)
{
    struct draft base = {.length = 0};

    if (rule->is_default) {
        const struct view *realm = &parts->by_number[0];
        if (strlen(r->realm) != realm->length ||
            memcmp(r->realm, realm->bytes, realm->length) != 0) {
            return GSSAPI_RULES_NONE;
        }
        draft_add(out, parts->by_number[1].bytes, parts->by_number[1].length);
        return GSSAPI_RULES_NAMED;
    }
    if (rule->components != parts->components) {
        return GSSAPI_RULES_NONE;
    }
    format_run(rule, parts, &base);
    if (base.overflowed) {
        return GSSAPI_RULES_REFUSED;
    }
    enum match m = rule->filter == NULL ? MATCH_YES : match(r, rule->filter, &base, 0);
    if (m != MATCH_YES) {
        return m == MATCH_NO ? GSSAPI_RULES_NONE : GSSAPI_RULES_REFUSED;
    }
    if (rule->from == NULL) {
        *out = base;
        return GSSAPI_RULES_NAMED;
    }
    return substitute(r, rule, &base, out) ? GSSAPI_RULES_NAMED : GSSAPI_RULES_REFUSED;
}

static enum gssapi_rules_answer finish(
    const struct draft *d, char letter_case, struct gssapi_name *out)
{
    struct draft name = *d;

    /* In a policy of Apache Kafka's, "User:*" is everybody. */
    if (name.length == 1 && name.bytes[0] == '*') {
        return GSSAPI_RULES_REFUSED;
    }
    if (name.overflowed || name.length == 0 || name.length > sizeof(out->bytes) ||
        holds_separator(name.bytes, name.length) || !change_case(&name, letter_case) ||
        !text_is_utf8(name.bytes, name.length)) {
        return GSSAPI_RULES_REFUSED;
    }
    memcpy(out->bytes, name.bytes, name.length);
    out->length = name.length;
    return GSSAPI_RULES_NAMED;
}

enum gssapi_rules_answer gssapi_rules_apply(struct gssapi_rules *rules,
    const char *principal, size_t length, struct gssapi_name *out)
{
    struct parts parts;

    if (length == 0 || length > GSSAPI_PRINCIPAL_MAX ||
        !text_is_utf8(principal, length)) {
        return GSSAPI_RULES_REFUSED;
    }
    if (memchr(principal, '@', length) == NULL) {
        struct draft whole = {.length = 0};
        draft_add(&whole, principal, length);
        return finish(&whole, 0, out);
    }
    if (!split(principal, length, &parts)) {
        return GSSAPI_RULES_REFUSED;
    }
    for (size_t i = 0; i < rules->count; i++) {
        struct draft draft = {.length = 0};
        enum gssapi_rules_answer answer =
            rule_run(rules, &rules->rules[i], &parts, &draft);
        if (answer == GSSAPI_RULES_NAMED) {
            return finish(&draft, rules->rules[i].letter_case, out);
        }
        if (answer != GSSAPI_RULES_NONE) {
            return answer;
        }
    }
    return GSSAPI_RULES_NONE;
}
