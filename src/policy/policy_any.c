/*
 * Whether a principal may do something to some resource of a kind, whichever: as Apache
 * Kafka answers it, which looks at rules and not at names. What a rule implies does not
 * count.
 */
#include "policy_blob.h"

#include <string.h>

struct survey {
    const struct policy *policy;
    const struct policy_who *who;
    const struct policy_context *context;
    uint32_t resource;
    uint32_t operation;               /* its bit */
    const struct policy_above *above; /* NULL: none */
};

enum { UNASKED, MET, UNMET }; /* conditions of rules */

/* Each condition is looked at once in a question. */
static bool is_met(const struct survey *s, uint32_t rule)
{
    uint8_t *answer = &s->policy->answers[rule];

    if (*answer == UNASKED) {
        *answer = policy_holds(s->policy, rule, s->context) ? MET : UNMET;
    }
    return *answer == MET;
}

static bool says(const struct survey *s, const struct policy_cell *cell, uint32_t effect)
{
    const struct policy_entry *entry = &s->policy->entries[cell->first_entry];
    const struct policy_entry *end = entry + cell->entries + cell->conditionals;

    if (((cell->masks[effect] | cell->conditional) & s->operation) == 0) {
        return false;
    }
    for (; entry < end; entry++) {
        if (entry->effect == effect && (entry->written & s->operation) != 0 &&
            is_met(s, entry->rule)) {
            return true;
        }
    }
    return false;
}

/* A super user needs no allow rule, and no NEVER takes one away. */
static bool takes(const struct survey *s, const struct policy_cell *cell)
{
    return says(s, cell, POLICY_DENY) ||
           (!s->who->is_super && says(s, cell, POLICY_NEVER));
}

/* Marks the patterns that are denied by a rule of their own. */
static void mark_denied(const struct survey *s)
{
    const struct policy *p = s->policy;

    for (uint32_t i = 0; i < s->who->count; i++) {
        uint32_t subject = s->who->subjects[i];
        for (uint32_t k = p->first_of[subject]; k < p->first_of[subject + 1]; k++) {
            const struct policy_cell *cell = &p->cells[p->by_subject[k]];
            if (p->patterns[cell->pattern].key.resource == s->resource &&
                takes(s, cell)) {
                p->marks[cell->pattern] = 1;
            }
        }
    }
}

/* ... and those that a denied prefix covers. A parent stands before its children. */
static void mark_covered(const struct survey *s)
{
    const struct policy *p = s->policy;

    for (uint32_t i = p->prefixes_from[s->resource]; i < p->prefixes_end[s->resource];
         i++) {
        uint32_t parent = p->patterns[i].parent;
        if (parent != POLICY_NONE && p->marks[parent] != 0) {
            p->marks[i] = 1;
        }
    }
}

static bool is_void(const struct policy *p, uint32_t pattern)
{
    uint32_t parent = p->patterns[pattern].parent;

    return p->marks[pattern] != 0 || (parent != POLICY_NONE && p->marks[parent] != 0);
}

/* Looked at last: it is dear. */
static bool is_left(const struct survey *s, uint32_t pattern)
{
    const struct policy_key *key = &s->policy->patterns[pattern].key;

    if (s->above == NULL) {
        return true;
    }
    const struct policy_query q = {.who = s->above->who,
        .context = s->context,
        .operation = (enum policy_operation)__builtin_ctz(s->operation),
        .resource = (enum policy_resource)key->resource,
        .name = key->name};
    return policy_leaves(s->above->policy, &q, key->is_prefix == 1);
}

static bool has_live_allow(const struct survey *s)
{
    const struct policy *p = s->policy;

    for (uint32_t i = 0; i < s->who->count; i++) {
        uint32_t subject = s->who->subjects[i];
        for (uint32_t k = p->first_of[subject]; k < p->first_of[subject + 1]; k++) {
            const struct policy_cell *cell = &p->cells[p->by_subject[k]];
            if (p->patterns[cell->pattern].key.resource == s->resource &&
                !is_void(p, cell->pattern) && says(s, cell, POLICY_ALLOW) &&
                is_left(s, cell->pattern)) {
                return true;
            }
        }
    }
    return false;
}

/* Every resource of the kind is denied: by the prefix that is empty, the first one. */
static bool is_all_denied(const struct survey *s)
{
    const struct policy *p = s->policy;
    uint32_t first = p->prefixes_from[s->resource];

    return first < p->prefixes_end[s->resource] && p->patterns[first].key.name.len == 0 &&
           p->marks[first] != 0;
}

/* There is one cluster: that is no question about any. */
static bool is_question(
    const struct policy_who *who, uint32_t operation, uint32_t resource)
{
    return !who->is_excluded && operation >= POLICY_READ &&
           operation <= POLICY_TWO_PHASE_COMMIT && resource >= POLICY_TOPIC &&
           resource <= POLICY_USER && resource != POLICY_CLUSTER;
}

static void mark(const struct survey *s)
{
    memset(s->policy->marks, 0, s->policy->counts[POLICY_PATTERNS]);
    memset(s->policy->answers, UNASKED, s->policy->counts[POLICY_RULES]);
    mark_denied(s);
    mark_covered(s);
}

bool policy_allows_any(const struct policy *p, const struct policy_who *who,
    const struct policy_context *context, enum policy_operation operation,
    enum policy_resource resource)
{
    /* Kafka first asks about one name, which stands for all that no rule names. */
    static const uint8_t probe[] = "hardcode";
    const struct policy_query q = {.who = who,
        .context = context,
        .operation = operation,
        .resource = resource,
        .name = {probe, sizeof(probe) - 1}};

    if (policy_decide(p, &q).allowed) {
        return true;
    }
    if (!is_question(who, operation, resource)) {
        return false;
    }
    const struct survey s = {
        p, who, context, (uint32_t)resource, POLICY_BIT(operation), NULL};
    mark(&s);
    return who->is_super ? !is_all_denied(&s) : has_live_allow(&s);
}

bool policy_allows_any_below(const struct policy *p, const struct policy_who *who,
    const struct policy_above *above, const struct policy_context *context,
    enum policy_operation operation, enum policy_resource resource)
{
    if (!is_question(who, operation, resource)) {
        return false;
    }
    const struct survey s = {
        p, who, context, (uint32_t)resource, POLICY_BIT(operation), above};
    mark(&s);
    return has_live_allow(&s);
}
