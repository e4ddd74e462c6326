#include "policy_blob.h"

#include <string.h>

/* What the rules that match one (principal, resource, name) say together. */
struct verdict {
    const struct policy *policy;
    uint32_t principal; /* index + 1; POLICY_NONE: no rule names it */
    uint32_t operation; /* the bit of which deny_rule and allow_rule are wanted, or 0 */
    uint32_t deny;
    uint32_t allow;
    uint32_t deny_rule; /* the first of the file */
    uint32_t allow_rule;
};

static bool views_equal(struct policy_view a, struct policy_view b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static uint32_t find_principal(const struct policy *p, struct policy_view name)
{
    uint64_t slot = policy_name_hash(name, 0);
    uint32_t i = policy_index_next(&p->principal_index, &slot);

    while (i != POLICY_NONE && !views_equal(p->principals[i], name)) {
        i = policy_index_next(&p->principal_index, &slot);
    }
    return i == POLICY_NONE ? POLICY_NONE : i + 1;
}

static uint32_t find_exact(
    const struct policy *p, uint32_t resource, struct policy_view name)
{
    uint64_t slot = policy_name_hash(name, resource);
    uint32_t i = policy_index_next(&p->exact_index, &slot);

    while (i != POLICY_NONE && (p->patterns[i].resource != resource ||
                                   !views_equal(p->patterns[i].name, name))) {
        i = policy_index_next(&p->exact_index, &slot);
    }
    return i;
}

/* How many patterns sort before the key or equal it. */
static uint32_t count_up_to(const struct policy *p, const struct policy_pattern *key)
{
    uint32_t low = 0;
    uint32_t high = p->counts[POLICY_PATTERNS];

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (policy_pattern_compare(&p->patterns[middle], key) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/*
 * The longest prefix pattern that the name begins with; its parents are all the others. A
 * prefix of the name sorts at or before it, and all between the two begin with that
 * prefix too: so each one is the predecessor of the name, or a parent of the predecessor.
 */
static uint32_t find_prefix(
    const struct policy *p, uint32_t resource, struct policy_view name)
{
    const struct policy_pattern key = {
        .resource = resource, .is_prefix = 1, .name = name};
    uint32_t n = count_up_to(p, &key);

    if (n == 0 || p->patterns[n - 1].resource != resource ||
        p->patterns[n - 1].is_prefix == 0) {
        return POLICY_NONE;
    }
    uint32_t i = n - 1;
    while (i != POLICY_NONE && !policy_view_starts(name, p->patterns[i].name)) {
        i = p->patterns[i].parent;
    }
    return i;
}

/* The cell of `any` stands before the others. */
static const struct policy_cell *find_any_cell(
    const struct policy *p, const struct policy_pattern *pattern)
{
    const struct policy_cell *cell = &p->cells[pattern->first_cell];

    return cell->principal == 0 ? cell : NULL;
}

/* Among the cells of the principal, which are few, the one that belongs to the pattern.
 */
static const struct policy_cell *find_own_cell(
    const struct policy *p, const struct policy_pattern *pattern, uint32_t principal)
{
    uint32_t low = p->first_of[principal];
    uint32_t end = p->first_of[principal + 1];
    uint32_t high = end;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (p->by_principal[middle] < pattern->first_cell) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == end || p->by_principal[low] - pattern->first_cell >= pattern->cells) {
        return NULL;
    }
    return &p->cells[p->by_principal[low]];
}

static uint32_t first_rule(const struct policy *p, const struct policy_cell *cell,
    bool deny, uint32_t operation, uint32_t best)
{
    for (uint32_t i = 0; i < cell->entries; i++) {
        const struct policy_entry *entry = &p->entries[cell->first_entry + i];
        if ((entry->operations & operation) != 0 && p->rules[entry->rule].deny == deny) {
            return entry->rule < best ? entry->rule : best;
        }
    }
    return best;
}

static void add_cell(struct verdict *v, const struct policy_cell *cell)
{
    if (cell == NULL) {
        return;
    }
    v->deny |= cell->deny;
    v->allow |= cell->allow;
    if ((cell->deny & v->operation) != 0) {
        v->deny_rule = first_rule(v->policy, cell, true, v->operation, v->deny_rule);
    }
    if ((cell->allow & v->operation) != 0) {
        v->allow_rule = first_rule(v->policy, cell, false, v->operation, v->allow_rule);
    }
}

static void add_pattern(struct verdict *v, uint32_t i)
{
    const struct policy_pattern *pattern = &v->policy->patterns[i];

    add_cell(v, find_any_cell(v->policy, pattern));
    if (v->principal != POLICY_NONE) {
        add_cell(v, find_own_cell(v->policy, pattern, v->principal));
    }
}

static void add_chain(struct verdict *v, uint32_t i)
{
    for (; i != POLICY_NONE; i = v->policy->patterns[i].parent) {
        add_pattern(v, i);
    }
}

static struct verdict judge(const struct policy *p, struct policy_view principal,
    uint32_t operation, uint32_t resource, struct policy_view name)
{
    struct verdict v = {.policy = p,
        .principal = find_principal(p, principal),
        .operation = operation,
        .deny_rule = POLICY_NO_RULE,
        .allow_rule = POLICY_NO_RULE};

    if (resource == POLICY_CLUSTER) {
        name.ptr = (const uint8_t *)POLICY_CLUSTER_NAME;
        name.len = sizeof(POLICY_CLUSTER_NAME) - 1;
    }
    uint32_t exact = find_exact(p, resource, name);
    if (exact != POLICY_NONE) {
        add_pattern(&v, exact);
    }
    add_chain(&v, find_prefix(p, resource, name));
    return v;
}

struct policy_decision policy_decide(const struct policy *p, const struct policy_query *q)
{
    struct policy_decision d = {.rule = POLICY_NO_RULE, .id = "default", .file = ""};

    if (q->operation < POLICY_READ || q->operation > POLICY_TWO_PHASE_COMMIT) {
        return d;
    }
    struct verdict v = judge(
        p, q->principal.name, POLICY_BIT(q->operation), (uint32_t)q->resource, q->name);
    d.rule = v.deny_rule != POLICY_NO_RULE ? v.deny_rule : v.allow_rule;
    d.allowed = v.deny_rule == POLICY_NO_RULE && v.allow_rule != POLICY_NO_RULE;
    if (d.rule != POLICY_NO_RULE) {
        d.line = p->rules[d.rule].line;
        d.id = p->rules[d.rule].id;
        d.file = p->rules[d.rule].file;
    } else if (q->principal.is_super) {
        d.allowed = true;
        d.id = "super-user";
    }
    return d;
}

#define BITS_CONFIGS                                                                     \
    (POLICY_BIT(POLICY_DESCRIBE_CONFIGS) | POLICY_BIT(POLICY_ALTER_CONFIGS))

uint32_t policy_meaningful(enum policy_resource resource)
{
    switch (resource) {
    case POLICY_TOPIC:
        return BITS_CONFIGS | POLICY_BIT(POLICY_READ) | POLICY_BIT(POLICY_WRITE) |
               POLICY_BIT(POLICY_CREATE) | POLICY_BIT(POLICY_DELETE) |
               POLICY_BIT(POLICY_ALTER) | POLICY_BIT(POLICY_DESCRIBE);
    case POLICY_GROUP:
        return BITS_CONFIGS | POLICY_BIT(POLICY_READ) | POLICY_BIT(POLICY_DELETE) |
               POLICY_BIT(POLICY_DESCRIBE);
    case POLICY_CLUSTER:
        return BITS_CONFIGS | POLICY_BIT(POLICY_CREATE) | POLICY_BIT(POLICY_ALTER) |
               POLICY_BIT(POLICY_DESCRIBE) | POLICY_BIT(POLICY_CLUSTER_ACTION) |
               POLICY_BIT(POLICY_IDEMPOTENT_WRITE);
    case POLICY_TXN:
        return POLICY_BIT(POLICY_DESCRIBE) | POLICY_BIT(POLICY_WRITE) |
               POLICY_BIT(POLICY_TWO_PHASE_COMMIT);
    }
    return 0;
}

uint32_t policy_operations(const struct policy *p, const struct policy_principal *who,
    enum policy_resource resource, struct policy_view name)
{
    struct verdict v = judge(p, who->name, 0, (uint32_t)resource, name);
    uint32_t allowed = who->is_super ? POLICY_BITS_ALL : v.allow;

    return allowed & ~v.deny & policy_meaningful(resource);
}

/* An allow is void if a deny of the very same pattern, or of a prefix of it, takes all it
 * gives. */
static bool is_void(const struct policy *p, uint32_t principal, uint32_t i)
{
    const struct policy_pattern *pattern = &p->patterns[i];
    struct verdict v = {.policy = p, .principal = principal};

    add_pattern(&v, i);
    add_chain(&v, pattern->is_prefix == 1
                      ? pattern->parent
                      : find_prefix(p, pattern->resource, pattern->name));
    return (v.deny & POLICY_BIT(POLICY_WRITE)) != 0;
}

static bool has_live_write(const struct policy *p, uint32_t principal, uint32_t cells_of)
{
    for (uint32_t i = p->first_of[cells_of]; i < p->first_of[cells_of + 1]; i++) {
        const struct policy_cell *cell = &p->cells[p->by_principal[i]];
        if (p->patterns[cell->pattern].resource == POLICY_TOPIC &&
            (cell->allow & POLICY_BIT(POLICY_WRITE)) != 0 &&
            !is_void(p, principal, cell->pattern)) {
            return true;
        }
    }
    return false;
}

bool policy_allows_any_topic_write(
    const struct policy *p, const struct policy_principal *who)
{
    if (who->is_super) { /* all but what every topic is denied; "" matches `*` alone */
        struct verdict v =
            judge(p, who->name, 0, POLICY_TOPIC, (struct policy_view){NULL, 0});
        return (v.deny & POLICY_BIT(POLICY_WRITE)) == 0;
    }
    /* Kafka first asks about one name, which stands for all that no rule names. */
    static const uint8_t probe[] = "hardcode";
    const struct policy_query q = {
        .principal = *who,
        .operation = POLICY_WRITE,
        .resource = POLICY_TOPIC,
        .name = {probe, sizeof(probe) - 1},
    };
    uint32_t principal = find_principal(p, who->name);

    if (policy_decide(p, &q).allowed) {
        return true;
    }
    return has_live_write(p, principal, 0) ||
           (principal != POLICY_NONE && has_live_write(p, principal, principal));
}
