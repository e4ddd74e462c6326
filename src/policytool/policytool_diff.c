#include "policytool_diff.h"

#include "mem.h"
#include "policytool_atom.h"
#include "policytool_invariant.h"
#include "policytool_look.h"
#include "policytool_table.h"
#include "policytool_text.h"

#include <stdlib.h>
#include <string.h>

enum { CHANGE, PRINCIPALS, OPERATIONS, KIND, NAME, WAS, IS, EXCEPT, COLUMNS };

/* What changed for one party: all cells but its name, and where its name is. */
struct row {
    size_t party; /* in the texts */
    size_t cells[COLUMNS];
    size_t order;
};

struct diff {
    struct policytool_grips grips;
    struct policytool_entry *entries[2]; /* of the party at hand */
    size_t counts[2];
    struct policytool_atoms atoms;
    struct buf texts; /* of all cells, each with a NUL */
    struct row *rows;
    size_t rows_count;
    size_t rows_capacity;
};

#define TEXTS_MAX ((size_t)256 << 20)

/* --- entries of a party --- */

static size_t count_targets(
    const struct policy_model *m, const struct policy_model_rule *r)
{
    size_t count = r->targets.count;

    for (uint32_t i = 0; i < r->roles.count; i++) {
        count += m->roles[m->role_refs[r->roles.first + i].role].targets.count;
    }
    return count;
}

static void add_entries(struct diff *d, const struct policytool_grip *grip)
{
    const struct policy_model *m = d->grips.models[grip->side];
    const struct policy_model_rule *r = &m->rules[grip->rule];
    struct policytool_targets targets = policytool_targets_of(m, r);
    const struct policy_model_target *t = NULL;

    while ((t = policytool_targets_next(&targets)) != NULL) {
        const uint32_t meaningful = policy_meaningful(t->resource);
        d->entries[grip->side][d->counts[grip->side]++] =
            (struct policytool_entry){.target = t,
                .bits = r->kind == POLICY_RULE_DELEGATE ? meaningful
                                                        : policytool_effective(r, t),
                .condition = d->grips.conditions[grip->side][grip->rule],
                .is_deny = policytool_is_refusal(r)};
    }
}

struct span {
    size_t first; /* of the grips */
    size_t count;
};

static void count_span(const struct diff *d, struct span span, size_t needed[2])
{
    for (size_t i = 0; i < span.count; i++) {
        const struct policytool_grip *g = &d->grips.grips[span.first + i];
        const struct policy_model *m = d->grips.models[g->side];
        needed[g->side] += count_targets(m, &m->rules[g->rule]);
    }
}

static void drop_entries(struct diff *d)
{
    for (int side = 0; side < 2; side++) {
        mem_free(d->entries[side]);
        d->entries[side] = NULL;
        d->counts[side] = 0;
    }
}

/* Those of the party, and those of anybody. */
static enum err collect_entries(struct diff *d, struct span own, struct span anybody)
{
    size_t needed[2] = {1, 1};

    count_span(d, own, needed);
    count_span(d, anybody, needed);
    for (int side = 0; side < 2; side++) {
        d->entries[side] = mem_alloc(needed[side], sizeof(**d->entries));
        if (d->entries[side] == NULL) {
            return ERR_NOMEM;
        }
    }
    for (size_t i = 0; i < own.count; i++) {
        add_entries(d, &d->grips.grips[own.first + i]);
    }
    for (size_t i = 0; i < anybody.count; i++) {
        add_entries(d, &d->grips.grips[anybody.first + i]);
    }
    return OK;
}

/* --- rows --- */

static void end_cell(struct diff *d, size_t *cell)
{
    buf_add(&d->texts, "", 1);
    *cell = d->texts.length;
}

static void add_conditions(
    struct diff *d, const uint32_t *numbers, size_t count, bool is_whole)
{
    for (size_t i = 0; i < count; i++) {
        const struct policy_model_rule *r = d->grips.shown[numbers[i]];
        const struct policy_model *m = d->grips.models[d->grips.shown_side[numbers[i]]];
        buf_add_text(&d->texts, i > 0 ? " or " : "");
        if (numbers[i] == 0) {
            buf_add_text(&d->texts, "always");
        } else if (is_whole) {
            policytool_add_condition_whole(&d->texts, m, &r->condition);
        } else {
            policytool_add_condition(&d->texts, m, &r->condition);
        }
    }
}

static void add_form(struct diff *d, uint32_t number, bool is_whole)
{
    const struct policytool_form *f = &d->atoms.forms[number];
    const uint32_t *numbers = d->atoms.numbers + f->first;

    if (number == POLICYTOOL_NO_FORM) {
        buf_add_text(&d->texts, "no");
        return;
    }
    add_conditions(d, numbers, f->allows, is_whole);
    if (f->denies > 0) {
        buf_add_text(&d->texts, " unless ");
        add_conditions(d, numbers + f->allows, f->denies, is_whole);
    }
}

static bool has_forms(
    const struct policytool_atom *atom, uint32_t operation, uint32_t was, uint32_t is)
{
    return atom->forms[0][operation] == was && atom->forms[1][operation] == is;
}

/* Operations of one change on an atom that it does not share with the one around it. */
static uint32_t own_bits(
    const struct diff *d, const struct policytool_atom *atom, uint32_t was, uint32_t is)
{
    const struct policytool_atom *parent =
        atom->parent == POLICYTOOL_NO_ATOM ? NULL : &d->atoms.items[atom->parent];
    uint32_t bits = 0;

    for (uint32_t k = POLICY_READ; k < POLICYTOOL_OPERATIONS; k++) {
        if (has_forms(atom, k, was, is) &&
            (parent == NULL || !has_forms(parent, k, was, is))) {
            bits |= POLICY_BIT(k);
        }
    }
    return bits;
}

static bool shares(
    const struct policytool_atom *atom, uint32_t bits, uint32_t was, uint32_t is)
{
    for (uint32_t k = POLICY_READ; k < POLICYTOOL_OPERATIONS; k++) {
        if ((bits & POLICY_BIT(k)) != 0 && !has_forms(atom, k, was, is)) {
            return false;
        }
    }
    return true;
}

/* The atoms within that one to which some of it does not apply, the widest of them. */
static void add_exceptions(
    struct diff *d, size_t index, uint32_t bits, uint32_t was, uint32_t is)
{
    const struct policy_model_target *outer = d->atoms.items[index].target;
    const struct policy_model_target *last = NULL;
    size_t count = 0;

    for (size_t i = index + 1; i < d->atoms.count; i++) {
        const struct policytool_atom *atom = &d->atoms.items[i];
        if (!policytool_target_covers(outer, atom->target)) {
            break;
        }
        if (shares(atom, bits, was, is) ||
            (last != NULL && policytool_target_covers(last, atom->target))) {
            continue;
        }
        last = atom->target;
        if (count < POLICYTOOL_EXCEPT_MAX) {
            buf_add_text(&d->texts, count > 0 ? ", " : "");
            policytool_add_pattern(&d->texts, atom->target);
        }
        count++;
    }
    if (count > POLICYTOOL_EXCEPT_MAX) {
        buf_add_format(&d->texts, " and %zu more", count - POLICYTOOL_EXCEPT_MAX);
    }
}

static enum err new_row(struct diff *d, struct row **out)
{
    if (d->rows_count == d->rows_capacity) {
        const size_t capacity = d->rows_capacity == 0 ? 64 : d->rows_capacity * 2;
        void *moved = mem_resize(d->rows, capacity, sizeof(*d->rows));
        if (moved == NULL) {
            return ERR_NOMEM;
        }
        d->rows = moved;
        d->rows_capacity = capacity;
    }
    *out = &d->rows[d->rows_count];
    **out = (struct row){.order = d->rows_count};
    d->rows_count++;
    return OK;
}

/* Names are kept, unless it is what they stand for that changed. */
static void add_forms(struct diff *d, struct row *row, uint32_t was, uint32_t is)
{
    for (int whole = 0; whole < 2; whole++) {
        d->texts.length = row->cells[WAS];
        add_form(d, was, whole > 0);
        end_cell(d, &row->cells[IS]);
        add_form(d, is, whole > 0);
        end_cell(d, &row->cells[EXCEPT]);
        if (buf_error(&d->texts) != OK ||
            strcmp((const char *)d->texts.bytes + row->cells[WAS],
                (const char *)d->texts.bytes + row->cells[IS]) != 0) {
            return;
        }
    }
}

static enum err add_row(struct diff *d, size_t party, size_t index, uint32_t bits)
{
    const struct policytool_atom *atom = &d->atoms.items[index];
    const uint32_t first = (uint32_t)__builtin_ctz(bits);
    const uint32_t was = atom->forms[0][first];
    const uint32_t is = atom->forms[1][first];
    struct row *row = NULL;

    const enum err e = new_row(d, &row);
    if (e != OK) {
        return e;
    }
    row->party = party;
    row->cells[CHANGE] = d->texts.length;
    buf_add_text(&d->texts, was == POLICYTOOL_NO_FORM  ? "gained"
                            : is == POLICYTOOL_NO_FORM ? "lost"
                                                       : "changed");
    end_cell(d, &row->cells[OPERATIONS]);
    policytool_add_operations(&d->texts, bits, atom->target->resource);
    end_cell(d, &row->cells[KIND]);
    buf_add_text(&d->texts, policy_resource_name(atom->target->resource));
    end_cell(d, &row->cells[NAME]);
    if (atom->target->resource != POLICY_CLUSTER) {
        policytool_add_pattern(&d->texts, atom->target);
    }
    end_cell(d, &row->cells[WAS]);
    add_forms(d, row, was, is);
    add_exceptions(d, index, bits, was, is);
    buf_add(&d->texts, "", 1);
    return OK;
}

/* Whether a change of both operations has the same exceptions within that atom. */
static bool is_parallel(const struct diff *d, size_t index, uint32_t one, uint32_t other)
{
    const struct policytool_atom *outer = &d->atoms.items[index];
    const uint32_t was = outer->forms[0][one];
    const uint32_t is = outer->forms[1][one];

    for (size_t i = index + 1; i < d->atoms.count; i++) {
        const struct policytool_atom *atom = &d->atoms.items[i];
        if (!policytool_target_covers(outer->target, atom->target)) {
            break;
        }
        if (has_forms(atom, one, was, is) != has_forms(atom, other, was, is)) {
            return false;
        }
    }
    return true;
}

/* Those of the operations that go into one row with that one. */
static uint32_t parallel_bits(
    const struct diff *d, size_t index, uint32_t bits, uint32_t one)
{
    uint32_t out = 0;

    for (uint32_t k = POLICY_READ; k < POLICYTOOL_OPERATIONS; k++) {
        if ((bits & POLICY_BIT(k)) != 0 && is_parallel(d, index, one, k)) {
            out |= POLICY_BIT(k);
        }
    }
    return out;
}

static enum err add_atom(struct diff *d, size_t party, size_t index)
{
    const struct policytool_atom *atom = &d->atoms.items[index];
    uint32_t done = 0;
    enum err e = OK;

    for (uint32_t k = POLICY_READ; k < POLICYTOOL_OPERATIONS && e == OK; k++) {
        const uint32_t was = atom->forms[0][k];
        const uint32_t is = atom->forms[1][k];
        if (was == is || (done & POLICY_BIT(k)) != 0) {
            continue;
        }
        const uint32_t own = own_bits(d, atom, was, is);
        if ((own & POLICY_BIT(k)) != 0) {
            const uint32_t bits = parallel_bits(d, index, own, k);
            e = add_row(d, party, index, bits);
            done |= bits;
        }
    }
    return e;
}

/* --- parties --- */

static size_t add_party(struct diff *d, const struct policytool_party *p)
{
    const size_t at = d->texts.length;

    switch (p->kind) {
    case POLICYTOOL_ANYBODY:
        buf_add_text(&d->texts, "anybody else");
        break;
    case POLICYTOOL_ANONYMOUS:
        buf_add_text(&d->texts, "anonymous");
        break;
    case POLICYTOOL_NETWORK:
        buf_add_text(&d->texts, "rules over the network");
        break;
    case POLICYTOOL_GROUP:
        buf_add_text(&d->texts, "group ");
        policytool_add_view(&d->texts, p->source);
        buf_add_text(&d->texts, ":");
        policytool_add_name(&d->texts, p->name);
        break;
    case POLICYTOOL_PRINCIPAL:
        buf_add_text(&d->texts, "User:");
        policytool_add_view(&d->texts, p->name);
        break;
    }
    buf_add(&d->texts, "", 1);
    return at;
}

static enum err compare_party(struct diff *d, struct span own, struct span anybody,
    const struct policytool_party *p)
{
    enum err e = collect_entries(d, own, anybody);
    if (e == OK) {
        e = policytool_atoms_make(d->entries, d->counts, &d->atoms);
    }
    if (e == OK && d->atoms.count > 0) {
        const size_t party = add_party(d, p);
        for (size_t i = 0; i < d->atoms.count && e == OK; i++) {
            e = add_atom(d, party, i);
        }
    }
    policytool_atoms_fini(&d->atoms);
    drop_entries(d);
    return e == OK ? buf_error(&d->texts) : e;
}

static struct span span_at(const struct diff *d, size_t first)
{
    size_t end = first;

    while (end < d->grips.count && policytool_party_compare(&d->grips.grips[first].party,
                                       &d->grips.grips[end].party) == 0) {
        end++;
    }
    return (struct span){first, end - first};
}

static enum err compare_all(struct diff *d)
{
    const struct policytool_party anybody = {.kind = POLICYTOOL_ANYBODY};
    const struct policytool_party anonymous = {.kind = POLICYTOOL_ANONYMOUS};
    const struct policytool_grip *g = d->grips.grips;
    const struct span none = {0, 0};
    const bool has_any =
        d->grips.count > 0 && policytool_party_compare(&g->party, &anybody) == 0;
    const struct span any = has_any ? span_at(d, 0) : none;
    bool saw_anonymous = false;

    enum err e = compare_party(d, none, any, &anybody);
    for (size_t i = any.count; i < d->grips.count && e == OK;) {
        const struct span own = span_at(d, i);
        const enum policytool_party_kind kind = g[i].party.kind;
        saw_anonymous = saw_anonymous || kind == POLICYTOOL_ANONYMOUS;
        e = compare_party(d, own, kind == POLICYTOOL_NETWORK ? none : any, &g[i].party);
        i += own.count;
    }
    if (e == OK && !saw_anonymous) {
        e = compare_party(d, none, any, &anonymous);
    }
    return e;
}

/* --- the table --- */

static const char *cell_of(const struct diff *d, const struct row *row, size_t column)
{
    return (const char *)d->texts.bytes + row->cells[column];
}

static int compare_cells(const struct diff *d, const struct row *a, const struct row *b)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        const int c = i == PRINCIPALS ? 0 : strcmp(cell_of(d, a, i), cell_of(d, b, i));
        if (c != 0) {
            return c;
        }
    }
    return 0;
}

static int compare_rows(const void *a, const void *b, void *context)
{
    const struct row *x = a;
    const struct row *y = b;
    const int c = compare_cells(context, x, y);

    return c != 0 ? c : (x->order > y->order) - (x->order < y->order);
}

/* Rows that differ in the party alone become one. */
static void fill_table(struct diff *d, struct policytool_table *t)
{
    for (size_t i = 0; i < d->rows_count;) {
        const struct row *row = &d->rows[i];
        size_t end = i;
        policytool_table_add(t, cell_of(d, row, CHANGE));
        for (; end < d->rows_count && compare_cells(d, row, &d->rows[end]) == 0; end++) {
            buf_add_text(policytool_table_cell(t), end > i ? ", " : "");
            buf_add_text(policytool_table_cell(t),
                (const char *)d->texts.bytes + d->rows[end].party);
        }
        policytool_table_next(t);
        for (size_t k = OPERATIONS; k < COLUMNS; k++) {
            policytool_table_add(t, cell_of(d, row, k));
        }
        i = end;
    }
}

static enum err write_rows(struct diff *d, bool as_json, struct buf *out)
{
    static const char *const columns[COLUMNS] = {
        "CHANGE", "PRINCIPALS", "OPERATIONS", "KIND", "NAME", "WAS", "IS", "EXCEPT"};
    struct policytool_table table;

    if (d->rows_count == 0 && !as_json) {
        buf_add_text(out, "no change in effect\n");
        return buf_error(out);
    }
    if (d->rows_count > 0) {
        qsort_r(d->rows, d->rows_count, sizeof(*d->rows), compare_rows, d);
    }
    policytool_table_init(&table, columns, COLUMNS);
    fill_table(d, &table);
    const enum err e = policytool_table_write(&table, as_json, out);
    policytool_table_fini(&table);
    return e;
}

enum err policytool_diff(const struct policy_model *was, const struct policy_model *is,
    bool as_json, struct buf *out, bool *differs_out)
{
    struct diff d = {.rows = NULL};
    bool other_invariants = false;

    buf_init(&d.texts, TEXTS_MAX);
    enum err e = policytool_grips_make(was, is, &d.grips);
    if (e == OK) {
        e = compare_all(&d);
    }
    if (e == OK) {
        buf_add_text(out, as_json ? "\"changes\": " : "");
        e = write_rows(&d, as_json, out);
    }
    if (e == OK) {
        buf_add_text(out, as_json ? ", \"invariants\": " : "");
        e = policytool_invariant_write(was, is, as_json, out, &other_invariants);
    }
    if (e == OK) {
        *differs_out = d.rows_count > 0 || other_invariants;
    }
    policytool_grips_fini(&d.grips);
    buf_fini(&d.texts);
    mem_free(d.rows);
    return e;
}
