#include "policy_test_block.h"

#include "policy_array.h"
#include "policy_condition.h"
#include "policy_target.h"
#include "policy_value.h"
#include "policy_who.h"

#include <string.h>

/* --- context --- */

static bool parse_from(struct policy_cursor *c, struct policy_model_case *out)
{
    const struct policy_token *t = c->at;
    struct policy_net net;

    if (!policy_condition_net(c, &net)) {
        return false;
    }
    if (policy_value_has(t->text, '/')) {
        return policy_cursor_fail_word(c, t, "POL040",
            "write one address: a test is one session", "", " is not an address");
    }
    memcpy(out->address, net.address, sizeof(out->address));
    out->has_address = true;
    return true;
}

static bool parse_with(struct policy_cursor *c, struct policy_model_case *out)
{
    return policy_condition_method(c, &out->method);
}

static bool parse_tls(struct policy_cursor *c, struct policy_model_case *out)
{
    return policy_condition_tls(c, &out->tls);
}

static bool parse_via(struct policy_cursor *c, struct policy_model_case *out)
{
    return policy_condition_listener(c, &out->listener);
}

static bool parse_at(struct policy_cursor *c, struct policy_model_case *out)
{
    return policy_condition_time(c, &out->at_ms);
}

static const struct {
    const char *word;
    bool (*parse)(struct policy_cursor *c, struct policy_model_case *out);
} contexts[] = {
    {"from", parse_from},
    {"with", parse_with},
    {"tls", parse_tls},
    {"via", parse_via},
    {"at", parse_at},
};

#define CONTEXTS (sizeof(contexts) / sizeof(contexts[0]))

static bool parse_context(struct policy_cursor *c, struct policy_model_case *out)
{
    unsigned seen = 0;

    for (;;) {
        const struct policy_token *t = c->at;
        size_t i = 0;
        while (i < CONTEXTS && !policy_token_is(t, contexts[i].word)) {
            i++;
        }
        if (i == CONTEXTS) {
            return true;
        }
        if ((seen & 1u << i) != 0) {
            return policy_cursor_fail_word(
                c, t, "POL046", "keep one", "", " stands twice in one statement");
        }
        seen |= 1u << i;
        c->at++;
        if (!contexts[i].parse(c, out)) {
            return false;
        }
    }
}

/* --- cases --- */

static bool parse_can(struct policy_cursor *c, bool *out)
{
    *out = policy_token_is(c->at, "can");
    if (!*out && !policy_token_is(c->at, "cannot")) {
        if (c->at->kind == POLICY_TOKEN_END) {
            return policy_cursor_expected(c, "'can' or 'cannot'", NULL);
        }
        return policy_cursor_fail_word(c, c->at, "POL016",
            "write PRINCIPAL can OPERATION KIND NAME, or cannot",
            "expected 'can' or 'cannot', found ", "");
    }
    c->at++;
    return true;
}

static bool check_exact(struct policy_cursor *c, struct policy_range targets)
{
    for (uint32_t i = targets.first; i < targets.first + targets.count; i++) {
        const struct policy_model_target *t = &c->model->targets[i];
        if (t->is_prefix) {
            const struct policy_token at = {
                .kind = POLICY_TOKEN_WORD,
                .offset = (uint32_t)t->place.offset,
                .span = (uint32_t)t->place.span,
                .text = t->name,
            };
            return policy_cursor_fail(c, &at, "POL014",
                "write one name, or quote it: a test asks what a client asks",
                "a test needs an exact name");
        }
    }
    return true;
}

static bool parse_principal(struct policy_cursor *c, struct policy_model_case *out)
{
    out->is_anonymous = policy_token_is(c->at, "anonymous");
    if (!out->is_anonymous) {
        return policy_who_principal(c, &out->principal);
    }
    out->principal = policy_cursor_name(c, c->at);
    c->at++;
    return true;
}

static bool parse_case(struct policy_cursor *c)
{
    const struct policy_token *first = c->at;
    struct policy_model_case out = {.method = POLICY_METHODS};

    out.place = policy_cursor_place(c, first);
    if (!parse_principal(c, &out) || !parse_can(c, &out.can) ||
        !policy_target_parse_all(c, &out.targets) || !check_exact(c, out.targets) ||
        !parse_context(c, &out) || !policy_cursor_need_end(c)) {
        return false;
    }
    out.text = policy_cursor_text(c);
    return policy_cursor_added(c, policy_array_add_case(c->model, out));
}

bool policy_test_block_parse(struct policy_cursor *c)
{
    struct policy_model_test test = {.file = c->file};
    size_t first = c->model->cases_count;

    if (!policy_token_is_name(c->at) || c->at->text.len == 0) {
        return policy_cursor_expected(c, "a test name", "write test \"WHAT HOLDS\" {");
    }
    test.place = policy_cursor_place(c, c->at);
    test.name = c->at->text;
    c->at++;
    if (!policy_cursor_block(c, parse_case) || !policy_cursor_need_end(c)) {
        return false;
    }
    test.cases = policy_range_to(first, c->model->cases_count);
    return policy_cursor_added(c, policy_array_add_test(c->model, test));
}
