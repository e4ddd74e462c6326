#include "policytool_look.h"

#include "mem.h"
#include "policy_value.h"
#include "policytool_text.h"

#include <string.h>

/* --- who --- */

static bool is_in_group(
    const struct policy_model_team *team, const struct policytool_question *q)
{
    for (size_t i = 0; i < q->group_count && team->source.len > 0; i++) {
        if (policy_view_equal(team->source, q->groups[i].source) &&
            policy_view_equal(team->group, q->groups[i].name)) {
            return true;
        }
    }
    return false;
}

static bool is_listed(const struct policy_model *m, const struct policy_model_team *team,
    struct policy_view principal)
{
    for (uint32_t i = 0; i < team->members.count; i++) {
        if (policy_view_equal(m->names[team->members.first + i].text, principal)) {
            return true;
        }
    }
    return false;
}

enum err policytool_person_init(struct policytool_person *p, const struct policy_model *m,
    const struct policytool_question *q)
{
    *p = (struct policytool_person){
        .model = m, .principal = q->principal, .is_anonymous = q->is_anonymous};
    p->teams = mem_alloc(m->teams_count + 1, sizeof(*p->teams));
    if (p->teams == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < m->teams_count; i++) {
        const struct policy_model_team *team = &m->teams[i];
        p->teams[i] = is_listed(m, team, q->principal) || is_in_group(team, q);
    }
    return OK;
}

void policytool_person_fini(struct policytool_person *p)
{
    mem_free(p->teams);
    p->teams = NULL;
}

bool policytool_person_is(
    const struct policytool_person *p, const struct policy_model_subject *s)
{
    switch (s->kind) {
    case POLICY_SUBJECT_ANY:
        return true;
    case POLICY_SUBJECT_ANONYMOUS:
        return p->is_anonymous;
    case POLICY_SUBJECT_PRINCIPAL:
        return policy_view_equal(s->name.text, p->principal);
    case POLICY_SUBJECT_TEAM:
        return s->team < p->model->teams_count && p->teams[s->team];
    }
    return false;
}

const struct policy_model_subject *policytool_person_in(
    const struct policytool_person *p, const struct policy_model_rule *r)
{
    for (uint32_t i = 0; i < r->subjects.count; i++) {
        const struct policy_model_subject *s = &p->model->subjects[r->subjects.first + i];
        if (policytool_person_is(p, s)) {
            return s;
        }
    }
    return NULL;
}

/* --- what --- */

struct policytool_targets policytool_targets_of(
    const struct policy_model *m, const struct policy_model_rule *r)
{
    return (struct policytool_targets){.model = m, .rule = r, .left = r->targets};
}

const struct policy_model_target *policytool_targets_next(struct policytool_targets *t)
{
    while (t->left.count == 0) {
        if (t->role == t->rule->roles.count) {
            return NULL;
        }
        const uint32_t role = t->model->role_refs[t->rule->roles.first + t->role].role;
        t->role++;
        if (role < t->model->roles_count) {
            t->left = t->model->roles[role].targets;
        }
    }
    t->left.count--;
    return &t->model->targets[t->left.first++];
}

bool policytool_is_allow(const struct policy_model_rule *r)
{
    return r->kind == POLICY_RULE_ALLOW || r->kind == POLICY_RULE_GRANT;
}

bool policytool_is_refusal(const struct policy_model_rule *r)
{
    return r->kind == POLICY_RULE_DENY || r->kind == POLICY_RULE_NEVER;
}

bool policytool_is_unconditional(const struct policy_model_condition *c)
{
    return c->nets.count == 0 && c->listeners.count == 0 &&
           c->methods_written.count == 0 && c->tls_min == 0 && c->age_ms == 0 &&
           c->issuer.len == 0 && c->after_ms == 0 && c->until_ms == 0;
}

bool policytool_target_has(const struct policy_model_target *t,
    enum policy_resource resource, struct policy_view name)
{
    if (t->resource != resource) {
        return false;
    }
    return resource == POLICY_CLUSTER ||
           (t->is_prefix ? policy_view_starts(name, t->name)
                         : policy_view_equal(name, t->name));
}

bool policytool_target_covers(
    const struct policy_model_target *outer, const struct policy_model_target *inner)
{
    if (outer->resource != inner->resource || outer->resource == POLICY_CLUSTER) {
        return outer->resource == inner->resource;
    }
    return outer->is_prefix
               ? policy_view_starts(inner->name, outer->name)
               : !inner->is_prefix && policy_view_equal(outer->name, inner->name);
}

uint32_t policytool_implied(uint32_t bits)
{
    const uint32_t describing = POLICY_BIT(POLICY_READ) | POLICY_BIT(POLICY_WRITE) |
                                POLICY_BIT(POLICY_DELETE) | POLICY_BIT(POLICY_ALTER);

    if ((bits & describing) != 0) {
        bits |= POLICY_BIT(POLICY_DESCRIBE);
    }
    if ((bits & POLICY_BIT(POLICY_ALTER_CONFIGS)) != 0) {
        bits |= POLICY_BIT(POLICY_DESCRIBE_CONFIGS);
    }
    return bits;
}

uint32_t policytool_effective(
    const struct policy_model_rule *r, const struct policy_model_target *t)
{
    const uint32_t bits =
        policytool_is_allow(r) ? policytool_implied(t->operations) : t->operations;

    return bits & policy_meaningful(t->resource);
}

/* --- under which condition --- */

static bool is_inside(const struct policy_net *net, const uint8_t address[16])
{
    const size_t whole = net->bits / 8;
    const unsigned rest = net->bits % 8;

    if (memcmp(net->address, address, whole) != 0) {
        return false;
    }
    return rest == 0 || ((net->address[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

static bool is_in_nets(
    const struct policy_model *m, struct policy_range nets, const uint8_t address[16])
{
    for (uint32_t i = 0; i < nets.count; i++) {
        const struct policy_model_net *item = &m->net_items[nets.first + i];
        if (item->list == POLICY_UNRESOLVED) {
            if (is_inside(&item->net, address)) {
                return true;
            }
            continue;
        }
        const struct policy_range list = m->nets[item->list].nets;
        for (uint32_t k = 0; k < list.count; k++) {
            if (is_inside(&m->net_items[list.first + k].net, address)) {
                return true;
            }
        }
    }
    return false;
}

/* Where the next reason begins. */
static void begin(struct buf *why, size_t before)
{
    buf_add_text(why, why->length > before ? "; " : "");
}

/* 0.0.0.0, by which no session comes. */
bool policytool_has_address(const struct policy_context *c)
{
    static const uint8_t none[16] = {[10] = 0xff, [11] = 0xff};

    return memcmp(c->address, none, sizeof(none)) != 0;
}

static void check_place(const struct policy_model *m,
    const struct policy_model_condition *c, const struct policy_context *x,
    struct buf *why)
{
    char text[POLICY_NET_TEXT_MAX];

    if (c->nets.count == 0 || is_in_nets(m, c->nets, x->address) != c->is_outside) {
        return;
    }
    if (policytool_has_address(x)) {
        struct policy_net net = {.bits = 128};
        memcpy(net.address, x->address, sizeof(net.address));
        policy_net_text(&net, text);
        text[strcspn(text, "/")] = '\0';
        buf_add_format(why, "comes from %s, ", text);
    } else {
        buf_add_text(why, "no address was named, ");
    }
    buf_add_text(why, c->is_outside ? "rule wants from not " : "rule wants from ");
    policytool_add_nets(why, m, c);
}

static void check_listener(const struct policy_model *m,
    const struct policy_model_condition *c, const struct policy_context *x,
    struct buf *why, size_t before)
{
    for (uint32_t i = 0; i < c->listeners.count; i++) {
        if (policy_view_equal(m->names[c->listeners.first + i].text, x->listener)) {
            return;
        }
    }
    if (c->listeners.count == 0) {
        return;
    }
    begin(why, before);
    if (x->listener.len == 0) {
        buf_add_text(why, "no listener was named, rule wants via ");
    } else {
        buf_add_text(why, "listener ");
        policytool_add_view(why, x->listener);
        buf_add_text(why, " is not ");
    }
    for (uint32_t i = 0; i < c->listeners.count; i++) {
        buf_add_text(why, i > 0 ? ", " : "");
        policytool_add_view(why, m->names[c->listeners.first + i].text);
    }
}

static void check_method(const struct policy_model *m,
    const struct policy_model_condition *c, const struct policy_context *x,
    struct buf *why, size_t before)
{
    if (c->methods_written.count == 0 || (c->methods & POLICY_BIT(x->method)) != 0) {
        return;
    }
    begin(why, before);
    if (x->method == POLICY_METHOD_NONE) {
        buf_add_text(why, "not authenticated");
    } else {
        buf_add_format(why, "authenticated by %s", policy_method_name(x->method));
    }
    buf_add_text(why, ", rule wants ");
    for (uint32_t i = 0; i < c->methods_written.count; i++) {
        buf_add_text(why, i > 0 ? " and " : "");
        policytool_add_view(why, m->names[c->methods_written.first + i].text);
    }
    const struct policy_view first = m->names[c->methods_written.first].text;
    enum policy_method method;
    if (c->methods_written.count > 1 || !policy_value_method(first, &method)) {
        buf_add_text(why, " (");
        policytool_add_methods(why, c->methods);
        buf_add_text(why, ")");
    }
}

static void check_session(const struct policy_model_condition *c,
    const struct policy_context *x, struct buf *why, size_t before)
{
    const int64_t age = x->now_ms - x->authenticated_ms;

    if (x->tls < c->tls_min) {
        begin(why, before);
        buf_add_text(why, x->tls == 0 ? "no TLS" : "TLS ");
        if (x->tls != 0) {
            policytool_add_tls(why, x->tls);
        }
        buf_add_text(why, x->tls == 0 ? ", rule wants tls >= " : " is older than ");
        policytool_add_tls(why, c->tls_min);
    }
    if (c->age_ms != 0 && (age < 0 || age >= c->age_ms)) {
        begin(why, before);
        buf_add_text(why, "logged in ");
        policytool_add_duration(why, age);
        buf_add_text(why, " ago, rule wants age < ");
        policytool_add_duration(why, c->age_ms);
    }
    if (c->issuer.len > 0 && !policy_view_equal(c->issuer, x->issuer)) {
        begin(why, before);
        buf_add_text(why, "issued by ");
        policytool_add_name(why, x->issuer);
        buf_add_text(why, ", rule wants ");
        policytool_add_name(why, c->issuer);
    }
}

static void check_time(const struct policy_model_condition *c,
    const struct policy_context *x, struct buf *why, size_t before)
{
    if (c->until_ms != 0 && x->now_ms >= c->until_ms) {
        begin(why, before);
        buf_add_text(why, "expired at ");
        policytool_add_time(why, c->until_ms);
    }
    if (c->after_ms != 0 && x->now_ms < c->after_ms) {
        begin(why, before);
        buf_add_text(why, "not valid before ");
        policytool_add_time(why, c->after_ms);
    }
}

bool policytool_condition_holds(const struct policy_model *m,
    const struct policy_model_condition *c, const struct policy_context *x,
    struct buf *why)
{
    const size_t before = why->length;

    check_place(m, c, x, why);
    check_listener(m, c, x, why, before);
    check_method(m, c, x, why, before);
    check_session(c, x, why, before);
    check_time(c, x, why, before);
    return why->length == before;
}
