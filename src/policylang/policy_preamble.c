#include "policy_preamble.h"

#include "text.h"

static bool parse_number(struct policy_cursor *c, int64_t max, uint64_t *out)
{
    int64_t value = 0;

    if (!policy_token_is_name(c->at)) {
        return policy_cursor_expected(c, "a number", NULL);
    }
    if (text_to_i64((const char *)c->at->text.ptr, c->at->text.len, 0, max, &value) !=
        OK) {
        return policy_cursor_fail_word(
            c, c->at, "POL048", NULL, "", " is not a number in range");
    }
    *out = (uint64_t)value;
    c->at++;
    return true;
}

static bool parse_cluster(struct policy_cursor *c)
{
    if (!policy_token_is_name(c->at) || c->at->text.len == 0) {
        return policy_cursor_expected(c, "the name of a cluster", NULL);
    }
    c->model->cluster = c->at->text;
    c->at++;
    return true;
}

static bool parse_word(struct policy_cursor *c, unsigned *seen)
{
    static const char *const words[] = {"cluster", "serial", "signatures"};
    const struct policy_token *t = c->at;
    unsigned i = 0;
    uint64_t number = 0;

    while (i < 3 && !policy_token_is(t, words[i])) {
        i++;
    }
    if (i == 3) {
        return policy_cursor_expected(c, "cluster, serial or signatures", NULL);
    }
    if ((*seen & 1u << i) != 0) {
        return policy_cursor_fail_word(
            c, t, "POL046", "keep one", "", " stands twice in one statement");
    }
    *seen |= 1u << i;
    c->at++;
    if (i == 0) {
        return parse_cluster(c);
    }
    if (!parse_number(c, i == 1 ? INT64_MAX : 64, &number)) {
        return false;
    }
    if (i == 1) {
        c->model->serial = number;
    } else {
        c->model->signatures = (uint32_t)number;
    }
    return true;
}

bool policy_preamble_parse(struct policy_cursor *c, bool is_first)
{
    unsigned seen = 0;

    if (!is_first || c->file != 0) {
        return policy_cursor_fail(c, c->lexer.tokens, "POL005", "remove it",
            "the header stands only at the start of the first file");
    }
    c->model->has_header = true;
    if (!policy_token_is_name(c->at)) {
        return policy_cursor_expected(
            c, "the version of the language", "write: policy 1");
    }
    if (!policy_token_is(c->at, "1")) {
        return policy_cursor_fail_word(c, c->at, "POL006", "this version reads: policy 1",
            "version ", " of the language is not supported");
    }
    c->at++;
    while (c->at->kind != POLICY_TOKEN_END) {
        if (!parse_word(c, &seen)) {
            return false;
        }
    }
    return true;
}
