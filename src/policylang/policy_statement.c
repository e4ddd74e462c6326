#include "policy_statement.h"

#include "policy_blob.h"
#include "policy_definition.h"
#include "policy_preamble.h"
#include "policy_role.h"
#include "policy_rule_id.h"
#include "policy_ruling.h"
#include "policy_test_block.h"
#include "policy_value.h"
#include "policy_words.h"

/* --- with a label or without --- */

static const struct {
    const char *word;
    enum policy_rule_kind kind;
} rulings[] = {
    {"allow", POLICY_RULE_ALLOW},
    {"deny", POLICY_RULE_DENY},
    {"grant", POLICY_RULE_GRANT},
    {"never", POLICY_RULE_NEVER},
    {"delegate", POLICY_RULE_DELEGATE},
};

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

static bool check_label(struct policy_cursor *c, struct policy_view label)
{
    if (label.len > POLICY_ID_MAX) {
        return policy_cursor_fail(c, c->lexer.tokens, "POL037",
            "use at most 64 characters", "the label is too long");
    }
    if (policy_value_is(label, "default") || policy_value_is(label, "super-user") ||
        policy_rule_id_is_made(label)) {
        return policy_cursor_fail(c, c->lexer.tokens, "POL037",
            "choose another: decisions without a label carry it",
            "the label is reserved");
    }
    return true;
}

static bool parse_label(struct policy_cursor *c, struct policy_view *out)
{
    if (!policy_token_is_label(c->at)) {
        return true;
    }
    *out = (struct policy_view){c->at->text.ptr, c->at->text.len - 1};
    c->at++;
    return check_label(c, *out);
}

/* --- without --- */

static const struct {
    const char *word;
    bool (*parse)(struct policy_cursor *c); /* behind the word */
} statements[] = {
    {"team", policy_definition_team},
    {"net", policy_definition_net},
    {"auth", policy_definition_auth},
    {"role", policy_role_parse},
    {"test", policy_test_block_parse},
    {"exclusive", policy_ruling_exclusive},
};

static bool fail_unknown(struct policy_cursor *c, bool has_label)
{
    char help[POLICY_HELP_MAX] = "";

    if (!policy_cursor_is_mute(c)) {
        policy_statement_help(c->at, help, sizeof(help));
    }
    if (!policy_token_is_name(c->at)) {
        return policy_cursor_expected(c, "a statement", help);
    }
    if (has_label && policy_statement_find(c->at) != POLICY_WORD_UNKNOWN) {
        return policy_cursor_fail_word(c, c->at, "POL018",
            "labels stand before: allow deny grant never delegate", "",
            " does not take a label");
    }
    return policy_cursor_fail_word(c, c->at, "POL010", help, "unknown statement ", "");
}

static bool parse(struct policy_cursor *c, struct policy_include *in, bool is_first)
{
    struct policy_view label = {NULL, 0};

    if (!parse_label(c, &label)) {
        return false;
    }
    for (size_t i = 0; i < COUNT(rulings); i++) {
        if (policy_cursor_take_word(c, rulings[i].word)) {
            return policy_ruling_parse(c, rulings[i].kind, label);
        }
    }
    for (size_t i = 0; label.len == 0 && i < COUNT(statements); i++) {
        if (policy_cursor_take_word(c, statements[i].word)) {
            return statements[i].parse(c);
        }
    }
    if (label.len == 0 && policy_cursor_take_word(c, "policy")) {
        return policy_preamble_parse(c, is_first);
    }
    if (label.len == 0 && policy_cursor_take_word(c, "include")) {
        return policy_include_parse(in, c);
    }
    return fail_unknown(c, label.len > 0);
}

void policy_statement_parse(
    struct policy_cursor *c, struct policy_include *in, bool is_first)
{
    c->is_inside = false;
    c->is_pending = false;
    policy_cursor_begin(c);
    if (!parse(c, in, is_first) && c->error == OK) {
        policy_cursor_recover(c);
    }
}
