#include "exchange_fuzz.h"

#include "exchange_expand.h"

#include <string.h>

#define OUT_MAX ((size_t)8 << 20)

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

static void check_same(struct exchange_set *was, const struct policy_model *m)
{
    struct exchange_set *is = exchange_set_new();

    demand(is != NULL);
    exchange_expand(m, is);
    exchange_set_drop_implied(is);
    demand(is->note_count == 0 && is->error == OK && is->count == was->count);
    for (size_t i = 0; i < is->count; i++) {
        const struct exchange_acl *a = &was->acls[i];
        const struct exchange_acl *b = &is->acls[i];
        demand(a->operation == b->operation && a->resource == b->resource);
        demand(exchange_view_compare(a->principal, b->principal) == 0);
    }
    exchange_set_free(&is);
}

static bool has_plain_hosts(const struct exchange_set *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct exchange_acl *a = &s->acls[i];
        if (!exchange_view_is(a->host, "*") ||
            (a->resource == POLICY_CLUSTER &&
                !exchange_view_is(a->name, POLICY_CLUSTER_NAME))) {
            return false; /* one address may be written in several ways */
        }
    }
    return true;
}

static void check_policy(struct exchange_set *s, const struct buf *text)
{
    struct policy_model m;
    struct report report;
    struct buf errors;

    buf_init(&errors, OUT_MAX);
    report_init(&report, &errors);
    struct policy_source source = {"main.policy", text->bytes, text->length};
    demand(policy_model_parse(&source, 1, &report, &m) == OK);
    demand(report.errors == 0);
    if (s->note_count == 0 && s->team_count == 0 && has_plain_hosts(s)) {
        check_same(s, &m);
    }
    policy_model_fini(&m);
    buf_fini(&errors);
}

void exchange_fuzz(enum exchange_format format, const uint8_t *data, size_t size)
{
    struct exchange_set *s = exchange_set_new();
    struct buf out;
    struct buf why;

    demand(s != NULL);
    buf_init(&out, OUT_MAX);
    buf_init(&why, 4096);
    enum err e = exchange_read(format, (struct policy_view){data, size}, s, &why);
    demand(e == OK || why.length > 0);
    if (e == OK && exchange_write_policy(s, &out) == OK) {
        check_policy(s, &out);
    }
    buf_fini(&out);
    buf_fini(&why);
    exchange_set_free(&s);
}
