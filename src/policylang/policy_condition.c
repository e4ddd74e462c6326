#include "policy_condition.h"

#include "policy_array.h"
#include "policy_value.h"
#include "policy_words.h"

#include <stdio.h>

/* --- values --- */

bool policy_condition_time(struct policy_cursor *c, int64_t *ms_out)
{
    static const char help[] = "write 2026-12-31 or 2026-12-31T18:00Z (always UTC)";

    if (!policy_token_is_name(c->at)) {
        return policy_cursor_expected(c, "a UTC date", help);
    }
    if (!policy_value_time(c->at->text, ms_out)) {
        return policy_cursor_fail_word(c, c->at, "POL043", help, "", " is not a date");
    }
    c->at++;
    return true;
}

bool policy_condition_tls(struct policy_cursor *c, uint16_t *out)
{
    static const char help[] = "versions: 1.2 1.3";

    if (!policy_token_is_name(c->at)) {
        return policy_cursor_expected(c, "a TLS version", help);
    }
    if (!policy_value_tls(c->at->text, out)) {
        return policy_cursor_fail_word(
            c, c->at, "POL044", help, "", " is not a TLS version");
    }
    c->at++;
    return true;
}

bool policy_condition_method(struct policy_cursor *c, enum policy_method *out)
{
    char help[POLICY_HELP_MAX] = "";

    policy_method_help(c->at, help, sizeof(help));
    if (!policy_token_is_name(c->at)) {
        return policy_cursor_expected(c, "an authentication method", help);
    }
    if (c->at->kind != POLICY_TOKEN_WORD || !policy_value_method(c->at->text, out)) {
        return policy_cursor_fail_word(
            c, c->at, "POL041", help, "unknown authentication method ", "");
    }
    c->at++;
    return true;
}

bool policy_condition_listener(struct policy_cursor *c, struct policy_view *out)
{
    static const char help[] = "write the name of a listener, as in `listeners`";

    if (!policy_token_is_name(c->at)) {
        return policy_cursor_expected(c, "a listener name", help);
    }
    if (!policy_value_listener(c->at->text)) {
        return policy_cursor_fail_word(
            c, c->at, "POL045", help, "", " is not the name of a listener");
    }
    *out = c->at->text;
    c->at++;
    return true;
}

static bool fail_net(
    struct policy_cursor *c, enum policy_value_net fault, const struct policy_net *net)
{
    char text[POLICY_NET_TEXT_MAX];
    char help[POLICY_HELP_MAX];

    if (fault == POLICY_VALUE_NET_WRONG) {
        return policy_cursor_fail_word(c, c->at, "POL040",
            "write 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32", "",
            " is not a network: use an address or CIDR block");
    }
    policy_net_text(net, text);
    (void)snprintf(help, sizeof(help), "did you mean %s?", text);
    return policy_cursor_fail_word(
        c, c->at, "POL040", help, "", " is not a network: host bits are set");
}

bool policy_condition_net(struct policy_cursor *c, struct policy_net *out)
{
    if (!policy_token_is_name(c->at)) {
        return policy_cursor_expected(c, "an address or CIDR block", NULL);
    }
    enum policy_value_net fault = policy_value_net(c->at->text, out);
    if (fault != POLICY_VALUE_NET_GOOD) {
        return fail_net(c, fault, out);
    }
    c->at++;
    return true;
}

/* --- from and via --- */

static bool parse_net(struct policy_cursor *c)
{
    struct policy_model_net item = {.list = POLICY_UNRESOLVED};

    item.name = policy_cursor_name(c, c->at);
    if (c->at->kind == POLICY_TOKEN_WORD && policy_value_starts(c->at->text, "@")) {
        item.name.text.ptr++;
        item.name.text.len--;
        item.is_list = true;
        c->at++;
    } else if (!policy_condition_net(c, &item.net)) {
        return false;
    }
    return policy_cursor_added(c, policy_array_add_net_item(c->model, item));
}

static bool parse_from(struct policy_cursor *c, struct policy_model_condition *out)
{
    size_t first = c->model->net_items_count;

    out->is_outside = policy_cursor_take_word(c, "not");
    if (!policy_cursor_list(c, parse_net)) {
        return false;
    }
    out->nets = policy_range_to(first, c->model->net_items_count);
    return true;
}

static bool parse_listener(struct policy_cursor *c)
{
    struct policy_model_name name = policy_cursor_name(c, c->at);

    return policy_condition_listener(c, &name.text) &&
           policy_cursor_added(c, policy_array_add_name(c->model, name));
}

static bool parse_via(struct policy_cursor *c, struct policy_model_condition *out)
{
    size_t first = c->model->names_count;

    if (!policy_cursor_list(c, parse_listener)) {
        return false;
    }
    out->listeners = policy_range_to(first, c->model->names_count);
    return true;
}

/* --- with --- */

static bool need_compare(struct policy_cursor *c, const char *sign)
{
    char what[32];

    if (c->at->kind == POLICY_TOKEN_COMPARE && policy_value_is(c->at->text, sign)) {
        c->at++;
        return true;
    }
    (void)snprintf(what, sizeof(what), "'%s'", sign);
    return policy_cursor_expected(c, what, "conditions: tls >= VERSION, age < DURATION");
}

static bool fail_twice(struct policy_cursor *c, const struct policy_token *t)
{
    return policy_cursor_fail_word(
        c, t, "POL046", "keep one", "", " stands twice in one statement");
}

static bool parse_tls(struct policy_cursor *c, struct policy_model_condition *out)
{
    if (out->tls_min != 0) {
        return fail_twice(c, c->at);
    }
    c->at++;
    return need_compare(c, ">=") && policy_condition_tls(c, &out->tls_min);
}

static bool parse_age(struct policy_cursor *c, struct policy_model_condition *out)
{
    static const char help[] = "write digits and one of s m h d: age < 8h";

    if (out->age_ms != 0) {
        return fail_twice(c, c->at);
    }
    c->at++;
    if (!need_compare(c, "<")) {
        return false;
    }
    if (!policy_token_is_name(c->at)) {
        return policy_cursor_expected(c, "a duration", help);
    }
    if (!policy_value_duration(c->at->text, &out->age_ms)) {
        return policy_cursor_fail_word(
            c, c->at, "POL044", help, "", " is not a duration");
    }
    c->at++;
    return true;
}

/* Text that says something. */
static bool parse_text(
    struct policy_cursor *c, const char *what, const char *help, struct policy_view *out)
{
    if (!policy_token_is_name(c->at) || c->at->text.len == 0) {
        return policy_cursor_expected(c, what, help);
    }
    *out = c->at->text;
    c->at++;
    return true;
}

static bool parse_issuer(struct policy_cursor *c, struct policy_model_condition *out)
{
    if (out->issuer.len != 0) {
        return fail_twice(c, c->at);
    }
    c->at++;
    return parse_text(
        c, "the name of an issuer", "write issuer \"CN=...\"", &out->issuer);
}

/* Whether it is a method or the name of a list of them shows when all files are read. */
static bool parse_method(struct policy_cursor *c)
{
    struct policy_model_name name = policy_cursor_name(c, c->at);

    if (c->at->kind != POLICY_TOKEN_WORD) {
        return policy_cursor_expected(
            c, "a condition", "conditions: METHOD, NAME of an auth, tls, age, issuer");
    }
    c->at++;
    return policy_cursor_added(c, policy_array_add_name(c->model, name));
}

static bool parse_with(struct policy_cursor *c, struct policy_model_condition *out)
{
    size_t first = c->model->names_count;
    bool good = true;

    do {
        if (policy_token_is(c->at, "tls")) {
            good = parse_tls(c, out);
        } else if (policy_token_is(c->at, "age")) {
            good = parse_age(c, out);
        } else if (policy_token_is(c->at, "issuer")) {
            good = parse_issuer(c, out);
        } else {
            good = parse_method(c);
        }
    } while (good && policy_cursor_take_word(c, "and"));
    out->methods_written = policy_range_to(first, c->model->names_count);
    return good;
}

/* --- the rest --- */

static bool parse_after(struct policy_cursor *c, struct policy_model_condition *out)
{
    return policy_condition_time(c, &out->after_ms);
}

static bool parse_until(struct policy_cursor *c, struct policy_model_condition *out)
{
    return policy_condition_time(c, &out->until_ms);
}

static bool parse_reason(struct policy_cursor *c, struct policy_model_condition *out)
{
    return parse_text(c, "text", "write reason \"TEXT\"", &out->reason);
}

static bool parse_ticket(struct policy_cursor *c, struct policy_model_condition *out)
{
    return parse_text(c, "a ticket", "write ticket WORD", &out->ticket);
}

static const struct {
    const char *word;
    bool (*parse)(struct policy_cursor *c, struct policy_model_condition *out);
} qualifiers[] = {
    {"from", parse_from},
    {"via", parse_via},
    {"with", parse_with},
    {"after", parse_after},
    {"until", parse_until},
    {"reason", parse_reason},
    {"ticket", parse_ticket},
};

#define QUALIFIERS (sizeof(qualifiers) / sizeof(qualifiers[0]))

static bool check_times(struct policy_cursor *c, const struct policy_token *last,
    const struct policy_model_condition *out)
{
    if (out->until_ms == 0 || out->until_ms > out->after_ms) {
        return true;
    }
    return policy_cursor_fail(c, last, "POL047", "change one of after and until",
        "the rule ends before it begins");
}

bool policy_condition_parse(struct policy_cursor *c, struct policy_model_condition *out)
{
    unsigned seen = 0;
    const struct policy_token *last_time = c->at;

    for (;;) {
        const struct policy_token *t = c->at;
        size_t i = 0;
        while (i < QUALIFIERS && !policy_token_is(t, qualifiers[i].word)) {
            i++;
        }
        if (i == QUALIFIERS) {
            return check_times(c, last_time, out);
        }
        if ((seen & 1u << i) != 0) {
            return fail_twice(c, t);
        }
        seen |= 1u << i;
        c->at++;
        if (!qualifiers[i].parse(c, out)) {
            return false;
        }
        last_time = policy_token_is(t, "after") || policy_token_is(t, "until")
                        ? c->at - 1
                        : last_time;
    }
}
