#include "policy_parser.h"

#include "mem.h"
#include "policy_blob.h"
#include "policy_parser_state.h"
#include "policy_words.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* --- errors --- */

bool policy_fail_at(struct policy_parser *p, const struct policy_token *t,
    const char *code, const char *help, const char *message)
{
    struct report_place place = p->lexer.place;

    place.offset = t->offset;
    place.span = t->span;
    report_error(p->report, &place, code, help, "%s", message);
    return false;
}

bool policy_fail_word(struct policy_parser *p, const struct policy_token *t,
    const char *code, const char *help, const char *before, const char *after)
{
    char word[64];
    char message[256];

    (void)text_escape(word, sizeof(word), t->text.ptr, t->text.len);
    (void)snprintf(message, sizeof(message), "%s'%s'%s", before, word, after);
    return policy_fail_at(p, t, code, help, message);
}

bool policy_fail_later(
    struct policy_parser *p, const struct policy_token *t, const char *help)
{
    return policy_fail_word(
        p, t, "POL019", help, "", " is not supported by this version");
}

bool policy_fail_expected(struct policy_parser *p, const char *what, const char *help)
{
    char message[256];

    if (p->at->kind == POLICY_TOKEN_END) {
        (void)snprintf(
            message, sizeof(message), "expected %s but the line ends here", what);
        return policy_fail_at(p, p->at, "POL003", help, message);
    }
    (void)snprintf(message, sizeof(message), "expected %s, found ", what);
    return policy_fail_word(p, p->at, "POL003", help, message, "");
}

bool policy_is_name(const struct policy_token *t)
{
    return t->kind == POLICY_TOKEN_WORD || t->kind == POLICY_TOKEN_QUOTED;
}

/* --- header and statements --- */

static bool parse_number(struct policy_parser *p, int64_t max, uint64_t *out)
{
    int64_t value = 0;

    if (!policy_is_name(p->at)) {
        return policy_fail_expected(p, "a number", NULL);
    }
    if (text_to_i64((const char *)p->at->text.ptr, p->at->text.len, 0, max, &value) !=
        OK) {
        return policy_fail_word(
            p, p->at, "POL040", NULL, "", " is not a number in range");
    }
    *out = (uint64_t)value;
    p->at++;
    return true;
}

static bool parse_header_word(struct policy_parser *p, unsigned *seen)
{
    static const char *const words[] = {"cluster", "serial", "signatures"};
    const struct policy_token *t = p->at;
    unsigned i = 0;
    uint64_t number = 0;

    while (i < 3 && !policy_token_is(t, words[i])) {
        i++;
    }
    if (i == 3) {
        return policy_fail_expected(p, "cluster, serial or signatures", NULL);
    }
    if ((*seen & 1u << i) != 0) {
        return policy_fail_word(
            p, t, "POL030", "keep one", "", " stands twice in the header");
    }
    *seen |= 1u << i;
    p->at++;
    if (i == 0) {
        if (!policy_is_name(p->at) || p->at->text.len == 0) {
            return policy_fail_expected(p, "the name of a cluster", NULL);
        }
        p->out->cluster = p->at->text;
        p->at++;
        return true;
    }
    if (!parse_number(p, i == 1 ? INT64_MAX : 64, &number)) {
        return false;
    }
    if (i == 1) {
        p->out->serial = number;
    } else {
        p->out->signatures = (uint32_t)number;
    }
    return true;
}

static bool parse_header(struct policy_parser *p)
{
    unsigned seen = 0;

    if (!p->first_statement || p->file != 0) {
        return policy_fail_at(p, p->at, "POL005", "remove it",
            "the header stands only at the start of the first file");
    }
    p->out->has_header = true;
    p->at++;
    if (!policy_is_name(p->at)) {
        return policy_fail_expected(p, "the version of the language", "write: policy 1");
    }
    if (!policy_token_is(p->at, "1")) {
        return policy_fail_word(p, p->at, "POL006", "this version reads: policy 1",
            "version ", " of the language is not supported");
    }
    p->at++;
    while (p->at->kind != POLICY_TOKEN_END) {
        if (!parse_header_word(p, &seen)) {
            return false;
        }
    }
    return true;
}

/* `name:` with something behind the name; a bare `:` is not a label. */
static bool is_label(const struct policy_token *t)
{
    return t->kind == POLICY_TOKEN_WORD && t->text.len > 1 &&
           t->text.ptr[t->text.len - 1] == ':';
}

static bool check_label(struct policy_parser *p, struct policy_view label)
{
    static const char *const reserved[] = {"default", "super-user"};

    if (label.len > POLICY_ID_MAX) {
        return policy_fail_at(p, p->lexer.tokens, "POL030", "use at most 64 characters",
            "the label is too long");
    }
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (label.len == strlen(reserved[i]) &&
            memcmp(label.ptr, reserved[i], label.len) == 0) {
            return policy_fail_at(p, p->lexer.tokens, "POL030",
                "choose another: decisions without a rule carry it",
                "the label is reserved");
        }
    }
    return true;
}

/*
 * A refused statement may have a block behind it: what is in it has no meaning of its
 * own. A block that is never closed ends where a line begins with a statement.
 */
static void skip_block(struct policy_parser *p)
{
    size_t depth = 0;

    for (;;) {
        if (depth > 0 && p->lexer.tokens[0].offset == 0 &&
            policy_statement_find(&p->lexer.tokens[0]) != POLICY_WORD_UNKNOWN) {
            p->pending = true;
            return;
        }
        for (size_t i = 0; i < p->lexer.count; i++) {
            enum policy_token_kind kind = p->lexer.tokens[i].kind;
            depth += kind == POLICY_TOKEN_OPEN ? 1 : 0;
            depth -= kind == POLICY_TOKEN_CLOSE && depth > 0 ? 1 : 0;
        }
        if (depth == 0 || !policy_lexer_next(&p->lexer, NULL)) {
            return;
        }
    }
}

static bool parse_statement(struct policy_parser *p)
{
    struct policy_statement s = {.deny = false};
    char help[POLICY_HELP_MAX];

    p->at = p->lexer.tokens;
    if (is_label(p->at)) {
        s.label = (struct policy_view){p->at->text.ptr, p->at->text.len - 1};
        if (!check_label(p, s.label)) {
            return false;
        }
        p->at++;
    }
    if (s.label.len == 0 && policy_token_is(p->at, "policy")) {
        return parse_header(p);
    }
    if (policy_token_is(p->at, "allow") || policy_token_is(p->at, "deny")) {
        return policy_rule_parse(p, s);
    }
    if (policy_statement_find(p->at) == POLICY_WORD_LATER) {
        (void)policy_fail_later(p, p->at, "statements: policy allow deny");
        skip_block(p);
        return false;
    }
    if (!policy_is_name(p->at)) {
        return policy_fail_expected(p, "a statement", "statements: policy allow deny");
    }
    policy_statement_help(p->at, help, sizeof(help));
    return policy_fail_word(p, p->at, "POL010", help, "unknown statement ", "");
}

static enum err parse_file(struct policy_parser *p, const struct policy_source *file)
{
    p->error = policy_lexer_init(&p->lexer, file->name, file->text, file->length);
    p->first_statement = true;
    while (p->error == OK && (p->pending || policy_lexer_next(&p->lexer, p->report))) {
        p->pending = false;
        size_t subjects = p->out->subject_count;
        size_t targets = p->out->target_count;
        if (!parse_statement(p)) {
            p->out->subject_count = subjects;
            p->out->target_count = targets;
        }
        p->first_statement = false;
    }
    policy_lexer_fini(&p->lexer);
    return p->error;
}

static void refuse_file(struct report *report, const struct policy_source *file,
    const char *code, const char *help, const char *message)
{
    const struct report_place place = {.file = file->name, .line = 1};

    report_error(report, &place, code, help, "%s", message);
}

static bool check_size(
    const struct policy_source *files, size_t count, struct report *report)
{
    size_t total = 0;

    if (count > POLICY_FILES_MAX) {
        refuse_file(
            report, &files[POLICY_FILES_MAX], "POL094", NULL, "more than 64 files");
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (files[i].length > POLICY_TEXT_MAX - total) {
            refuse_file(report, &files[i], "POL093", "use prefixes, or lists of names",
                "the policy is larger than 4 MiB");
            return false;
        }
        total += files[i].length;
    }
    return true;
}

enum err policy_parse(const struct policy_source *files, size_t count,
    struct report *report, struct policy_parsed *out)
{
    struct policy_parser p = {.report = report, .out = out};

    *out = (struct policy_parsed){.statements = NULL};
    if (!check_size(files, count, report)) {
        return OK;
    }
    for (size_t i = 0; i < count; i++) {
        p.file = (uint32_t)i;
        enum err e = parse_file(&p, &files[i]);
        if (e != OK) {
            return e;
        }
    }
    if (!out->has_header && count > 0) {
        refuse_file(report, &files[0], "POL007", "begin the file with: policy 1",
            "the header is missing");
    }
    return OK;
}

void policy_parsed_fini(struct policy_parsed *p)
{
    mem_free(p->statements);
    mem_free(p->subjects);
    mem_free(p->targets);
    *p = (struct policy_parsed){.statements = NULL};
}
