#include "policy_overlap.h"

#include "mem.h"
#include "policy_text.h"

#include <stdlib.h>

#define NONE UINT32_MAX

bool policy_overlap_covers(
    const struct policy_model_target *outer, const struct policy_model_target *inner)
{
    if (outer->resource != inner->resource) {
        return false;
    }
    if (outer->resource == POLICY_CLUSTER) {
        return true;
    }
    if (outer->is_prefix) {
        return policy_text_starts(inner->name, outer->name);
    }
    return !inner->is_prefix && policy_text_compare(inner->name, outer->name) == 0;
}

/* --- in order --- */

static int compare_names(
    const struct policy_model_target *x, const struct policy_model_target *y)
{
    if (x->resource != y->resource) {
        return x->resource < y->resource ? -1 : 1;
    }
    return x->resource == POLICY_CLUSTER ? 0 : policy_text_compare(x->name, y->name);
}

/* A prefix stands before the exact name that is equal to it, which it covers. */
static int compare_spots(const void *a, const void *b)
{
    const struct policy_spot *x = a;
    const struct policy_spot *y = b;
    int c = compare_names(x->target, y->target);

    if (c != 0) {
        return c;
    }
    if (x->target->is_prefix != y->target->is_prefix) {
        return x->target->is_prefix ? -1 : 1;
    }
    return (x->rule > y->rule) - (x->rule < y->rule);
}

static void set_parents(struct policy_overlap *o)
{
    for (uint32_t i = 0; i < o->count; i++) {
        uint32_t above = i == 0 ? NONE : i - 1;
        while (above != NONE &&
               !(o->spots[above].target->is_prefix &&
                   policy_overlap_covers(o->spots[above].target, o->spots[i].target))) {
            above = o->spots[above].parent;
        }
        o->spots[i].parent = above;
    }
}

/* --- made --- */

static uint64_t count_targets(
    const struct policy_model *m, const struct policy_model_rule *r)
{
    uint64_t count = r->targets.count;

    for (uint32_t i = 0; i < r->roles.count; i++) {
        const struct policy_model_role_ref *ref = &m->role_refs[r->roles.first + i];
        count += m->roles[ref->role].targets.count;
    }
    return count;
}

static void add_range(struct policy_overlap *o, const struct policy_model *m,
    struct policy_range r, uint32_t rule)
{
    for (uint32_t i = 0; i < r.count; i++) {
        o->spots[o->count++] =
            (struct policy_spot){.target = &m->targets[r.first + i], .rule = rule};
    }
}

static void add_rule(
    struct policy_overlap *o, const struct policy_model *m, uint32_t rule)
{
    const struct policy_model_rule *r = &m->rules[rule];

    add_range(o, m, r->targets, rule);
    for (uint32_t i = 0; i < r->roles.count; i++) {
        const struct policy_model_role_ref *ref = &m->role_refs[r->roles.first + i];
        add_range(o, m, m->roles[ref->role].targets, rule);
    }
}

enum err policy_overlap_init(
    struct policy_overlap *o, const struct policy_model *m, policy_rule_filter *is_wanted)
{
    uint64_t total = 0;

    *o = (struct policy_overlap){.count = 0};
    for (size_t i = 0; i < m->rules_count; i++) {
        total += is_wanted(&m->rules[i]) ? count_targets(m, &m->rules[i]) : 0;
    }
    if (total > POLICY_ENTRIES_MAX) {
        return ERR_FULL;
    }
    o->spots = mem_alloc((size_t)total, sizeof(*o->spots));
    if (o->spots == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < m->rules_count; i++) {
        if (is_wanted(&m->rules[i])) {
            add_rule(o, m, (uint32_t)i);
        }
    }
    if (o->count > 0) {
        qsort(o->spots, o->count, sizeof(*o->spots), compare_spots);
    }
    set_parents(o);
    return OK;
}

void policy_overlap_fini(struct policy_overlap *o)
{
    mem_free(o->spots);
    *o = (struct policy_overlap){.count = 0};
}

/* --- asked --- */

/* The first whose name is not before the target's. */
static uint32_t lower_bound(
    const struct policy_overlap *o, const struct policy_model_target *target)
{
    uint32_t from = 0;
    uint32_t to = o->count;

    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (compare_names(o->spots[middle].target, target) < 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

struct policy_overlap_walk policy_overlap_begin(const struct policy_overlap *o,
    const struct policy_model_target *target, bool covering_only)
{
    uint32_t at = lower_bound(o, target);

    return (struct policy_overlap_walk){.overlap = o,
        .target = target,
        .covering_only = covering_only,
        .above = at == 0 ? NONE : at - 1,
        .below = at};
}

/* Every shorter name that covers the target covers the one just before the target too. */
static const struct policy_spot *next_above(struct policy_overlap_walk *w)
{
    const struct policy_spot *spot = &w->overlap->spots[w->above];

    w->above = spot->parent;
    return spot->target->is_prefix && policy_overlap_covers(spot->target, w->target)
               ? spot
               : NULL;
}

static const struct policy_spot *next_below(struct policy_overlap_walk *w, bool *ended)
{
    const struct policy_spot *spot = &w->overlap->spots[w->below];
    bool same = compare_names(spot->target, w->target) == 0;

    /* Longer names are met by a prefix alone, and cover nothing of it. */
    *ended = !same && (w->covering_only || !w->target->is_prefix ||
                          !policy_overlap_covers(w->target, spot->target));
    w->below++;
    if (*ended || (w->covering_only && !policy_overlap_covers(spot->target, w->target))) {
        return NULL;
    }
    return spot;
}

const struct policy_spot *policy_overlap_next(
    struct policy_overlap_walk *w, struct policy_people *people)
{
    const struct policy_spot *spot = NULL;

    while (spot == NULL && w->above != NONE) {
        if (!policy_people_spend(people, 1)) {
            return NULL;
        }
        spot = next_above(w);
    }
    while (spot == NULL && w->below < w->overlap->count) {
        bool ended = false;
        if (!policy_people_spend(people, 1)) {
            return NULL;
        }
        spot = next_below(w, &ended);
        if (ended) {
            w->below = w->overlap->count;
        }
    }
    return spot;
}
