#include "policy_definition.h"

#include "policy_array.h"
#include "policy_condition.h"
#include "policy_value.h"
#include "policy_who.h"

bool policy_definition_name(
    struct policy_cursor *c, const char *what, struct policy_model_name *out)
{
    if (!policy_token_is_name(c->at)) {
        return policy_cursor_expected(c, what, NULL);
    }
    if (c->at->kind != POLICY_TOKEN_WORD || !policy_value_is_definable(c->at->text)) {
        return policy_cursor_fail_word(c, c->at, "POL036",
            "use letters, digits, '.', '_' and '-', without quotes", "",
            " can not be the name of a definition");
    }
    *out = policy_cursor_name(c, c->at);
    c->at++;
    return true;
}

/* --- team --- */

static bool parse_member(struct policy_cursor *c)
{
    struct policy_model_name member;

    return policy_who_principal(c, &member) &&
           policy_cursor_added(c, policy_array_add_name(c->model, member));
}

static bool parse_members(struct policy_cursor *c, struct policy_range *out)
{
    size_t first = c->model->names_count;
    bool good = policy_cursor_braces(c, parse_member);

    *out = policy_range_to(first, c->model->names_count);
    return good;
}

static bool parse_source(struct policy_cursor *c, struct policy_model_team *team)
{
    if (!policy_token_is(c->at, "ldap") && !policy_token_is(c->at, "claim")) {
        return policy_cursor_expected(
            c, "'ldap' or 'claim'", "write from ldap \"GROUP\" or from claim \"GROUP\"");
    }
    team->source = c->at->text;
    c->at++;
    if (!policy_token_is_name(c->at) || c->at->text.len == 0) {
        return policy_cursor_expected(c, "the name of a group", NULL);
    }
    team->group = c->at->text;
    c->at++;
    return true;
}

bool policy_definition_team(struct policy_cursor *c)
{
    struct policy_model_team team = {.file = c->file};
    size_t number = c->model->teams_count;
    bool good = false;

    if (!policy_definition_name(c, "a team name", &team.name) ||
        !policy_cursor_added(c, policy_array_add_team(c->model, team))) {
        return false;
    }
    if (policy_cursor_take(c, POLICY_TOKEN_EQUALS)) {
        good = parse_members(c, &team.members);
    } else if (policy_cursor_take_word(c, "from")) {
        good = parse_source(c, &team);
    } else {
        good = policy_cursor_expected(c, "'=' or 'from'",
            "write team NAME = { ... }, or team NAME from ldap \"GROUP\"");
    }
    c->model->teams[number] = team;
    return good && policy_cursor_need_end(c);
}

/* --- net --- */

static bool parse_net(struct policy_cursor *c)
{
    struct policy_model_net item = {.list = POLICY_UNRESOLVED};

    item.name = policy_cursor_name(c, c->at);
    return policy_condition_net(c, &item.net) &&
           policy_cursor_added(c, policy_array_add_net_item(c->model, item));
}

bool policy_definition_net(struct policy_cursor *c)
{
    struct policy_model_net_list list = {.file = c->file};
    size_t number = c->model->nets_count;
    size_t first = c->model->net_items_count;

    if (!policy_definition_name(c, "a network name", &list.name) ||
        !policy_cursor_added(c, policy_array_add_net(c->model, list))) {
        return false;
    }
    bool good =
        policy_cursor_need(c, POLICY_TOKEN_EQUALS) && policy_cursor_braces(c, parse_net);
    c->model->nets[number].nets = policy_range_to(first, c->model->net_items_count);
    return good && policy_cursor_need_end(c);
}

/* --- auth --- */

static bool parse_method(struct policy_cursor *c)
{
    enum policy_method method = POLICY_METHOD_NONE;

    if (!policy_condition_method(c, &method)) {
        return false;
    }
    c->model->auths[c->model->auths_count - 1].methods |= POLICY_BIT(method);
    return true;
}

/* `with` would take such a name for something else. */
static bool check_auth_name(struct policy_cursor *c, const struct policy_token *t)
{
    enum policy_method ignored = POLICY_METHOD_NONE;

    if (policy_value_method(t->text, &ignored) || policy_token_is(t, "tls") ||
        policy_token_is(t, "age") || policy_token_is(t, "issuer")) {
        return policy_cursor_fail_word(c, t, "POL036", "choose another name", "",
            " means something else behind 'with'");
    }
    return true;
}

bool policy_definition_auth(struct policy_cursor *c)
{
    struct policy_model_auth auth = {.file = c->file};
    const struct policy_token *name = c->at;

    return policy_definition_name(c, "a name", &auth.name) && check_auth_name(c, name) &&
           policy_cursor_added(c, policy_array_add_auth(c->model, auth)) &&
           policy_cursor_need(c, POLICY_TOKEN_EQUALS) &&
           policy_cursor_braces(c, parse_method) && policy_cursor_need_end(c);
}
