#include "policy_reference.h"

#include <string.h>
#include <strings.h>

static bool same(struct policy_view a, struct policy_view b)
{
    return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

static bool member(const struct reference_team *t, const struct policy_identity *who)
{
    bool found = false;
    for (size_t i = 0; i < t->count; i++) {
        found |= same(t->members[i], who->principal);
    }
    for (size_t i = 0; i < who->group_count; i++) {
        const struct policy_group *group = &who->groups[i];
        found |= same(t->source, group->source) && same(t->group, group->name);
    }
    return found;
}

static bool met(const struct policy_build_rule *rule, const struct policy_context *x)
{
    static const uint8_t v4[12] = {[10] = 0xff, [11] = 0xff};
    const struct policy_build_condition *c = &rule->condition;
    bool doubt = rule->effect == POLICY_DENY || rule->effect == POLICY_NEVER;
    bool inside = c->net_count == 0 && !c->is_outside, listed = c->listener_count == 0;
    for (size_t i = 0; i < c->net_count; i++) {
        const struct policy_net *n = &c->nets[i];
        unsigned bit = 0;
        while (bit < n->bits &&
               !((n->address[bit / 8] ^ x->address[bit / 8]) & 0x80 >> bit % 8)) {
            bit++;
        }
        inside |= bit == n->bits && (bit >= 96 || memcmp(x->address, v4, 12) != 0);
    }
    for (size_t i = 0; i < c->listener_count; i++) {
        const char *name = (const char *)c->listeners[i].ptr;
        listed |= !strcasecmp(name, (const char *)x->listener.ptr);
    }
    bool in_force = x->now_ms >= c->after_ms && (!c->until_ms || x->now_ms < c->until_ms);
    bool timed = c->after_ms > 0 || c->until_ms > 0;
    int64_t age = x->now_ms - x->authenticated_ms;
    bool young = x->authenticated_ms > 0 && (age < 0 ? doubt : age < c->age_ms);
    return inside != c->is_outside && listed && x->tls >= c->tls_min &&
           (c->methods == 0 || (c->methods & 1u << x->method) != 0) &&
           (c->issuer.len == 0 || same(c->issuer, x->issuer)) &&
           (c->age_ms == 0 || young) && (!timed || (x->clock_is_sure ? in_force : doubt));
}

static bool covers(
    const struct policy_build_target *t, const struct reference_question *q)
{
    size_t n = t->name.len;
    bool begins = n <= q->name.len && memcmp(t->name.ptr, q->name.ptr, n) == 0;
    bool named = begins && (t->is_prefix || n == q->name.len);
    return t->resource == q->resource && (named || q->resource == POLICY_CLUSTER);
}

static bool is_for(const struct reference *r, const struct policy_build_subject *s,
    const struct policy_identity *who)
{
    return s->kind == POLICY_SUBJECT_ANY ||
           (s->kind == POLICY_SUBJECT_ANONYMOUS && who->is_anonymous) ||
           (s->kind == POLICY_SUBJECT_PRINCIPAL && same(s->name, who->principal)) ||
           (s->kind == POLICY_SUBJECT_TEAM && member(&r->teams[s->team], who));
}

void reference_decide(const struct reference *r, const struct reference_question *q,
    struct reference_answer *out)
{
    uint32_t op = 1u << q->operation;
    uint32_t implying = q->operation == 8 ? 0xd8 : q->operation == 10 ? 0x800 : 0;
    bool everyone = (r->flags & POLICY_ALLOW_EVERYONE) != 0;
    *out = (struct reference_answer){.is_exempt = q->who->is_super && r->flags & 1};
    memset(out->first, 0xff, sizeof(out->first)); /* POLICY_NO_RULE */
    for (uint32_t i = (uint32_t)r->rule_count; i-- > 0;) {
        const struct policy_build_rule *rule = &r->rules[i];
        uint32_t bits = rule->effect == POLICY_ALLOW ? op | implying : op;
        for (size_t k = 0; k < rule->subject_count * rule->target_count; k++) {
            const struct policy_build_target *t = &rule->targets[k % rule->target_count];
            everyone &= rule->effect > POLICY_DENY || !covers(t, q);
            if (covers(t, q) && (t->operations & bits) != 0 && met(rule, q->context) &&
                is_for(r, &rule->subjects[k / rule->target_count], q->who)) {
                out->first[rule->effect] = i;
            }
        }
    }
    for (size_t i = 0; i < r->exclusive_count; i++) {
        out->is_excluded |= member(&r->teams[r->exclusives[i][0]], q->who) &&
                            member(&r->teams[r->exclusives[i][1]], q->who);
    }
    bool counts = out->first[POLICY_NEVER] == POLICY_NO_RULE;
    bool given = (counts && out->first[POLICY_ALLOW] != POLICY_NO_RULE) || everyone;
    given = (given || q->who->is_super) && out->first[POLICY_DENY] == POLICY_NO_RULE;
    out->allowed = !out->is_excluded && (out->is_exempt || given);
}
