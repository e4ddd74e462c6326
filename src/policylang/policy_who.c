#include "policy_who.h"

#include "policy_array.h"
#include "policy_value.h"

static bool is_team(const struct policy_token *t)
{
    return t->kind == POLICY_TOKEN_WORD && t->text.len > 0 && t->text.ptr[0] == '@';
}

/* A bare word that looks like a pattern or another type would silently match nobody. */
static bool check_bare(struct policy_cursor *c, const struct policy_token *t)
{
    if (policy_value_has(t->text, '*')) {
        return policy_cursor_fail(c, t, "POL014", "write any, or list the principals",
            "'*' has no meaning in a principal");
    }
    if (policy_value_has(t->text, ':') && !policy_value_starts(t->text, "User:")) {
        return policy_cursor_fail_word(c, t, "POL014",
            "write User:NAME, or the name alone; quote a name with ':'", "",
            " is not a principal");
    }
    return true;
}

bool policy_who_principal(struct policy_cursor *c, struct policy_model_name *out)
{
    const struct policy_token *t = c->at;

    if (!policy_token_is_name(t)) {
        return policy_cursor_expected(c, "a principal", "write User:NAME or a name");
    }
    if (is_team(t) || policy_token_is(t, "any")) {
        return policy_cursor_fail_word(c, t, "POL014",
            "name principals one by one; quote a name that is meant so", "",
            " is not one principal");
    }
    if (t->kind == POLICY_TOKEN_WORD && !check_bare(c, t)) {
        return false;
    }
    *out = policy_cursor_name(c, t);
    if (policy_value_starts(out->text, "User:")) {
        out->text.ptr += 5;
        out->text.len -= 5;
    }
    if (out->text.len == 0) {
        return policy_cursor_fail(c, t, "POL014", "write User:NAME or a name",
            "the name of a principal is empty");
    }
    c->at++;
    return true;
}

bool policy_who_team(struct policy_cursor *c, struct policy_model_name *out)
{
    if (!is_team(c->at) || c->at->text.len == 1) {
        return policy_cursor_expected(c, "a team", "write @ and the name of a team");
    }
    *out = policy_cursor_name(c, c->at);
    out->text.ptr++;
    out->text.len--;
    c->at++;
    return true;
}

static bool parse_subject(struct policy_cursor *c)
{
    struct policy_model_subject s = {
        .kind = POLICY_SUBJECT_PRINCIPAL,
        .team = POLICY_UNRESOLVED,
    };

    if (policy_token_is(c->at, "any") || policy_token_is(c->at, "anonymous")) {
        s.kind =
            policy_token_is(c->at, "any") ? POLICY_SUBJECT_ANY : POLICY_SUBJECT_ANONYMOUS;
        s.name = policy_cursor_name(c, c->at);
        c->at++;
    } else if (is_team(c->at)) {
        s.kind = POLICY_SUBJECT_TEAM;
        if (!policy_who_team(c, &s.name)) {
            return false;
        }
    } else if (!policy_token_is_name(c->at)) {
        return policy_cursor_expected(
            c, "a principal", "write any, anonymous, @TEAM, User:NAME or a name");
    } else if (!policy_who_principal(c, &s.name)) {
        return false;
    }
    return policy_cursor_added(c, policy_array_add_subject(c->model, s));
}

bool policy_who_parse(struct policy_cursor *c, struct policy_range *out)
{
    size_t first = c->model->subjects_count;

    if (!policy_cursor_list(c, parse_subject)) {
        return false;
    }
    *out = policy_range_to(first, c->model->subjects_count);
    return true;
}
