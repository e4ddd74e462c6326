#include "policytool_grip.h"

#include "mem.h"
#include "policytool_look.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX ((size_t)256 << 20)

/* --- conditions, numbered --- */

/* The condition of one rule in a form that is equal where the meaning is. */
struct form {
    size_t offset; /* in the text */
    size_t length;
    uint8_t side;
    uint32_t rule;
};

struct forms {
    struct buf text;
    struct form *items;
    size_t count;
};

static int compare_nets(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct policy_net));
}

static size_t count_nets(const struct policy_model *m, struct policy_range nets)
{
    size_t count = 0;

    for (uint32_t i = 0; i < nets.count; i++) {
        const uint32_t list = m->net_items[nets.first + i].list;
        count += list == POLICY_UNRESOLVED ? 1 : m->nets[list].nets.count;
    }
    return count;
}

static enum err add_nets(
    struct buf *b, const struct policy_model *m, struct policy_range nets)
{
    const size_t count = count_nets(m, nets);
    struct policy_net *all = mem_alloc(count + 1, sizeof(*all));
    size_t n = 0;

    if (all == NULL) {
        return ERR_NOMEM;
    }
    for (uint32_t i = 0; i < nets.count; i++) {
        const struct policy_model_net *item = &m->net_items[nets.first + i];
        const struct policy_range list = item->list == POLICY_UNRESOLVED
                                             ? (struct policy_range){nets.first + i, 1}
                                             : m->nets[item->list].nets;
        for (uint32_t k = 0; k < list.count; k++) {
            all[n++] = m->net_items[list.first + k].net;
        }
    }
    qsort(all, n, sizeof(*all), compare_nets);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || compare_nets(&all[i], &all[i - 1]) != 0) {
            buf_add(b, &all[i], sizeof(all[i]));
        }
    }
    mem_free(all);
    return OK;
}

static int compare_views(const void *a, const void *b)
{
    const struct policy_view *x = a;
    const struct policy_view *y = b;

    return policy_view_compare(*x, *y);
}

static void add_text(struct buf *b, struct policy_view text)
{
    const uint64_t length = text.len;

    buf_add(b, &length, sizeof(length));
    buf_add(b, text.ptr, text.len);
}

static enum err add_listeners(
    struct buf *b, const struct policy_model *m, struct policy_range range)
{
    struct policy_view *all = mem_alloc(range.count + 1, sizeof(*all));

    if (all == NULL) {
        return ERR_NOMEM;
    }
    for (uint32_t i = 0; i < range.count; i++) {
        all[i] = m->names[range.first + i].text;
    }
    qsort(all, range.count, sizeof(*all), compare_views);
    for (uint32_t i = 0; i < range.count; i++) {
        if (i == 0 || compare_views(&all[i], &all[i - 1]) != 0) {
            add_text(b, all[i]);
        }
    }
    mem_free(all);
    return OK;
}

static enum err add_form(
    struct buf *b, const struct policy_model *m, const struct policy_model_condition *c)
{
    if (policytool_is_unconditional(c)) {
        return OK;
    }
    const uint8_t flags[] = {c->nets.count > 0, c->is_outside,
        c->methods_written.count > 0, c->listeners.count > 0};
    buf_add(b, flags, sizeof(flags));
    buf_add(b, &c->methods, sizeof(c->methods));
    buf_add(b, &c->tls_min, sizeof(c->tls_min));
    buf_add(b, &c->age_ms, sizeof(c->age_ms));
    buf_add(b, &c->after_ms, sizeof(c->after_ms));
    buf_add(b, &c->until_ms, sizeof(c->until_ms));
    add_text(b, c->issuer);
    enum err e = add_nets(b, m, c->nets);
    return e == OK ? add_listeners(b, m, c->listeners) : e;
}

static enum err add_forms(struct forms *f, const struct policy_model *m, uint8_t side)
{
    for (size_t i = 0; i < m->rules_count; i++) {
        const size_t offset = f->text.length;
        const enum err e = add_form(&f->text, m, &m->rules[i].condition);
        if (e != OK) {
            return e;
        }
        f->items[f->count++] =
            (struct form){offset, f->text.length - offset, side, (uint32_t)i};
    }
    return buf_error(&f->text);
}

static int compare_forms(const void *a, const void *b, void *text)
{
    const struct form *x = a;
    const struct form *y = b;
    const uint8_t *bytes = text;

    return compare_views(
        &(struct policy_view){bytes == NULL ? NULL : bytes + x->offset, x->length},
        &(struct policy_view){bytes == NULL ? NULL : bytes + y->offset, y->length});
}

/* None is the shortest form, so that it gets number 0 where it occurs, and no other does. */
static void number(struct policytool_grips *g, const struct forms *f)
{
    uint32_t n = f->count > 0 && f->items[0].length > 0 ? 1 : 0;

    for (size_t i = 0; i < f->count; i++) {
        const struct form *form = &f->items[i];
        if (i > 0 && compare_forms(form, form - 1, f->text.bytes) != 0) {
            n++;
        }
        g->conditions[form->side][form->rule] = n;
        g->shown[n] = &g->models[form->side]->rules[form->rule];
        g->shown_side[n] = form->side;
    }
    g->conditions_count = (size_t)n + 1;
}

static enum err number_conditions(struct policytool_grips *g)
{
    const size_t rules = g->models[0]->rules_count + g->models[1]->rules_count;
    struct forms f = {.items = mem_alloc(rules + 1, sizeof(*f.items))};

    buf_init(&f.text, TEXT_MAX);
    for (uint8_t side = 0; side < 2; side++) {
        g->conditions[side] =
            mem_alloc(g->models[side]->rules_count + 1, sizeof(uint32_t));
    }
    g->shown = mem_alloc(rules + 2, sizeof(const struct policy_model_rule *));
    g->shown_side = mem_alloc(rules + 2, 1);
    enum err e = f.items == NULL || g->conditions[0] == NULL ||
                         g->conditions[1] == NULL || g->shown == NULL ||
                         g->shown_side == NULL
                     ? ERR_NOMEM
                     : OK;
    for (uint8_t side = 0; side < 2 && e == OK; side++) {
        e = add_forms(&f, g->models[side], side);
    }
    if (e == OK) {
        qsort_r(f.items, f.count, sizeof(*f.items), compare_forms, f.text.bytes);
        number(g, &f);
    }
    mem_free(f.items);
    buf_fini(&f.text);
    return e;
}

/* --- grips --- */

int policytool_party_compare(
    const struct policytool_party *a, const struct policytool_party *b)
{
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    const int c = compare_views(&a->source, &b->source);
    return c != 0 ? c : compare_views(&a->name, &b->name);
}

static int compare_grips(const void *a, const void *b)
{
    const struct policytool_grip *x = a;
    const struct policytool_grip *y = b;
    const int c = policytool_party_compare(&x->party, &y->party);

    if (c != 0) {
        return c;
    }
    if (x->side != y->side) {
        return x->side < y->side ? -1 : 1;
    }
    return (x->rule > y->rule) - (x->rule < y->rule);
}

static enum err add_grip(struct policytool_grips *g, struct policytool_grip grip)
{
    if (g->count == g->capacity) {
        const size_t capacity = g->capacity == 0 ? 256 : g->capacity * 2;
        void *moved = mem_resize(g->grips, capacity, sizeof(*g->grips));
        if (moved == NULL) {
            return ERR_NOMEM;
        }
        g->grips = moved;
        g->capacity = capacity;
    }
    g->grips[g->count++] = grip;
    return OK;
}

static enum err add_team(
    struct policytool_grips *g, struct policytool_grip grip, uint32_t number)
{
    const struct policy_model *m = g->models[grip.side];
    const struct policy_model_team *team = &m->teams[number];
    enum err e = OK;

    if (team->source.len > 0) {
        grip.party =
            (struct policytool_party){POLICYTOOL_GROUP, team->source, team->group};
        e = add_grip(g, grip);
    }
    for (uint32_t i = 0; i < team->members.count && e == OK; i++) {
        grip.party = (struct policytool_party){
            .kind = POLICYTOOL_PRINCIPAL, .name = m->names[team->members.first + i].text};
        e = add_grip(g, grip);
    }
    return e;
}

/* What nobody may, no rule over the network gives either. */
static enum err add_for_all(struct policytool_grips *g, struct policytool_grip grip)
{
    const bool is_refusal =
        policytool_is_refusal(&g->models[grip.side]->rules[grip.rule]);
    const enum err e = add_grip(g, grip);

    grip.party.kind = POLICYTOOL_NETWORK;
    return e == OK && is_refusal ? add_grip(g, grip) : e;
}

static enum err add_subject(struct policytool_grips *g, struct policytool_grip grip,
    const struct policy_model_subject *s)
{
    switch (s->kind) {
    case POLICY_SUBJECT_ANY:
        grip.party.kind = POLICYTOOL_ANYBODY;
        return add_for_all(g, grip);
    case POLICY_SUBJECT_ANONYMOUS:
        grip.party.kind = POLICYTOOL_ANONYMOUS;
        return add_grip(g, grip);
    case POLICY_SUBJECT_PRINCIPAL:
        grip.party =
            (struct policytool_party){.kind = POLICYTOOL_PRINCIPAL, .name = s->name.text};
        return add_grip(g, grip);
    case POLICY_SUBJECT_TEAM:
        return add_team(g, grip, s->team);
    }
    return OK;
}

static enum err add_rules(struct policytool_grips *g, uint8_t side)
{
    const struct policy_model *m = g->models[side];
    enum err e = OK;

    for (size_t i = 0; i < m->rules_count && e == OK; i++) {
        const struct policy_model_rule *r = &m->rules[i];
        struct policytool_grip grip = {.side = side, .rule = (uint32_t)i};
        if (r->kind == POLICY_RULE_DELEGATE) {
            grip.party.kind = POLICYTOOL_NETWORK;
            e = add_grip(g, grip);
            continue;
        }
        for (uint32_t k = 0; k < r->subjects.count && e == OK; k++) {
            e = add_subject(g, grip, &m->subjects[r->subjects.first + k]);
        }
    }
    return e;
}

enum err policytool_grips_make(const struct policy_model *was,
    const struct policy_model *is, struct policytool_grips *out)
{
    *out = (struct policytool_grips){.models = {was, is}};
    enum err e = number_conditions(out);
    for (uint8_t side = 0; side < 2 && e == OK; side++) {
        e = add_rules(out, side);
    }
    if (e == OK && out->count > 0) {
        qsort(out->grips, out->count, sizeof(*out->grips), compare_grips);
        size_t kept = 1;
        for (size_t i = 1; i < out->count; i++) {
            if (compare_grips(&out->grips[i], &out->grips[kept - 1]) != 0) {
                out->grips[kept++] = out->grips[i];
            }
        }
        out->count = kept;
    }
    return e;
}

void policytool_grips_fini(struct policytool_grips *g)
{
    mem_free(g->conditions[0]);
    mem_free(g->conditions[1]);
    mem_free(g->shown);
    mem_free(g->shown_side);
    mem_free(g->grips);
    *g = (struct policytool_grips){.grips = NULL};
}
