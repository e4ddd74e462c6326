#define PCRE2_CODE_UNIT_WIDTH 8

#include "x509_rules.h"

#include "mem.h"

#include <pcre2.h>
#include <stdio.h>
#include <string.h>

/* Of one match: backtracking steps, their nesting, and KiB. */
#define MATCH_LIMIT 20000
#define DEPTH_LIMIT 10000
#define HEAP_LIMIT  4096

struct part {
    bool is_group;
    uint32_t group;
    size_t start; /* in the rule's texts */
    size_t length;
};

struct x509_rule {
    bool is_default;
    char letters; /* 'L', 'U' or 0 */
    pcre2_code *code;
    pcre2_match_data *found; /* written by each match */
    struct part parts[X509_PARTS_MAX];
    size_t part_count;
    char *texts; /* of the replacement, without its escapes */
    size_t texts_length;
};

/* --- reading ---------------------------------------------------------------------- */

struct parser {
    const char *text;
    size_t length;
    size_t at;
    struct x509_rules *rules;
    struct x509_rules_problem *problem;
};

static enum err refuse(const struct parser *p, size_t at, const char *message)
{
    p->problem->column = at + 1;
    (void)snprintf(p->problem->message, sizeof(p->problem->message), "%s", message);
    return ERR_INVALID;
}

/* What Java's \s takes. */
static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_blanks(struct parser *p)
{
    while (p->at < p->length && is_blank(p->text[p->at])) {
        p->at++;
    }
}

static bool skip_word(struct parser *p, const char *word)
{
    size_t length = strlen(word);

    if (p->length - p->at < length || memcmp(p->text + p->at, word, length) != 0) {
        return false;
    }
    p->at += length;
    return true;
}

/* Up to the next / that has no \ before it, which is stepped over. */
static bool take_field(struct parser *p, const char **start_out, size_t *length_out)
{
    size_t at = p->at;

    while (at < p->length && p->text[at] != '/') {
        at += p->text[at] == '\\' ? 2 : 1;
    }
    if (at >= p->length) {
        return false;
    }
    *start_out = p->text + p->at;
    *length_out = at - p->at;
    p->at = at + 1;
    return true;
}

static bool add_text(struct x509_rule *rule, char c)
{
    struct part *last = rule->part_count > 0 ? &rule->parts[rule->part_count - 1] : NULL;

    if (last == NULL || last->is_group) {
        if (rule->part_count == X509_PARTS_MAX) {
            return false;
        }
        last = &rule->parts[rule->part_count];
        rule->part_count++;
        *last = (struct part){.start = rule->texts_length};
    }
    rule->texts[rule->texts_length] = c;
    rule->texts_length++;
    last->length++;
    return true;
}

static bool add_group(struct x509_rule *rule, uint32_t group)
{
    if (rule->part_count == X509_PARTS_MAX) {
        return false;
    }
    rule->parts[rule->part_count] = (struct part){.is_group = true, .group = group};
    rule->part_count++;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* As many digits as still name a group; text[0] is the first. Returns how many; 0: even
 * the first digit is above the groups. */
static size_t group_number(
    const char *text, size_t length, uint32_t groups, uint32_t *group_out)
{
    uint32_t group = (uint32_t)(text[0] - '0');
    size_t digits = 1;

    if (group > groups) {
        return 0;
    }
    for (; digits < length && is_digit(text[digits]); digits++) {
        uint32_t more = group * 10 + (uint32_t)(text[digits] - '0');
        if (more > groups) {
            break;
        }
        group = more;
    }
    *group_out = group;
    return digits;
}

/* $ stands at at. *at_out is behind what it means. */
static enum err parse_reference(
    struct parser *p, struct x509_rule *rule, const struct parser *field, size_t *at_out)
{
    uint32_t groups = 0;
    uint32_t group = 0;
    size_t at = *at_out + 1;
    size_t column = (size_t)(field->text - p->text) + *at_out;

    (void)pcre2_pattern_info(rule->code, PCRE2_INFO_CAPTURECOUNT, &groups);
    if (at == field->length || !is_digit(field->text[at])) {
        return refuse(p, column, "$ is not followed by a number; write \\$ for the sign");
    }
    if (groups == 0 && field->text[at] != '0') {
        return refuse(p, column, "the pattern has no group that $ could mean");
    }
    size_t digits = group_number(field->text + at, field->length - at, groups, &group);
    bool good = digits == 0 ? add_text(rule, '$') : add_group(rule, group);
    *at_out = at + digits;
    return good ? OK : refuse(p, column, "the replacement has more than 32 parts");
}

static enum err parse_replacement(
    struct parser *p, struct x509_rule *rule, const char *text, size_t length)
{
    const struct parser field = {.text = text, .length = length};
    enum err e = OK;

    rule->texts = mem_alloc(length + 1, 1);
    if (rule->texts == NULL) {
        return ERR_NOMEM;
    }
    for (size_t at = 0; e == OK && at < length;) {
        if (text[at] == '$') {
            e = parse_reference(p, rule, &field, &at);
            continue;
        }
        at += text[at] == '\\' && at + 1 < length;
        if (!add_text(rule, text[at])) {
            return refuse(p, (size_t)(text - p->text) + at,
                "the replacement has more than 32 parts");
        }
        at++;
    }
    return e;
}

static enum err compile(
    struct parser *p, struct x509_rule *rule, const char *text, size_t length)
{
    char said[100] = "";
    int error = 0;
    size_t at = 0;

    if (memmem(text, length, "&&", 2) != NULL) {
        return refuse(p, (size_t)(text - p->text),
            "&& means another thing to Java than to PCRE, and is not accepted");
    }
    pcre2_compile_context *context = pcre2_compile_context_create(p->rules->memory);
    if (context == NULL) {
        return ERR_NOMEM;
    }
    rule->code = pcre2_compile((PCRE2_SPTR)text, length,
        PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C, &error, &at, context);
    pcre2_compile_context_free(context);
    if (rule->code == NULL && error == PCRE2_ERROR_HEAP_FAILED) {
        return ERR_NOMEM;
    }
    if (rule->code == NULL) {
        (void)pcre2_get_error_message(error, (PCRE2_UCHAR *)said, sizeof(said));
        enum err e = refuse(p, (size_t)(text - p->text) + at, "");
        (void)snprintf(p->problem->message, sizeof(p->problem->message),
            "the pattern is not a regular expression: %s", said);
        return e;
    }
    rule->found = pcre2_match_data_create_from_pattern(rule->code, p->rules->memory);
    return rule->found != NULL ? OK : ERR_NOMEM;
}

/* Behind "RULE:". */
static enum err parse_rule(struct parser *p, struct x509_rule *rule)
{
    const char *pattern;
    const char *replacement;
    size_t pattern_length;
    size_t replacement_length;
    size_t start = p->at;

    if (!take_field(p, &pattern, &pattern_length) ||
        !take_field(p, &replacement, &replacement_length)) {
        return refuse(
            p, start, "a rule is RULE:pattern/replacement/, and a / is missing");
    }
    enum err e = compile(p, rule, pattern, pattern_length);
    if (e == OK) {
        e = parse_replacement(p, rule, replacement, replacement_length);
    }
    if (e == OK && p->at < p->length &&
        (p->text[p->at] == 'L' || p->text[p->at] == 'U')) {
        rule->letters = p->text[p->at];
        p->at++;
    }
    return e;
}

static enum err parse_item(struct parser *p)
{
    if (p->rules->count == X509_RULES_MAX) {
        return refuse(p, p->at, "there are more than 64 rules");
    }
    struct x509_rule *rule = &p->rules->items[p->rules->count];
    p->rules->count++;
    rule->is_default = skip_word(p, "DEFAULT");
    if (rule->is_default) {
        return OK;
    }
    return skip_word(p, "RULE:") ? parse_rule(p, rule)
                                 : refuse(p, p->at, "a rule is DEFAULT or begins RULE:");
}

static enum err parse(struct parser *p)
{
    enum err e = OK;

    while (e == OK) {
        skip_blanks(p);
        if (p->at < p->length && p->text[p->at] != ',') {
            e = parse_item(p);
        }
        skip_blanks(p);
        if (e != OK || p->at == p->length) {
            return e;
        }
        if (p->text[p->at] != ',') {
            return refuse(p, p->at, "there is no comma between two rules");
        }
        p->at++;
    }
    return e;
}

static void *on_alloc(size_t size, void *context)
{
    (void)context;
    return mem_alloc(size, 1);
}

static void on_free(void *memory, void *context)
{
    (void)context;
    mem_free(memory);
}

static enum err prepare(struct x509_rules *r)
{
    r->items = mem_alloc(X509_RULES_MAX, sizeof(*r->items));
    r->memory = pcre2_general_context_create(on_alloc, on_free, NULL);
    if (r->items == NULL || r->memory == NULL) {
        return ERR_NOMEM;
    }
    r->limits = pcre2_match_context_create(r->memory);
    if (r->limits == NULL) {
        return ERR_NOMEM;
    }
    (void)pcre2_set_match_limit(r->limits, MATCH_LIMIT);
    (void)pcre2_set_depth_limit(r->limits, DEPTH_LIMIT);
    (void)pcre2_set_heap_limit(r->limits, HEAP_LIMIT);
    return OK;
}

enum err x509_rules_init(struct x509_rules *r, const char *text, size_t length,
    struct x509_rules_problem *problem_out)
{
    struct parser p = {
        .text = text, .length = length, .rules = r, .problem = problem_out};

    *r = (struct x509_rules){.items = NULL};
    *problem_out = (struct x509_rules_problem){.column = 1};
    if (length > X509_RULES_TEXT_MAX) {
        return refuse(&p, 0, "the rules are longer than 16384 bytes");
    }
    enum err e = prepare(r);
    if (e == OK) {
        e = parse(&p);
    }
    if (e != OK) {
        x509_rules_fini(r);
    }
    return e;
}

void x509_rules_fini(struct x509_rules *r)
{
    for (size_t i = 0; i < r->count; i++) {
        pcre2_match_data_free(r->items[i].found);
        pcre2_code_free(r->items[i].code);
        mem_free(r->items[i].texts);
    }
    pcre2_match_context_free(r->limits);
    pcre2_general_context_free(r->memory);
    mem_free(r->items);
    *r = (struct x509_rules){.items = NULL};
}

/* --- applying --------------------------------------------------------------------- */

struct name {
    const char *text;
    size_t length;
};

/* OK: found; ERR_NOT_FOUND; ERR_FULL: it would take too long. */
static enum err find(const struct x509_rules *r, const struct x509_rule *rule,
    const struct name *name, size_t from, uint32_t options)
{
    int n = pcre2_match(rule->code, (PCRE2_SPTR)name->text, name->length, from, options,
        rule->found, r->limits);

    if (n >= 0) {
        return OK;
    }
    if (n == PCRE2_ERROR_NOMATCH) {
        return ERR_NOT_FOUND;
    }
    return n == PCRE2_ERROR_NOMEMORY ? ERR_NOMEM : ERR_FULL;
}

static void add_replacement(
    const struct x509_rule *rule, const struct name *name, struct buf *out)
{
    const PCRE2_SIZE *places = pcre2_get_ovector_pointer(rule->found);

    for (size_t i = 0; i < rule->part_count; i++) {
        const struct part *part = &rule->parts[i];
        if (!part->is_group) {
            buf_add(out, rule->texts + part->start, part->length);
            continue;
        }
        PCRE2_SIZE start = places[2 * part->group];
        PCRE2_SIZE end = places[2 * part->group + 1];
        if (start != PCRE2_UNSET && end != PCRE2_UNSET && start < end) {
            buf_add(out, name->text + start, end - start);
        }
    }
}

/* How far to the next character. */
static size_t step(const struct name *name, size_t at)
{
    size_t next = at + 1;

    while (next < name->length && ((uint8_t)name->text[next] & 0xc0) == 0x80) {
        next++;
    }
    return next - at;
}

/* Java's replaceAll(): after an empty find the search goes on one character later. */
static enum err replace_all(const struct x509_rules *r, const struct x509_rule *rule,
    const struct name *name, struct buf *out)
{
    size_t copied = 0;
    size_t from = 0;

    for (unsigned finds = 0; from <= name->length; finds++) {
        enum err e = find(r, rule, name, from, 0);
        if (e == ERR_NOT_FOUND) {
            break;
        }
        if (e != OK || finds == X509_FINDS_MAX) {
            return e != OK ? e : ERR_FULL;
        }
        const PCRE2_SIZE *places = pcre2_get_ovector_pointer(rule->found);
        size_t start = places[0];
        size_t end = places[1];
        if (start < copied || end < start) {
            return ERR_FULL; /* \K in a lookaround turns a find round */
        }
        buf_add(out, name->text + copied, start - copied);
        add_replacement(rule, name, out);
        copied = end;
        from = end > start ? end : end + step(name, end);
    }
    buf_add(out, name->text + copied, name->length - copied);
    return buf_error(out);
}

static void change_letters(char letters, uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (letters == 'L' && bytes[i] >= 'A' && bytes[i] <= 'Z') {
            bytes[i] = (uint8_t)(bytes[i] + ('a' - 'A'));
        } else if (letters == 'U' && bytes[i] >= 'a' && bytes[i] <= 'z') {
            bytes[i] = (uint8_t)(bytes[i] - ('a' - 'A'));
        }
    }
}

static enum err apply(const struct x509_rules *r, const struct x509_rule *rule,
    const struct name *name, struct buf *out)
{
    size_t before = out->length;

    if (rule->is_default) {
        buf_add(out, name->text, name->length);
        return buf_error(out);
    }
    enum err e = find(r, rule, name, 0, PCRE2_ANCHORED | PCRE2_ENDANCHORED);
    if (e == OK) {
        e = replace_all(r, rule, name, out);
    }
    if (e == OK) {
        change_letters(rule->letters, out->bytes + before, out->length - before);
    }
    return e;
}

enum err x509_rules_apply(
    const struct x509_rules *r, const void *name, size_t length, struct buf *out)
{
    const struct name n = {.text = name, .length = length};

    if (length > X509_SUBJECT_MAX) {
        return ERR_FULL;
    }
    for (size_t i = 0; i < r->count; i++) {
        enum err e = apply(r, &r->items[i], &n, out);
        if (e != ERR_NOT_FOUND) {
            return e;
        }
    }
    return ERR_NOT_FOUND;
}
