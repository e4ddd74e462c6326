#include "policy_blob.h"

#include <string.h>

/* What the rules that match one (session, resource, name) say together. */
struct verdict {
    const struct policy *policy;
    const struct policy_who *who;
    const struct policy_context *context;
    uint32_t wanted; /* operations that are asked about */
    bool names;      /* the first rule of each effect is wanted: of one operation */
    bool is_named;   /* some rule allows or denies something to somebody */
    uint32_t masks[POLICY_EFFECTS];
    uint32_t rules[POLICY_EFFECTS]; /* the first of the file, or POLICY_NO_RULE */
};

static void add_entry(struct verdict *v, const struct policy_entry *entry)
{
    v->masks[entry->effect] |= entry->operations;
    if (entry->rule < v->rules[entry->effect]) {
        v->rules[entry->effect] = entry->rule;
    }
}

static void add_cell(struct verdict *v, const struct policy_cell *cell)
{
    const struct policy_entry *entry = &v->policy->entries[cell->first_entry];
    const struct policy_entry *end = entry + cell->entries;
    uint32_t all = 0;

    for (size_t i = 0; i < POLICY_EFFECTS; i++) {
        v->masks[i] |= cell->masks[i];
        all |= cell->masks[i];
    }
    for (; v->names && (all & v->wanted) != 0 && entry < end; entry++) {
        if ((entry->operations & v->wanted) != 0) {
            add_entry(v, entry);
        }
    }
    if ((cell->conditional & v->wanted) == 0) {
        return;
    }
    for (entry = end, end += cell->conditionals; entry < end; entry++) {
        if ((entry->operations & v->wanted) != 0 &&
            policy_holds(v->policy, entry->rule, v->context)) {
            add_entry(v, entry);
        }
    }
}

/* The cells of a pattern are in the order of subjects: any and anonymous are the first. */
static void add_pattern(struct verdict *v, const struct policy_pattern *pattern)
{
    const struct policy *p = v->policy;
    uint32_t first_team = POLICY_NUMBER_FIRST + p->counts[POLICY_PRINCIPALS];

    v->is_named = v->is_named || pattern->is_named;
    if (p->cells[pattern->first_cell].subject == POLICY_NUMBER_ANY) {
        add_cell(v, &p->cells[pattern->first_cell]);
    }
    for (uint32_t i = 1; i < v->who->count; i++) {
        uint32_t subject = v->who->subjects[i];
        if (subject >= first_team && pattern->team_cells == 0) {
            return; /* teams are the last */
        }
        const struct policy_cell *cell = policy_find_cell(p, pattern, subject);
        if (cell != NULL) {
            add_cell(v, cell);
        }
    }
}

static struct verdict begin(const struct policy *p, const struct policy_who *who,
    const struct policy_context *context, uint32_t wanted)
{
    struct verdict v = {.policy = p, .who = who, .context = context, .wanted = wanted};

    for (size_t i = 0; i < POLICY_EFFECTS; i++) {
        v.rules[i] = POLICY_NO_RULE;
    }
    return v;
}

static void judge_from(struct verdict *v, uint32_t pattern)
{
    const struct policy *p = v->policy;

    for (uint32_t i = pattern; i != POLICY_NONE; i = p->patterns[i].parent) {
        add_pattern(v, &p->patterns[i]);
    }
}

static void judge(
    struct verdict *v, enum policy_resource resource, struct policy_view name)
{
    const struct policy *p = v->policy;

    if (resource < POLICY_TOPIC || resource > POLICY_USER) {
        return;
    }
    if (resource == POLICY_CLUSTER) {
        name = policy_cluster_name();
    }
    uint32_t i = policy_find_exact(p, (uint32_t)resource, name);
    if (i == POLICY_NONE) {
        i = policy_find_prefix(p, (uint32_t)resource, name);
    }
    judge_from(v, i);
}

static bool is_operation(enum policy_operation operation)
{
    return operation >= POLICY_READ && operation <= POLICY_TWO_PHASE_COMMIT;
}

static struct policy_decision without_rule(bool allowed, const char *id)
{
    return (struct policy_decision){
        .allowed = allowed, .rule = POLICY_NO_RULE, .id = id, .file = ""};
}

struct policy_decision policy_describe(const struct policy *p, uint32_t rule)
{
    if (rule >= p->counts[POLICY_RULES]) {
        return without_rule(false, "default");
    }
    const struct policy_rule *r = &p->rules[rule];
    return (struct policy_decision){
        .rule = rule, .line = r->line, .id = r->id, .file = r->file};
}

/* Where no rule decides. */
static struct policy_decision fall_back(const struct verdict *v)
{
    if (v->who->is_super) {
        return without_rule(true, "super-user");
    }
    if ((v->policy->flags & POLICY_ALLOW_EVERYONE) != 0 && !v->is_named) {
        return without_rule(true, "everyone");
    }
    return without_rule(false, "default");
}

/* Where a NEVER matches no allow rule counts, and a super user needs none. */
static uint32_t deciding(const struct verdict *v)
{
    const uint32_t *rules = v->rules;

    if (rules[POLICY_DENY] != POLICY_NO_RULE) {
        return rules[POLICY_DENY];
    }
    if (rules[POLICY_ALLOW] == POLICY_NO_RULE || rules[POLICY_NEVER] == POLICY_NO_RULE) {
        return rules[POLICY_ALLOW];
    }
    return v->who->is_super ? POLICY_NO_RULE : rules[POLICY_NEVER];
}

struct policy_decision policy_decide(const struct policy *p, const struct policy_query *q)
{
    if (!is_operation(q->operation)) {
        return without_rule(false, "default");
    }
    if (q->who->is_excluded) {
        return without_rule(false, "excluded");
    }
    if (q->who->is_super && (p->flags & POLICY_COMPAT) != 0) {
        return without_rule(true, "super-user");
    }
    struct verdict v = begin(p, q->who, q->context, POLICY_BIT(q->operation));
    v.names = true;
    judge(&v, q->resource, q->name);
    uint32_t rule = deciding(&v);
    if (rule == POLICY_NO_RULE) {
        return fall_back(&v);
    }
    struct policy_decision d = policy_describe(p, rule);
    d.allowed = rule == v.rules[POLICY_ALLOW];
    return d;
}

bool policy_admits(
    const struct policy *p, const struct policy_query *q, uint32_t *rule_out)
{
    *rule_out = POLICY_NO_RULE;
    if (!is_operation(q->operation) || q->who->is_excluded) {
        return false;
    }
    struct verdict v = begin(p, q->who, q->context, POLICY_BIT(q->operation));
    v.names = true;
    judge(&v, q->resource, q->name);
    *rule_out = v.rules[POLICY_NEVER];
    return v.rules[POLICY_NEVER] == POLICY_NO_RULE &&
           v.rules[POLICY_DELEGATE] != POLICY_NO_RULE;
}

bool policy_leaves(const struct policy *p, const struct policy_query *q, bool is_prefix)
{
    struct verdict v = begin(p, q->who, q->context, POLICY_BIT(q->operation));

    v.names = true;
    if (is_prefix) {
        judge_from(&v, policy_find_prefix(p, (uint32_t)q->resource, q->name));
    } else {
        judge(&v, q->resource, q->name);
    }
    return !q->who->is_excluded && v.rules[POLICY_DENY] == POLICY_NO_RULE &&
           v.rules[POLICY_NEVER] == POLICY_NO_RULE &&
           v.rules[POLICY_DELEGATE] != POLICY_NO_RULE;
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
    case POLICY_TOKEN:
        return POLICY_BIT(POLICY_DESCRIBE);
    case POLICY_USER:
        return POLICY_BIT(POLICY_CREATE_TOKENS) | POLICY_BIT(POLICY_DESCRIBE_TOKENS);
    }
    return 0;
}

uint32_t policy_operations(const struct policy *p, const struct policy_who *who,
    const struct policy_context *context, enum policy_resource resource,
    struct policy_view name)
{
    uint32_t meaningful = policy_meaningful(resource);

    if (who->is_excluded) {
        return 0;
    }
    if (who->is_super && (p->flags & POLICY_COMPAT) != 0) {
        return meaningful;
    }
    struct verdict v = begin(p, who, context, meaningful);
    judge(&v, resource, name);
    uint32_t given = v.masks[POLICY_ALLOW] & ~v.masks[POLICY_NEVER];
    uint32_t allowed = fall_back(&v).allowed ? POLICY_BITS_ALL : given;
    return allowed & ~v.masks[POLICY_DENY] & meaningful;
}
