#include "policytool_atom.h"

#include "mem.h"
#include "policytool_look.h"

#include <stdlib.h>
#include <string.h>

/* --- order --- */

/* A pattern stands before those within it: prefixes before exact names, and short ones
 * first. */
static int compare_targets(
    const struct policy_model_target *a, const struct policy_model_target *b)
{
    if (a->resource != b->resource || a->resource == POLICY_CLUSTER) {
        return (a->resource > b->resource) - (a->resource < b->resource);
    }
    const size_t shorter = a->name.len < b->name.len ? a->name.len : b->name.len;
    const int c = shorter == 0 ? 0 : memcmp(a->name.ptr, b->name.ptr, shorter);
    if (c != 0) {
        return c;
    }
    if (a->name.len != b->name.len) {
        return a->name.len < b->name.len ? -1 : 1;
    }
    return (int)b->is_prefix - (int)a->is_prefix;
}

static int compare_entries(const void *a, const void *b)
{
    const struct policytool_entry *x = a;
    const struct policytool_entry *y = b;
    const int c = compare_targets(x->target, y->target);

    if (c != 0) {
        return c;
    }
    if (x->is_deny != y->is_deny) {
        return x->is_deny ? 1 : -1;
    }
    if (x->condition != y->condition) {
        return x->condition < y->condition ? -1 : 1;
    }
    return (x->bits > y->bits) - (x->bits < y->bits);
}

/* --- what changed --- */

/* Entries that only one side has; *out has room for all of both. */
static size_t find_changed(struct policytool_entry *const entries[2],
    const size_t counts[2], const struct policytool_entry **out)
{
    size_t n = 0;
    size_t i = 0;
    size_t k = 0;

    while (i < counts[0] || k < counts[1]) {
        int c = i == counts[0] ? 1 : -1;
        if (i < counts[0] && k < counts[1]) {
            c = compare_entries(&entries[0][i], &entries[1][k]);
        }
        if (c < 0) {
            out[n++] = &entries[0][i++];
        } else if (c > 0) {
            out[n++] = &entries[1][k++];
        } else {
            i++;
            k++;
        }
    }
    return n;
}

/*
 * The entries around each of a row of patterns. In their order a prefix is followed by all
 * that lies within it, so that what is around one pattern is what is still open there.
 */
struct sweep {
    const struct policytool_entry **entries; /* in order */
    size_t count;
    size_t next;
    const struct policytool_entry **open; /* wider ones first */
    size_t depth;
};

static enum err sweep_init(struct sweep *s, size_t count)
{
    *s = (struct sweep){.count = count};
    s->entries = mem_alloc(count + 1, sizeof(const struct policytool_entry *));
    s->open = mem_alloc(count + 1, sizeof(const struct policytool_entry *));
    return s->entries == NULL || s->open == NULL ? ERR_NOMEM : OK;
}

static void sweep_fini(struct sweep *s)
{
    mem_free(s->entries);
    mem_free(s->open);
}

/* Patterns are to come in order. */
static void sweep_to(struct sweep *s, const struct policy_model_target *t)
{
    while (s->depth > 0 && !policytool_target_covers(s->open[s->depth - 1]->target, t)) {
        s->depth--;
    }
    while (s->next < s->count && compare_targets(s->entries[s->next]->target, t) <= 0) {
        const struct policytool_entry *e = s->entries[s->next++];
        if (policytool_target_covers(e->target, t)) {
            s->open[s->depth++] = e;
        }
    }
}

/* Patterns of both sides in order, each once. */
static void add_atoms(struct policytool_atoms *a,
    struct policytool_entry *const entries[2], const size_t counts[2],
    struct sweep *changed)
{
    const struct policy_model_target *last = NULL;
    size_t i = 0;
    size_t k = 0;

    while (i < counts[0] || k < counts[1]) {
        const bool takes_first =
            k == counts[1] || (i < counts[0] && compare_targets(entries[0][i].target,
                                                    entries[1][k].target) <= 0);
        const struct policy_model_target *t =
            takes_first ? entries[0][i++].target : entries[1][k++].target;
        sweep_to(changed, t);
        if ((last == NULL || compare_targets(last, t) != 0) && changed->depth > 0) {
            a->items[a->count++] = (struct policytool_atom){.target = t};
        }
        last = t;
    }
}

static void set_parents(struct policytool_atoms *a)
{
    size_t open = POLICYTOOL_NO_ATOM;

    for (size_t i = 0; i < a->count; i++) {
        while (open != POLICYTOOL_NO_ATOM &&
               !policytool_target_covers(a->items[open].target, a->items[i].target)) {
            open = a->items[open].parent;
        }
        a->items[i].parent = open;
        open = i;
    }
}

/* --- forms --- */

static enum err room(void **items, size_t *capacity, size_t needed, size_t size)
{
    if (needed <= *capacity) {
        return OK;
    }
    void *moved = mem_resize(*items, needed * 2, size);
    if (moved == NULL) {
        return ERR_NOMEM;
    }
    *items = moved;
    *capacity = needed * 2;
    return OK;
}

static int compare_numbers(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static size_t sort_numbers(uint32_t *numbers, size_t count)
{
    size_t kept = 0;

    qsort(numbers, count, sizeof(*numbers), compare_numbers);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || numbers[i] != numbers[kept - 1]) {
            numbers[kept++] = numbers[i];
        }
    }
    return kept;
}

/* Conditions of the entries around the atom that are about the operation, from there on in
 * numbers, where there is room. */
static size_t collect(struct policytool_atoms *a, size_t at,
    const struct policytool_entry *const *around, size_t count, uint32_t bit, bool denies)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        if (around[i]->is_deny == denies && (around[i]->bits & bit) != 0) {
            a->numbers[at + n++] = around[i]->condition;
        }
    }
    return sort_numbers(a->numbers + at, n);
}

/* The number of a form that lies behind all others; one that is known is used again. */
static enum err keep_form(
    struct policytool_atoms *a, struct policytool_form form, uint32_t *out)
{
    const size_t length = form.allows + form.denies;

    for (size_t i = 0; i < a->forms_count; i++) {
        const struct policytool_form *known = &a->forms[i];
        if (known->allows == form.allows && known->denies == form.denies &&
            (length == 0 || memcmp(a->numbers + known->first, a->numbers + form.first,
                                length * sizeof(*a->numbers)) == 0)) {
            *out = (uint32_t)i;
            return OK;
        }
    }
    void *forms = a->forms;
    const enum err e =
        room(&forms, &a->forms_capacity, a->forms_count + 1, sizeof(*a->forms));
    a->forms = forms;
    if (e == OK) {
        a->numbers_count += length;
        *out = (uint32_t)a->forms_count;
        a->forms[a->forms_count++] = form;
    }
    return e;
}

static enum err form_of(struct policytool_atoms *a,
    const struct policytool_entry *const *around, size_t count, uint32_t bit,
    uint32_t *out)
{
    struct policytool_form form = {.first = a->numbers_count};
    void *numbers = a->numbers;

    const enum err e = room(&numbers, &a->numbers_capacity, a->numbers_count + count + 1,
        sizeof(*a->numbers));
    a->numbers = numbers;
    if (e != OK) {
        return e;
    }
    form.denies = collect(a, form.first, around, count, bit, true);
    if (form.denies > 0 && a->numbers[form.first] == 0) {
        *out = POLICYTOOL_NO_FORM;
        return OK;
    }
    form.allows = collect(a, form.first, around, count, bit, false);
    if (form.allows == 0) {
        *out = POLICYTOOL_NO_FORM;
        return OK;
    }
    if (a->numbers[form.first] == 0) {
        form.allows = 1; /* always: the other conditions say nothing */
    }
    form.denies = collect(a, form.first + form.allows, around, count, bit, true);
    return keep_form(a, form, out);
}

static enum err set_forms(
    struct policytool_atoms *a, size_t index, const struct sweep *s, int side)
{
    struct policytool_atom *atom = &a->items[index];
    const uint32_t meaningful = policy_meaningful(atom->target->resource);
    enum err e = OK;

    for (uint32_t k = POLICY_READ; k < POLICYTOOL_OPERATIONS && e == OK; k++) {
        if ((meaningful & POLICY_BIT(k)) != 0) {
            e = form_of(a, s->open, s->depth, POLICY_BIT(k), &atom->forms[side][k]);
        }
    }
    return e;
}

static enum err set_side(struct policytool_atoms *a,
    const struct policytool_entry *entries, size_t count, int side)
{
    struct sweep s;
    enum err e = sweep_init(&s, count);

    for (size_t i = 0; i < count && e == OK; i++) {
        s.entries[i] = &entries[i];
    }
    for (size_t i = 0; i < a->count && e == OK; i++) {
        sweep_to(&s, a->items[i].target);
        e = set_forms(a, i, &s, side);
    }
    sweep_fini(&s);
    return e;
}

enum err policytool_atoms_make(struct policytool_entry *entries[2],
    const size_t counts[2], struct policytool_atoms *out)
{
    const size_t total = counts[0] + counts[1];
    struct sweep changed;
    uint32_t none = 0;

    *out = (struct policytool_atoms){.count = 0};
    enum err e = sweep_init(&changed, total);
    out->items = mem_alloc(total + 1, sizeof(*out->items));
    e = out->items == NULL ? ERR_NOMEM : e;
    if (e == OK) {
        e = keep_form(out, (struct policytool_form){.first = 0}, &none);
    }
    if (e == OK) {
        qsort(entries[0], counts[0], sizeof(**entries), compare_entries);
        qsort(entries[1], counts[1], sizeof(**entries), compare_entries);
        changed.count = find_changed(entries, counts, changed.entries);
        add_atoms(out, entries, counts, &changed);
        set_parents(out);
    }
    for (int side = 0; side < 2 && e == OK; side++) {
        e = set_side(out, entries[side], counts[side], side);
    }
    sweep_fini(&changed);
    return e;
}

void policytool_atoms_fini(struct policytool_atoms *a)
{
    mem_free(a->items);
    mem_free(a->forms);
    mem_free(a->numbers);
    *a = (struct policytool_atoms){.count = 0};
}
