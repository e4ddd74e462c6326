#include "policy_target.h"

#include "policy_array.h"
#include "policy_value.h"
#include "policy_words.h"

#include <stdio.h>

/* --- operations --- */

static bool fail_operation(struct policy_cursor *c)
{
    char help[POLICY_HELP_MAX] = "";

    if (!policy_cursor_is_mute(c)) {
        policy_operation_help(c->at, help, sizeof(help));
    }
    if (!policy_token_is_name(c->at)) {
        return policy_cursor_expected(c, "an operation", help);
    }
    return policy_cursor_fail_word(c, c->at, "POL012", help, "unknown operation ", "");
}

bool policy_target_parse_ops(struct policy_cursor *c, struct policy_target_ops *out)
{
    *out = (struct policy_target_ops){.bits = {0}};
    do {
        const struct policy_operation_word *word = policy_operation_find(c->at);
        if (word == NULL) {
            return fail_operation(c);
        }
        for (size_t r = POLICY_TOPIC; r <= POLICY_USER; r++) {
            out->bits[r] |= word->bits[r];
            if (word->bits[r] == 0 && out->meaningless[r] == NULL) {
                out->meaningless[r] = c->at;
            }
        }
        c->at++;
    } while (policy_cursor_take(c, POLICY_TOKEN_COMMA));
    return true;
}

static bool check_meaning(struct policy_cursor *c, const struct policy_target_ops *ops,
    enum policy_resource resource)
{
    char help[POLICY_HELP_MAX] = "";
    char after[64];

    if (ops == NULL || ops->meaningless[resource] == NULL) {
        return true;
    }
    policy_meaning_help(resource, help, sizeof(help));
    (void)snprintf(
        after, sizeof(after), " has no meaning on a %s", policy_kind_word(resource));
    return policy_cursor_fail_word(
        c, ops->meaningless[resource], "POL015", help, "", after);
}

/* --- resources --- */

static bool expected_name(struct policy_cursor *c, enum policy_resource resource)
{
    char what[32];

    (void)snprintf(what, sizeof(what), "a %s name", policy_kind_word(resource));
    return policy_cursor_expected(c, what, NULL);
}

static bool check_pattern(struct policy_cursor *c, const struct policy_token *t,
    const struct policy_model_target *target)
{
    if (t->text.len == 0 || (target->name.len == 0 && !target->is_prefix)) {
        return policy_cursor_fail(
            c, t, "POL014", "write * for every name", "the name is empty");
    }
    if (!target->is_quoted && policy_value_has(target->name, '*')) {
        return policy_cursor_fail(c, t, "POL014",
            "patterns are exact or prefix, as in Kafka ACLs; list the names, or choose a "
            "common prefix",
            "'*' is only allowed at the end of a name (prefix) or alone (any)");
    }
    return true;
}

static bool parse_pattern(struct policy_cursor *c, struct policy_model_target target)
{
    const struct policy_token *t = c->at;

    if (!policy_token_is_name(t)) {
        return expected_name(c, target.resource);
    }
    target.place = policy_cursor_place(c, t);
    target.is_quoted = t->kind == POLICY_TOKEN_QUOTED;
    target.name = t->text;
    if (!target.is_quoted && t->text.ptr[t->text.len - 1] == '*') {
        target.is_prefix = true;
        target.name.len--;
    }
    if (target.resource == POLICY_USER && policy_value_starts(target.name, "User:")) {
        target.name.ptr += 5;
        target.name.len -= 5;
    }
    if (!check_pattern(c, t, &target)) {
        return false;
    }
    c->at++;
    return policy_cursor_added(c, policy_array_add_target(c->model, target));
}

static bool parse_resource(struct policy_cursor *c, const struct policy_target_ops *ops)
{
    struct policy_model_target target = {.resource = POLICY_TOPIC};

    (void)policy_kind_find(c->at, &target.resource);
    if (!check_meaning(c, ops, target.resource)) {
        return false;
    }
    target.operations = ops != NULL ? ops->bits[target.resource] : 0;
    target.place = policy_cursor_place(c, c->at);
    c->at++;
    if (target.resource == POLICY_CLUSTER) {
        target.name.ptr = (const uint8_t *)POLICY_CLUSTER_NAME;
        target.name.len = sizeof(POLICY_CLUSTER_NAME) - 1;
        return policy_cursor_added(c, policy_array_add_target(c->model, target));
    }
    do {
        if (!parse_pattern(c, target)) {
            return false;
        }
    } while (policy_cursor_take(c, POLICY_TOKEN_COMMA));
    return true;
}

static bool is_kind(const struct policy_token *t)
{
    enum policy_resource ignored = POLICY_TOPIC;

    return policy_kind_find(t, &ignored) != POLICY_WORD_UNKNOWN;
}

static bool fail_kind(struct policy_cursor *c)
{
    char help[POLICY_HELP_MAX] = "";

    if (!policy_cursor_is_mute(c)) {
        policy_kind_help(c->at, help, sizeof(help));
    }
    if (c->at->kind == POLICY_TOKEN_END) {
        return policy_cursor_fail(c, c->at, "POL013", help,
            "expected a kind of resource but the line ends here");
    }
    return policy_cursor_fail_word(
        c, c->at, "POL013", help, "expected a kind of resource, found ", "");
}

bool policy_target_parse(struct policy_cursor *c, const struct policy_target_ops *ops,
    struct policy_range *out)
{
    size_t first = c->model->targets_count;

    if (!is_kind(c->at)) {
        return fail_kind(c);
    }
    while (is_kind(c->at)) {
        if (!parse_resource(c, ops)) {
            return false;
        }
    }
    *out = policy_range_to(first, c->model->targets_count);
    return true;
}

bool policy_target_parse_all(struct policy_cursor *c, struct policy_range *out)
{
    struct policy_target_ops ops;

    return policy_target_parse_ops(c, &ops) && policy_target_parse(c, &ops, out);
}
