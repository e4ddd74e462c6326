#include "policy_lint.h"

#include "policy_check.h"
#include "policy_lint_parts.h"
#include "policy_text.h"

#include <stdio.h>
#include <string.h>

#define SPAN_MAX_HOURS 72
#define HOUR_MS        INT64_C(3600000)

#define BIT(x) (UINT32_C(1) << (x))

static const uint32_t changing = POLICY_BIT(POLICY_WRITE) | POLICY_BIT(POLICY_CREATE) |
                                 POLICY_BIT(POLICY_DELETE) | POLICY_BIT(POLICY_ALTER) |
                                 POLICY_BIT(POLICY_ALTER_CONFIGS);
static const uint32_t passwords =
    BIT(POLICY_METHOD_PLAIN) | BIT(POLICY_METHOD_SCRAM256) | BIT(POLICY_METHOD_SCRAM512);

struct linter {
    struct policy_checker c;
    struct policy_overlap nevers;
    int64_t now_ms;
};

static bool is_never(const struct policy_model_rule *r)
{
    return r->kind == POLICY_RULE_NEVER;
}

static bool is_for_any(const struct linter *l, const struct policy_model_rule *r)
{
    for (uint32_t i = 0; i < r->subjects.count; i++) {
        if (l->c.m->subjects[r->subjects.first + i].kind == POLICY_SUBJECT_ANY) {
            return true;
        }
    }
    return false;
}

/* --- targets: of the rule, and of its roles --- */

typedef bool target_test(struct linter *l, const struct policy_model_rule *r,
    const struct policy_model_target *t);

static const struct policy_model_target *find_in(struct linter *l,
    const struct policy_model_rule *r, struct policy_range range, target_test *test)
{
    for (uint32_t i = 0; i < range.count; i++) {
        const struct policy_model_target *t = &l->c.m->targets[range.first + i];
        if (test(l, r, t)) {
            return t;
        }
    }
    return NULL;
}

static const struct policy_model_target *find(
    struct linter *l, const struct policy_model_rule *r, target_test *test)
{
    const struct policy_model_target *t = find_in(l, r, r->targets, test);

    for (uint32_t i = 0; t == NULL && i < r->roles.count; i++) {
        uint32_t role = l->c.m->role_refs[r->roles.first + i].role;
        t = find_in(l, r, l->c.m->roles[role].targets, test);
    }
    return t;
}

static bool changes_all(struct linter *l, const struct policy_model_rule *r,
    const struct policy_model_target *t)
{
    (void)l;
    (void)r;
    return t->resource != POLICY_TOKEN && t->resource != POLICY_USER && t->is_prefix &&
           t->name.len == 0 && (t->operations & changing) != 0;
}

static bool is_guarded(struct linter *l, const struct policy_model_rule *r,
    const struct policy_model_target *t)
{
    struct policy_overlap_walk w = policy_overlap_begin(&l->nevers, t, false);

    (void)r;
    return policy_overlap_next(&w, &l->c.people) != NULL;
}

static bool has_effect(struct linter *l, const struct policy_model_rule *r,
    const struct policy_model_target *t)
{
    uint32_t operations = policy_check_implied(t->operations);

    for (uint32_t i = 0; i < r->subjects.count; i++) {
        struct policy_atom who = policy_people_atom(&l->c.people, r->subjects.first + i);
        if ((operations & ~policy_check_denied(&l->c, t, who)) != 0) {
            return true;
        }
    }
    return false;
}

/* --- rules --- */

static void check_any(struct linter *l, const struct policy_model_rule *r)
{
    if (policy_check_is_allow(r) && is_for_any(l, r) && r->condition.reason.len == 0) {
        report_warning(l->c.report, &r->place, "L01",
            "name principals or a team, or say why with reason",
            "everybody is allowed this, also who has no login");
    }
}

static void check_all_names(struct linter *l, const struct policy_model_rule *r)
{
    const struct policy_model_target *t =
        policy_check_is_allow(r) ? find(l, r, changes_all) : NULL;

    if (t != NULL) {
        report_warning(l->c.report, &r->place, "L02",
            "name what is meant, or a prefix of it", "it allows to %s every %s",
            policy_check_operation(t->operations & changing),
            policy_resource_name(t->resource));
    }
}

static void check_password(struct linter *l, const struct policy_model_rule *r)
{
    const struct policy_model_target *t = NULL;
    char what[POLICY_SHOWN_MAX];

    if (!policy_check_is_allow(r) || (r->condition.methods & passwords) == 0) {
        return;
    }
    t = find(l, r, is_guarded);
    if (t != NULL) {
        policy_text_target(t, what, sizeof(what));
        report_warning(l->c.report, &r->place, "L03", "write with mtls, gssapi or oauth",
            "a password opens %s, which a never statement guards", what);
    }
    if ((r->condition.methods & BIT(POLICY_METHOD_PLAIN)) != 0 &&
        r->condition.tls_min == 0) {
        report_warning(l->c.report, &r->place, "L11", "add: and tls >= 1.2",
            "a password may come in the clear");
    }
}

static void check_shadowed(struct linter *l, const struct policy_model_rule *r)
{
    if (policy_check_is_allow(r) && find(l, r, has_effect) == NULL &&
        policy_people_spend(&l->c.people, 1)) {
        report_warning(l->c.report, &r->place, "L04", "remove it, or the deny",
            "deny rules leave nothing of it");
    }
}

static void check_label(struct linter *l, const struct policy_model_rule *r)
{
    const char *what = r->kind == POLICY_RULE_DENY ? "a deny"
                       : policy_check_is_allow(r) && r->condition.until_ms != 0
                           ? "a rule that ends"
                       : policy_check_is_allow(r) && is_for_any(l, r) ? "a rule for any"
                                                                      : NULL;

    if (what != NULL && r->label.len == 0) {
        report_warning(l->c.report, &r->place, "L06",
            "put a word and a colon in front: audit and explain show it",
            "%s without a label", what);
    }
}

static bool is_break_glass(const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *name = slash == NULL ? file : slash + 1;

    return strncmp(name, "breakglass", 10) == 0 || strncmp(name, "break-glass", 11) == 0;
}

static void check_break_glass(struct linter *l, const struct policy_model_rule *r)
{
    const struct policy_model_condition *c = &r->condition;
    int64_t from = c->after_ms != 0 ? c->after_ms : l->now_ms;

    if (!policy_check_is_allow(r) || !is_break_glass(l->c.m->files[r->file].name)) {
        return;
    }
    if (c->until_ms == 0 || c->reason.len == 0 || c->ticket.len == 0) {
        report_warning(l->c.report, &r->place, "L07",
            "a break-glass rule says until, reason and ticket", "it does not say %s",
            c->until_ms == 0     ? "until when"
            : c->reason.len == 0 ? "the reason"
                                 : "the ticket");
    }
    if (c->until_ms != 0 && from != 0 && c->until_ms - from > SPAN_MAX_HOURS * HOUR_MS) {
        report_warning(l->c.report, &r->place, "L08", "choose an earlier until",
            "a break-glass rule for more than %d hours", SPAN_MAX_HOURS);
    }
}

static void check_over(struct linter *l, const struct policy_model_rule *r)
{
    if (l->now_ms != 0 && r->condition.until_ms != 0 &&
        r->condition.until_ms <= l->now_ms) {
        report_warning(l->c.report, &r->place, "L09", "remove it", "it is over");
    }
}

/* --- all of it --- */

static void (*const rule_checks[])(
    struct linter *l, const struct policy_model_rule *r) = {
    check_any,
    check_all_names,
    check_password,
    check_shadowed,
    check_label,
    check_break_glass,
    check_over,
};

static void check_rules(struct linter *l)
{
    const struct policy_model *m = l->c.m;

    for (size_t i = 0; i < m->rules_count; i++) {
        for (size_t k = 0; k < sizeof(rule_checks) / sizeof(rule_checks[0]); k++) {
            rule_checks[k](l, &m->rules[i]);
        }
    }
}

enum err policy_model_lint(
    const struct policy_model *m, int64_t now_ms, struct report *report)
{
    struct linter l = {.now_ms = now_ms};
    enum err e = policy_checker_init(&l.c, m, report);

    if (e == OK) {
        e = policy_overlap_init(&l.nevers, m, is_never);
    }
    if (e == OK) {
        check_rules(&l);
        e = policy_lint_twice(m, report);
    }
    if (e == OK) {
        e = policy_lint_unused(m, report);
    }
    policy_overlap_fini(&l.nevers);
    policy_checker_fini(&l.c);
    return e;
}
