#include "policy_run_tests.h"

#include "mem.h"
#include "policy_text.h"

#include <stdio.h>
#include <string.h>

#define NAME_MAX_SHOWN 200
#define TYPE           "User:"
/* Any moment does: what asks for the time is not answered by it. */
#define SOME_TIME_MS INT64_C(1767225600000)

struct runner {
    const struct policy_model *m;
    const struct policy *p;
    struct report *report;
    struct policy_test_results *out;
    const struct policy_model_test *test;
    const struct policy_model_case *item;
    struct policy_who who;
    struct policy_context context;
    struct buf name;  /* of a user, with its type */
    bool is_reported; /* the case */
};

bool policy_test_is_covered_kind(const struct policy_model_rule *r)
{
    return r->kind == POLICY_RULE_ALLOW || r->kind == POLICY_RULE_DENY ||
           r->kind == POLICY_RULE_GRANT;
}

struct policy_context policy_test_context(const struct policy_model_case *c)
{
    struct policy_context context = {
        .address = {[10] = 0xff, [11] = 0xff},
        .listener = c->listener,
        .method = c->method == POLICY_METHODS ? POLICY_METHOD_MTLS : c->method,
        .tls = c->tls == 0 ? 0x0304 : c->tls,
        .now_ms = c->at_ms == 0 ? SOME_TIME_MS : c->at_ms,
        .clock_is_sure = c->at_ms != 0,
    };

    context.authenticated_ms = context.now_ms;
    if (c->is_anonymous && c->method == POLICY_METHODS) {
        context.method = POLICY_METHOD_NONE;
    }
    if (c->has_address) {
        memcpy(context.address, c->address, sizeof(context.address));
    }
    return context;
}

/* --- what is wrong --- */

static uint32_t bit_count(uint32_t bits)
{
    uint32_t count = 0;

    for (; bits != 0; bits &= bits - 1) {
        count++;
    }
    return count;
}

/* Of several questions, the one that went wrong is named. */
static void put_question(const struct runner *r, const struct policy_model_target *t,
    enum policy_operation operation, char *out, size_t size)
{
    char target[POLICY_SHOWN_MAX];

    out[0] = '\0';
    if (r->item->targets.count > 1 || bit_count(t->operations) > 1) {
        policy_text_target(t, target, sizeof(target));
        (void)snprintf(out, size, "%s %s ", policy_operation_name(operation), target);
    }
}

static void report_case(struct runner *r, const struct policy_model_target *t,
    enum policy_operation operation, const struct policy_decision *d)
{
    char question[POLICY_SHOWN_MAX + 32];
    char name[NAME_MAX_SHOWN];
    char got[512];

    put_question(r, t, operation, question, sizeof(question));
    policy_text_put(name, sizeof(name), "", r->test->name, "");
    if (d->rule == POLICY_NO_RULE) {
        (void)snprintf(got, sizeof(got), "%sdenied, no rule matches", question);
    } else {
        (void)snprintf(got, sizeof(got), "%s%s by %s (%s%s:%u)", question,
            d->allowed ? "allowed" : "denied", d->id, r->report->directory, d->file,
            d->line);
    }
    report_failed(r->report, &r->item->place, got, "test failed: \"%s\"", name);
    r->is_reported = true;
}

/* --- questions --- */

static void ask(struct runner *r, const struct policy_model_target *t,
    struct policy_view name, enum policy_operation operation)
{
    const struct policy_query q = {.who = &r->who,
        .context = &r->context,
        .operation = operation,
        .resource = t->resource,
        .name = name};
    struct policy_decision d = policy_decide(r->p, &q);

    if (d.rule < r->out->rules) {
        r->out->touched[d.rule] = 1;
    }
    if (d.allowed == r->item->can) {
        r->out->passed++;
        return;
    }
    r->out->failed++;
    if (!r->is_reported) {
        report_case(r, t, operation, &d);
    }
}

static enum err with_type(
    struct runner *r, struct policy_view name, struct policy_view *out)
{
    buf_reset(&r->name);
    buf_add_text(&r->name, TYPE);
    buf_add(&r->name, name.ptr, name.len);
    *out = (struct policy_view){r->name.bytes, r->name.length};
    return buf_error(&r->name);
}

static enum err ask_target(struct runner *r, const struct policy_model_target *t)
{
    struct policy_view name = t->name;
    enum err e = t->resource == POLICY_USER ? with_type(r, t->name, &name) : OK;

    for (uint32_t n = POLICY_READ; e == OK && n <= POLICY_TWO_PHASE_COMMIT; n++) {
        if ((t->operations & POLICY_BIT(n)) != 0) {
            ask(r, t, name, (enum policy_operation)n);
        }
    }
    return e;
}

static enum err run_case(struct runner *r, const struct policy_model_case *c)
{
    struct policy_identity identity = {.is_anonymous = c->is_anonymous};
    enum err e = with_type(r,
        c->is_anonymous ? (struct policy_view){(const uint8_t *)"ANONYMOUS", 9}
                        : c->principal.text,
        &identity.principal);

    if (e != OK) {
        return e;
    }
    policy_resolve(r->p, &identity, &r->who);
    r->item = c;
    r->is_reported = false;
    r->context = policy_test_context(c);
    for (uint32_t i = 0; e == OK && i < c->targets.count; i++) {
        e = ask_target(r, &r->m->targets[c->targets.first + i]);
    }
    return e;
}

enum err policy_run_tests(const struct policy_model *m, const struct policy *p,
    const struct policy_test_filter *filter, struct report *report,
    struct policy_test_results *out)
{
    struct runner r = {.m = m, .p = p, .report = report, .out = out};
    enum err e = OK;

    *out = (struct policy_test_results){.rules = m->rules_count};
    out->touched = mem_alloc(m->rules_count, sizeof(*out->touched));
    if (out->touched == NULL) {
        return ERR_NOMEM;
    }
    buf_init(&r.name, (size_t)1 << 16);
    for (size_t i = 0; e == OK && i < m->tests_count; i++) {
        r.test = &m->tests[i];
        if (filter != NULL && !filter->is_wanted(filter->context, r.test)) {
            continue;
        }
        for (uint32_t k = 0; e == OK && k < r.test->cases.count; k++) {
            e = run_case(&r, &m->cases[r.test->cases.first + k]);
        }
    }
    buf_fini(&r.name);
    return e;
}

void policy_test_results_fini(struct policy_test_results *r)
{
    mem_free(r->touched);
    *r = (struct policy_test_results){.passed = 0};
}
