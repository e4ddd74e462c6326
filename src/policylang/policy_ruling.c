#include "policy_ruling.h"

#include "policy_array.h"
#include "policy_blob.h"
#include "policy_condition.h"
#include "policy_rule_id.h"
#include "policy_target.h"
#include "policy_who.h"

#include <string.h>

/* --- grant --- */

static bool parse_role(struct policy_cursor *c)
{
    struct policy_model_role_ref ref = {.role = POLICY_UNRESOLVED};

    if (c->at->kind != POLICY_TOKEN_WORD) {
        return policy_cursor_expected(c, "a role", "write grant ROLE to WHO");
    }
    ref.name = policy_cursor_name(c, c->at);
    c->at++;
    return policy_cursor_added(c, policy_array_add_role_ref(c->model, ref));
}

static bool parse_grant(struct policy_cursor *c, struct policy_model_rule *rule)
{
    size_t first = c->model->role_refs_count;

    if (!policy_cursor_list(c, parse_role)) {
        return false;
    }
    rule->roles = policy_range_to(first, c->model->role_refs_count);
    return policy_cursor_need_word(c, "to") && policy_who_parse(c, &rule->subjects);
}

/* --- all --- */

static bool parse_delegate(struct policy_cursor *c, struct policy_model_rule *rule)
{
    if (!policy_target_parse(c, NULL, &rule->targets)) {
        return false;
    }
    for (uint32_t i = 0; i < rule->targets.count; i++) {
        c->model->targets[rule->targets.first + i].operations = POLICY_BITS_ALL;
    }
    return true;
}

static bool parse_body(struct policy_cursor *c, struct policy_model_rule *rule)
{
    switch (rule->kind) {
    case POLICY_RULE_GRANT:
        return parse_grant(c, rule);
    case POLICY_RULE_DELEGATE:
        return parse_delegate(c, rule);
    case POLICY_RULE_ALLOW:
    case POLICY_RULE_DENY:
    case POLICY_RULE_NEVER:
        break;
    }
    return policy_who_parse(c, &rule->subjects) && policy_cursor_need_word(c, "to") &&
           policy_target_parse_all(c, &rule->targets);
}

/* What never and delegate say holds everywhere and always. */
static bool parse_qualifiers(struct policy_cursor *c, struct policy_model_rule *rule)
{
    const struct policy_token *t = c->at;

    if (!policy_condition_parse(c, &rule->condition)) {
        return false;
    }
    if (c->at != t && rule->kind == POLICY_RULE_NEVER) {
        return policy_cursor_fail_word(c, t, "POL017",
            "take it away: what never allows is refused everywhere and always", "",
            " has no meaning behind never");
    }
    if (c->at != t && rule->kind == POLICY_RULE_DELEGATE) {
        return policy_cursor_fail_word(c, t, "POL017",
            "take it away: names are delegated, to whoever may alter rules", "",
            " has no meaning behind delegate");
    }
    return true;
}

static bool add_rule(struct policy_cursor *c, struct policy_model_rule *rule)
{
    if (c->model->rules_count == POLICY_RULES_MAX) {
        return policy_cursor_fail(c, c->lexer.tokens, "POL091",
            "use prefixes, or lists of names", "more than 10000 rules");
    }
    rule->place = policy_cursor_place(c, c->lexer.tokens);
    rule->text = policy_cursor_text(c);
    if (rule->label.len > 0) {
        memcpy(rule->id, rule->label.ptr, rule->label.len);
    } else {
        policy_rule_id(c->lexer.tokens, c->lexer.count, rule->id);
    }
    return policy_cursor_added(c, policy_array_add_rule(c->model, *rule));
}

bool policy_ruling_parse(
    struct policy_cursor *c, enum policy_rule_kind kind, struct policy_view label)
{
    struct policy_model_rule rule = {.kind = kind, .file = c->file, .label = label};

    return parse_body(c, &rule) && parse_qualifiers(c, &rule) &&
           policy_cursor_need_end(c) && add_rule(c, &rule);
}

/* --- exclusive --- */

static bool parse_team(struct policy_cursor *c)
{
    struct policy_model_team_ref ref = {.team = POLICY_UNRESOLVED};

    return policy_who_team(c, &ref.name) &&
           policy_cursor_added(c, policy_array_add_team_ref(c->model, ref));
}

bool policy_ruling_exclusive(struct policy_cursor *c)
{
    size_t first = c->model->team_refs_count;
    struct policy_model_exclusive exclusive = {.file = c->file};

    exclusive.place = policy_cursor_place(c, c->lexer.tokens);
    if (!policy_cursor_list(c, parse_team)) {
        return false;
    }
    exclusive.teams = policy_range_to(first, c->model->team_refs_count);
    if (exclusive.teams.count < 2) {
        return policy_cursor_expected(
            c, "',' and another team", "write exclusive @ONE, @OTHER");
    }
    return policy_cursor_need_end(c) &&
           policy_cursor_added(c, policy_array_add_exclusive(c->model, exclusive));
}
