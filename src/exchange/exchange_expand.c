#include "exchange_expand.h"

#include "policy_lexer.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

#define USER "User:"

/* The entries that one rule comes to are those of each subject, host and target. */
struct expanding {
    const struct policy_model *model;
    const struct policy_model_rule *rule;
    struct exchange_set *set;
    struct exchange_acl acl; /* what is settled so far */
    bool is_dry;             /* find out only whether it can be done */
    const char *why_not;     /* the first reason; NULL: none */
};

static void can_not(struct expanding *x, const char *why)
{
    x->why_not = x->why_not == NULL ? why : x->why_not;
}

/* --- operations and targets --- */

static void add_operations(struct expanding *x, uint32_t operations)
{
    if (x->is_dry) {
        return;
    }
    if ((operations & POLICY_BITS_ALL) == POLICY_BITS_ALL) {
        x->acl.operation = EXCHANGE_ALL;
        exchange_set_add(x->set, &x->acl);
        return;
    }
    for (unsigned op = POLICY_READ; op <= POLICY_TWO_PHASE_COMMIT; op++) {
        if ((operations & (UINT32_C(1) << op)) != 0) {
            x->acl.operation = (uint8_t)op;
            exchange_set_add(x->set, &x->acl);
        }
    }
}

static void add_user_target(struct expanding *x, const struct policy_model_target *t)
{
    char name[POLICY_LINE_MAX + sizeof(USER)];
    int n = snprintf(
        name, sizeof(name), USER "%.*s", (int)t->name.len, (const char *)t->name.ptr);

    INVARIANT(n > 0 && (size_t)n < sizeof(name)); /* it stood on one line */
    x->acl.name = exchange_view(name);
    add_operations(x, t->operations);
}

static void add_target(struct expanding *x, const struct policy_model_target *t)
{
    bool is_any = t->is_prefix && t->name.len == 0;

    if (!t->is_prefix && exchange_view_is(t->name, "*")) {
        can_not(x, "the name '*' would stand for every name");
        return;
    }
    x->acl.resource = t->resource;
    x->acl.is_prefix = t->is_prefix && !is_any;
    if (t->resource == POLICY_USER && !is_any) {
        add_user_target(x, t);
        return;
    }
    x->acl.name = is_any ? exchange_view("*") : t->name;
    add_operations(x, t->operations);
}

static void add_targets(struct expanding *x, struct policy_range range)
{
    for (uint32_t i = 0; i < range.count; i++) {
        add_target(x, &x->model->targets[range.first + i]);
    }
}

static void add_all_targets(struct expanding *x)
{
    const struct policy_model *m = x->model;

    add_targets(x, x->rule->targets);
    for (uint32_t i = 0; i < x->rule->roles.count; i++) {
        uint32_t role = m->role_refs[x->rule->roles.first + i].role;
        if (role < m->roles_count) {
            add_targets(x, m->roles[role].targets);
        }
    }
}

/* --- hosts --- */

static void add_net(struct expanding *x, const struct policy_net *net)
{
    char text[POLICY_NET_TEXT_MAX];

    policy_net_text(net, text);
    x->acl.host = exchange_view(text);
    add_all_targets(x);
}

static void add_nets(struct expanding *x, struct policy_range range)
{
    const struct policy_model *m = x->model;

    for (uint32_t i = 0; i < range.count; i++) {
        const struct policy_model_net *n = &m->net_items[range.first + i];
        if (!n->is_list) {
            add_net(x, &n->net);
        } else if (n->list < m->nets_count) {
            struct policy_range items = m->nets[n->list].nets; /* of networks alone */
            for (uint32_t k = 0; k < items.count; k++) {
                add_net(x, &m->net_items[items.first + k].net);
            }
        }
    }
}

static void add_hosts(struct expanding *x)
{
    if (x->rule->condition.nets.count > 0) {
        add_nets(x, x->rule->condition.nets);
    } else {
        x->acl.host = exchange_view("*");
        add_all_targets(x);
    }
}

/* --- subjects --- */

static void add_principal(struct expanding *x, struct policy_view name)
{
    char principal[POLICY_LINE_MAX + sizeof(USER)];

    if (exchange_view_is(name, "*") || exchange_view_is(name, "ANONYMOUS")) {
        can_not(x, "its principal would be taken for any or anonymous");
        return;
    }
    int n = snprintf(
        principal, sizeof(principal), USER "%.*s", (int)name.len, (const char *)name.ptr);
    INVARIANT(n > 0 && (size_t)n < sizeof(principal)); /* it stood on one line */
    x->acl.principal = exchange_view(principal);
    add_hosts(x);
}

static void add_team(struct expanding *x, uint32_t number)
{
    const struct policy_model *m = x->model;

    if (number >= m->teams_count) {
        return;
    }
    const struct policy_model_team *t = &m->teams[number];
    if (t->source.len > 0) {
        can_not(x, "nobody here knows who is in its team");
        return;
    }
    for (uint32_t i = 0; i < t->members.count; i++) {
        add_principal(x, m->names[t->members.first + i].text);
    }
}

static void add_subject(struct expanding *x, const struct policy_model_subject *s)
{
    switch (s->kind) {
    case POLICY_SUBJECT_ANY:
        x->acl.principal = exchange_view("User:*");
        add_hosts(x);
        break;
    case POLICY_SUBJECT_ANONYMOUS:
        x->acl.principal = exchange_view("User:ANONYMOUS");
        add_hosts(x);
        break;
    case POLICY_SUBJECT_PRINCIPAL:
        add_principal(x, s->name.text);
        break;
    case POLICY_SUBJECT_TEAM:
        add_team(x, s->team);
        break;
    }
}

static void add_subjects(struct expanding *x)
{
    for (uint32_t i = 0; i < x->rule->subjects.count; i++) {
        add_subject(x, &x->model->subjects[x->rule->subjects.first + i]);
    }
}

/* --- rules --- */

static const char *condition_words(const struct policy_model_condition *c)
{
    if (c->is_outside) {
        return "it uses `from not`";
    }
    if (c->listeners.count > 0) {
        return "it uses `via`";
    }
    if (c->methods != 0 || c->methods_written.count > 0 || c->tls_min != 0 ||
        c->age_ms != 0 || c->issuer.len > 0) {
        return "it uses `with`";
    }
    if (c->after_ms != 0 || c->until_ms != 0) {
        return "it uses `after` or `until`";
    }
    return NULL;
}

static const char *kind_words(enum policy_rule_kind kind)
{
    if (kind == POLICY_RULE_NEVER) {
        return "`never` has no counterpart";
    }
    return kind == POLICY_RULE_DELEGATE ? "`delegate` has no counterpart" : NULL;
}

static void note(struct exchange_set *s, const struct report_place *place, const char *id,
    const char *why)
{
    char shown[EXCHANGE_SHOWN];

    exchange_set_note(s, "%s (%s:%u): %s", id,
        text_escape(shown, sizeof(shown), place->file, strlen(place->file)), place->line,
        why);
}

/* A rule is taken whole or not at all. */
static void expand_rule(struct expanding *x)
{
    x->acl.is_deny = x->rule->kind == POLICY_RULE_DENY;
    can_not(x, kind_words(x->rule->kind));
    can_not(x, condition_words(&x->rule->condition));
    if (x->why_not == NULL) {
        x->is_dry = true;
        add_subjects(x);
    }
    if (x->why_not != NULL) {
        note(x->set, &x->rule->place, x->rule->id, x->why_not);
        return;
    }
    x->is_dry = false;
    add_subjects(x);
}

void exchange_expand(const struct policy_model *m, struct exchange_set *out)
{
    for (size_t i = 0; i < m->rules_count && out->error == OK; i++) {
        struct expanding x = {.model = m, .rule = &m->rules[i], .set = out};
        expand_rule(&x);
    }
    for (size_t i = 0; i < m->exclusives_count; i++) {
        note(out, &m->exclusives[i].place, "exclusive", "it has no counterpart");
    }
}
