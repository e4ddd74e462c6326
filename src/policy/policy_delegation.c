#include "policy_delegation.h"

#include "policy_blob.h"

#include <string.h>

/* What a rule of a client is about, as patterns are here. */
struct reach {
    const struct policy *policy;
    struct policy_key key; /* a prefix with an empty name: every name */
    uint32_t operations;
    bool is_everybody;
    struct policy_who who;
};

static bool is_text(struct policy_view v, const char *text)
{
    return v.len == strlen(text) && memcmp(v.ptr, text, v.len) == 0;
}

#define GIVES_DESCRIBE                                                                   \
    (POLICY_BIT(POLICY_READ) | POLICY_BIT(POLICY_WRITE) | POLICY_BIT(POLICY_DELETE) |    \
        POLICY_BIT(POLICY_ALTER))

/* With what they imply. */
static uint32_t operations_of(int8_t operation)
{
    uint32_t bits =
        operation == POLICY_CODE_ALL ? POLICY_BITS_ALL : POLICY_BIT((unsigned)operation);

    bits |= (bits & GIVES_DESCRIBE) != 0 ? POLICY_BIT(POLICY_DESCRIBE) : 0;
    bits |= (bits & POLICY_BIT(POLICY_ALTER_CONFIGS)) != 0
                ? POLICY_BIT(POLICY_DESCRIBE_CONFIGS)
                : 0;
    return bits;
}

static struct reach reach_of(const struct policy *p, const struct policy_binding *rule)
{
    struct reach r = {.policy = p,
        .key = {.resource = (uint32_t)rule->resource,
            .is_prefix = rule->pattern == POLICY_CODE_PREFIXED,
            .name = rule->name},
        .operations = operations_of(rule->operation)};
    const struct policy_identity identity = {.principal = rule->principal};

    if (rule->resource == POLICY_CLUSTER) {
        r.key.is_prefix = 0;
        r.key.name = policy_cluster_name();
    } else if (r.key.is_prefix == 0 && is_text(rule->name, "*")) {
        r.key.is_prefix = 1;
        r.key.name.len = 0;
    }
    r.is_everybody = is_text(rule->principal, "User:*");
    policy_resolve(p, &identity, &r.who);
    return r;
}

/* --- what is delegated --------------------------------------------------------------------- */

static bool delegates(const struct policy *p, uint32_t number)
{
    const struct policy_pattern *pattern = &p->patterns[number];
    const struct policy_cell *cell = policy_find_cell(p, pattern, POLICY_NUMBER_ANY);

    return cell != NULL && cell->masks[POLICY_DELEGATE] != 0;
}

bool policy_delegates(const struct policy *p, const struct policy_binding *rule)
{
    const struct reach r = reach_of(p, rule);
    uint32_t exact = r.key.is_prefix == 1
                         ? POLICY_NONE
                         : policy_find_exact(p, r.key.resource, r.key.name);

    if (exact != POLICY_NONE && delegates(p, exact)) {
        return true;
    }
    for (uint32_t i = policy_find_prefix(p, r.key.resource, r.key.name); i != POLICY_NONE;
         i = p->patterns[i].parent) {
        if (delegates(p, i)) {
            return true;
        }
    }
    return false;
}

/* --- what shall never be ------------------------------------------------------------------- */

static bool is_subject(const struct reach *r, uint32_t subject)
{
    uint32_t i = 0;

    while (i < r->who.count && r->who.subjects[i] != subject) {
        i++;
    }
    return r->is_everybody || subject == POLICY_NUMBER_ANY || i < r->who.count;
}

static uint32_t find_entry(const struct reach *r, const struct policy_cell *cell)
{
    for (uint32_t i = 0; i < cell->entries + cell->conditionals; i++) {
        const struct policy_entry *e = &r->policy->entries[cell->first_entry + i];
        if (e->effect == POLICY_NEVER && (e->operations & r->operations) != 0) {
            return e->rule;
        }
    }
    return POLICY_NO_RULE;
}

static uint32_t find_never(const struct reach *r, uint32_t number)
{
    const struct policy_pattern *pattern = &r->policy->patterns[number];
    uint32_t first = POLICY_NO_RULE;

    for (uint32_t i = 0; i < pattern->cells; i++) {
        const struct policy_cell *cell = &r->policy->cells[pattern->first_cell + i];
        uint32_t rule = is_subject(r, cell->subject) ? find_entry(r, cell) : first;
        first = rule < first ? rule : first;
    }
    return first;
}

/* Some name fits both. */
static bool overlaps(const struct policy_key *a, const struct policy_key *b)
{
    if (a->resource != b->resource) {
        return false;
    }
    return (a->is_prefix == 1 && policy_view_starts(b->name, a->name)) ||
           (b->is_prefix == 1 && policy_view_starts(a->name, b->name)) ||
           policy_view_equal(a->name, b->name);
}

bool policy_forbids(const struct policy *p, const struct policy_binding *rule,
    struct policy_decision *out)
{
    const struct reach r = reach_of(p, rule);
    uint32_t first = POLICY_NO_RULE;

    for (uint32_t i = 0; i < p->never_count; i++) {
        if (overlaps(&p->patterns[p->nevers[i]].key, &r.key)) {
            uint32_t found = find_never(&r, p->nevers[i]);
            first = found < first ? found : first;
        }
    }
    if (first != POLICY_NO_RULE) {
        *out = policy_describe(p, first);
    }
    return first != POLICY_NO_RULE;
}
