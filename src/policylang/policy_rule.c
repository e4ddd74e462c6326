/* Rules: who, operations, resources, qualifiers. */
#include "mem.h"
#include "policy_blob.h"
#include "policy_parser_state.h"
#include "policy_words.h"

#include <stdio.h>
#include <string.h>

/* --- tokens --- */

static bool take_comma(struct policy_parser *p)
{
    if (p->at->kind != POLICY_TOKEN_COMMA) {
        return false;
    }
    p->at++;
    return true;
}

static bool take_keyword(struct policy_parser *p, const char *word)
{
    char what[32];

    if (policy_token_is(p->at, word)) {
        p->at++;
        return true;
    }
    (void)snprintf(what, sizeof(what), "'%s'", word);
    return policy_fail_expected(p, what, NULL);
}

static bool view_starts_with(struct policy_view v, const char *text)
{
    return v.len >= strlen(text) && memcmp(v.ptr, text, strlen(text)) == 0;
}

static bool view_has(struct policy_view v, char c)
{
    return v.len > 0 && memchr(v.ptr, c, v.len) != NULL;
}

/* Room for one more element; NULL out of memory. */
static void *grow(
    struct policy_parser *p, void *items, size_t *capacity, size_t count, size_t size)
{
    if (count < *capacity) {
        return items;
    }
    size_t bigger = *capacity > 0 ? *capacity * 2 : 64;
    void *moved = mem_resize(items, bigger, size);
    if (moved == NULL) {
        p->error = ERR_NOMEM;
        return NULL;
    }
    *capacity = bigger;
    return moved;
}

/* --- who --- */

static bool add_subject(struct policy_parser *p, struct policy_subject subject)
{
    struct policy_parsed *out = p->out;
    void *moved = grow(p, out->subjects, &out->subject_capacity, out->subject_count,
        sizeof(*out->subjects));

    if (moved == NULL) {
        return false;
    }
    out->subjects = moved;
    out->subjects[out->subject_count++] = subject;
    return true;
}

/* A bare word that looks like a pattern or another type would silently match nobody. */
static bool check_bare_subject(struct policy_parser *p, const struct policy_token *t)
{
    if (t->text.len > 0 && t->text.ptr[0] == '@') {
        return policy_fail_later(p, t, "list the members of the team one by one");
    }
    if (policy_token_is(t, "anonymous")) {
        return policy_fail_later(p, t,
            "name the principal that schloss.anonymous.principal.LISTENER gives to it");
    }
    if (view_has(t->text, '*')) {
        return policy_fail_at(p, t, "POL014", "write any, or list the principals",
            "'*' has no meaning in a principal");
    }
    if (view_has(t->text, ':') && !view_starts_with(t->text, "User:")) {
        return policy_fail_word(p, t, "POL014",
            "write User:NAME, or the name alone; quote a name with ':'", "",
            " is not a principal");
    }
    return true;
}

static bool parse_subject(struct policy_parser *p)
{
    const struct policy_token *t = p->at;
    struct policy_subject subject = {.name = t->text};

    if (!policy_is_name(t)) {
        return policy_fail_expected(p, "a principal", "write any, User:NAME or a name");
    }
    subject.any = policy_token_is(t, "any");
    if (!subject.any && t->kind == POLICY_TOKEN_WORD && !check_bare_subject(p, t)) {
        return false;
    }
    if (view_starts_with(subject.name, "User:")) {
        subject.name.ptr += 5;
        subject.name.len -= 5;
    }
    if (subject.name.len == 0) {
        return policy_fail_at(p, t, "POL014", "write any, User:NAME or a name",
            "the name of a principal is empty");
    }
    p->at++;
    return add_subject(p, subject);
}

static bool parse_who(struct policy_parser *p)
{
    do {
        if (!parse_subject(p)) {
            return false;
        }
    } while (take_comma(p));
    return true;
}

/* --- ops --- */

static bool fail_operation(struct policy_parser *p)
{
    char help[POLICY_HELP_MAX];

    policy_operation_help(p->at, help, sizeof(help));
    if (!policy_is_name(p->at)) {
        return policy_fail_expected(p, "an operation", help);
    }
    return policy_fail_word(p, p->at, "POL012", help, "unknown operation ", "");
}

static bool parse_operations(struct policy_parser *p)
{
    do {
        const struct policy_operation_word *word = policy_operation_find(p->at);
        if (word == NULL) {
            return fail_operation(p);
        }
        if (word->use == POLICY_WORD_LATER) {
            return policy_fail_later(
                p, p->at, "leave it out; 'all' includes it where it has a meaning");
        }
        p->at++;
    } while (take_comma(p));
    return true;
}

/* The bits of all operations of the statement on one kind; 0 after an error. */
static uint32_t bits_on(struct policy_parser *p, const struct policy_token *operations,
    enum policy_resource resource)
{
    uint32_t bits = 0;

    for (const struct policy_token *t = operations;; t += 2) {
        uint32_t more = policy_operation_find(t)->bits[resource];
        if (more == 0) {
            char help[POLICY_HELP_MAX];
            char after[64];
            policy_meaning_help(resource, help, sizeof(help));
            (void)snprintf(after, sizeof(after), " has no meaning on a %s",
                policy_kind_word(resource));
            (void)policy_fail_word(p, t, "POL015", help, "", after);
            return 0;
        }
        bits |= more;
        if (t[1].kind != POLICY_TOKEN_COMMA) {
            return bits;
        }
    }
}

/* --- resources --- */

static bool add_target(struct policy_parser *p, struct policy_target target)
{
    struct policy_parsed *out = p->out;
    void *moved = grow(
        p, out->targets, &out->target_capacity, out->target_count, sizeof(*out->targets));

    if (moved == NULL) {
        return false;
    }
    out->targets = moved;
    out->targets[out->target_count++] = target;
    return true;
}

static bool parse_pattern(struct policy_parser *p, struct policy_target target)
{
    const struct policy_token *t = p->at;

    if (!policy_is_name(t)) {
        char what[32];
        (void)snprintf(
            what, sizeof(what), "a %s name", policy_kind_word(target.resource));
        return policy_fail_expected(p, what, NULL);
    }
    target.name = t->text;
    if (t->text.len == 0) {
        return policy_fail_at(
            p, t, "POL014", "write * for every name", "the name is empty");
    }
    if (t->kind == POLICY_TOKEN_WORD && t->text.ptr[t->text.len - 1] == '*') {
        target.is_prefix = true;
        target.name.len--;
    }
    if (t->kind == POLICY_TOKEN_WORD && view_has(target.name, '*')) {
        return policy_fail_at(p, t, "POL014",
            "patterns are exact or prefix, as in Kafka ACLs; list the names, or choose a "
            "common prefix",
            "'*' is only allowed at the end of a name (prefix) or alone (any)");
    }
    p->at++;
    return add_target(p, target);
}

static bool parse_resource(struct policy_parser *p, const struct policy_token *operations)
{
    struct policy_target target = {.resource = POLICY_TOPIC};
    enum policy_word_use use = policy_kind_find(p->at, &target.resource);

    if (use == POLICY_WORD_LATER) {
        return policy_fail_later(p, p->at, "kinds: topic group txn cluster");
    }
    target.operations = bits_on(p, operations, target.resource);
    if (target.operations == 0) {
        return false;
    }
    p->at++;
    if (target.resource == POLICY_CLUSTER) {
        target.name.ptr = (const uint8_t *)POLICY_CLUSTER_NAME;
        target.name.len = sizeof(POLICY_CLUSTER_NAME) - 1;
        return add_target(p, target);
    }
    do {
        if (!parse_pattern(p, target)) {
            return false;
        }
    } while (take_comma(p));
    return true;
}

static bool is_kind(const struct policy_token *t)
{
    enum policy_resource ignored = POLICY_TOPIC;

    return policy_kind_find(t, &ignored) != POLICY_WORD_UNKNOWN;
}

static bool parse_resources(
    struct policy_parser *p, const struct policy_token *operations)
{
    if (!is_kind(p->at)) {
        char help[POLICY_HELP_MAX];
        policy_kind_help(p->at, help, sizeof(help));
        if (p->at->kind == POLICY_TOKEN_END) {
            return policy_fail_at(p, p->at, "POL013", help,
                "expected a kind of resource but the line ends here");
        }
        return policy_fail_word(
            p, p->at, "POL013", help, "expected a kind of resource, found ", "");
    }
    while (is_kind(p->at)) {
        if (!parse_resource(p, operations)) {
            return false;
        }
    }
    return true;
}

/* --- statements --- */

static bool parse_qualifiers(struct policy_parser *p)
{
    for (;;) {
        enum policy_word_use use = policy_qualifier_find(p->at);
        if (use == POLICY_WORD_UNKNOWN) {
            return true;
        }
        if (use == POLICY_WORD_LATER) {
            return policy_fail_later(p, p->at,
                "take the whole rule out: without its condition it would say something "
                "else");
        }
        p->at++;
        if (!policy_is_name(p->at)) {
            return policy_fail_expected(p, "text", "reason \"TEXT\", ticket WORD");
        }
        p->at++;
    }
}

static bool parse_end(struct policy_parser *p)
{
    if (p->at->kind == POLICY_TOKEN_END) {
        return true;
    }
    return policy_fail_word(p, p->at, "POL004",
        "one statement per line; use a comma to list several names", "unexpected ",
        " after a complete statement");
}

static bool add_statement(struct policy_parser *p, struct policy_statement *s)
{
    struct policy_parsed *out = p->out;

    if (out->statement_count == POLICY_RULES_MAX) {
        return policy_fail_at(p, p->lexer.tokens, "POL091",
            "use prefixes, or lists of names", "more than 10000 rules");
    }
    void *moved = grow(p, out->statements, &out->statement_capacity, out->statement_count,
        sizeof(*out->statements));
    if (moved == NULL) {
        return false;
    }
    out->statements = moved;
    out->statements[out->statement_count++] = *s;
    return true;
}

bool policy_rule_parse(struct policy_parser *p, struct policy_statement s)
{
    s.deny = policy_token_is(p->at, "deny");
    s.file = p->file;
    s.first_subject = (uint32_t)p->out->subject_count;
    s.first_target = (uint32_t)p->out->target_count;
    p->at++;
    if (!parse_who(p) || !take_keyword(p, "to")) {
        return false;
    }
    const struct policy_token *operations = p->at;
    if (!parse_operations(p) || !parse_resources(p, operations) || !parse_qualifiers(p) ||
        !parse_end(p)) {
        return false;
    }
    const struct policy_token *first = p->lexer.tokens;
    const struct policy_token *last = p->at - 1;
    s.place = p->lexer.place;
    s.place.offset = first->offset;
    s.place.span = first->span;
    s.text.ptr = (const uint8_t *)p->lexer.place.text + first->offset;
    s.text.len = last->offset + last->span - first->offset;
    s.subjects = (uint32_t)p->out->subject_count - s.first_subject;
    s.targets = (uint32_t)p->out->target_count - s.first_target;
    return add_statement(p, &s);
}
