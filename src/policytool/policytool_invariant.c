#include "policytool_invariant.h"

#include "mem.h"
#include "policytool_parts.h"
#include "policytool_table.h"
#include "policytool_text.h"

#include <stdlib.h>
#include <string.h>

#define TEXTS_MAX ((size_t)256 << 20)

enum kind { NEVER, EXCLUSIVE, TEST, KINDS };

/* Texts are offsets, each ends with a NUL. */
struct item {
    enum kind kind;
    size_t index; /* in the model */
    size_t key;   /* what it is known by */
    size_t form;  /* equal where the meaning is */
    bool is_paired;
};

struct invariants {
    const struct policy_model *models[2];
    struct buf texts;
    struct item *items[2]; /* was, is */
    size_t counts[2];
    struct policytool_parts parts; /* of the statement at hand */
    struct policytool_parts lines[2];
    struct policytool_table table;
};

/* --- forms --- */

static size_t begin(struct invariants *v)
{
    policytool_parts_reset(&v->parts);
    return v->texts.length;
}

static void add_typed(struct policytool_parts *parts, struct policy_view name)
{
    buf_add_text(policytool_parts_text(parts), "User:");
    policytool_add_name(policytool_parts_text(parts), name);
    policytool_parts_next(parts);
}

static void add_team(struct policytool_parts *parts, const struct policy_model *m,
    const struct policy_model_team *team)
{
    for (uint32_t i = 0; i < team->members.count; i++) {
        add_typed(parts, m->names[team->members.first + i].text);
    }
    if (team->source.len > 0) {
        struct buf *b = policytool_parts_text(parts);
        buf_add_text(b, "group ");
        policytool_add_view(b, team->source);
        buf_add_text(b, ":");
        policytool_add_name(b, team->group);
        policytool_parts_next(parts);
    }
}

static void add_subject(struct policytool_parts *parts, const struct policy_model *m,
    const struct policy_model_subject *s)
{
    switch (s->kind) {
    case POLICY_SUBJECT_ANY:
        policytool_parts_add(parts, "any");
        return;
    case POLICY_SUBJECT_ANONYMOUS:
        policytool_parts_add(parts, "anonymous");
        return;
    case POLICY_SUBJECT_PRINCIPAL:
        add_typed(parts, s->name.text);
        return;
    case POLICY_SUBJECT_TEAM:
        break;
    }
    add_team(parts, m, &m->teams[s->team]);
}

static void add_target(
    struct policytool_parts *parts, const struct policy_model_target *t)
{
    struct buf *b = policytool_parts_text(parts);

    policytool_add_operations(b, t->operations, t->resource);
    buf_add_format(b, " %s", policy_resource_name(t->resource));
    if (t->resource != POLICY_CLUSTER) {
        buf_add_text(b, " ");
        policytool_add_pattern(b, t);
    }
    policytool_parts_next(parts);
}

static void add_never_form(
    struct invariants *v, const struct policy_model *m, const struct policy_model_rule *r)
{
    buf_add_text(&v->texts, "never ");
    for (uint32_t i = 0; i < r->subjects.count; i++) {
        add_subject(&v->parts, m, &m->subjects[r->subjects.first + i]);
    }
    policytool_parts_join(&v->parts, ", ", &v->texts);
    policytool_parts_reset(&v->parts);
    buf_add_text(&v->texts, " to ");
    for (uint32_t i = 0; i < r->targets.count; i++) {
        add_target(&v->parts, &m->targets[r->targets.first + i]);
    }
    policytool_parts_join(&v->parts, "; ", &v->texts);
}

/* Each team as its members: in an order of their names two could change places. */
static void add_exclusive_form(struct invariants *v, const struct policy_model *m,
    const struct policy_model_exclusive *x)
{
    struct policytool_parts *members = &v->lines[0];

    for (uint32_t i = 0; i < x->teams.count; i++) {
        const uint32_t team = m->team_refs[x->teams.first + i].team;
        policytool_parts_reset(members);
        add_team(members, m, &m->teams[team]);
        struct buf *b = policytool_parts_text(&v->parts);
        buf_add_text(b, "{ ");
        policytool_parts_join(members, ", ", b);
        buf_add_text(b, " }");
        policytool_parts_next(&v->parts);
    }
    buf_add_text(&v->texts, "exclusive ");
    policytool_parts_join(&v->parts, ", ", &v->texts);
}

static void add_exclusive_key(struct invariants *v, const struct policy_model *m,
    const struct policy_model_exclusive *x)
{
    for (uint32_t i = 0; i < x->teams.count; i++) {
        struct buf *b = policytool_parts_text(&v->parts);
        buf_add_text(b, "@");
        policytool_add_view(b, m->team_refs[x->teams.first + i].name.text);
        policytool_parts_next(&v->parts);
    }
    policytool_parts_join(&v->parts, ", ", &v->texts);
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* One blank where there are several, but in quotes. */
static void add_squeezed(struct buf *b, struct policy_view text)
{
    const char *between = "";

    for (size_t i = 0; i < text.len;) {
        const size_t first = i;
        bool is_quoted = false;
        for (; i < text.len && (is_quoted || !is_blank(text.ptr[i])); i++) {
            is_quoted = is_quoted != (text.ptr[i] == '"');
        }
        buf_add_text(b, between);
        policytool_add_view(b, (struct policy_view){text.ptr + first, i - first});
        between = " ";
        while (i < text.len && is_blank(text.ptr[i])) {
            i++;
        }
    }
}

static void add_lines(struct policytool_parts *parts, const struct policy_model *m,
    const struct policy_model_test *t)
{
    for (uint32_t i = 0; i < t->cases.count; i++) {
        add_squeezed(policytool_parts_text(parts), m->cases[t->cases.first + i].text);
        policytool_parts_next(parts);
    }
}

/* --- items --- */

static void end_text(struct invariants *v)
{
    buf_add(&v->texts, "", 1);
}

static struct item *new_item(struct invariants *v, int side, enum kind kind, size_t index)
{
    struct item *item = &v->items[side][v->counts[side]++];

    *item = (struct item){.kind = kind, .index = index};
    return item;
}

static void take_never(struct invariants *v, int side, size_t index)
{
    const struct policy_model *m = v->models[side];
    const struct policy_model_rule *r = &m->rules[index];
    struct item *item = new_item(v, side, NEVER, index);

    item->key = begin(v);
    buf_add_text(&v->texts, r->id);
    end_text(v);
    item->form = begin(v);
    add_never_form(v, m, r);
    end_text(v);
}

static void take_exclusive(struct invariants *v, int side, size_t index)
{
    const struct policy_model *m = v->models[side];
    struct item *item = new_item(v, side, EXCLUSIVE, index);

    item->key = begin(v);
    add_exclusive_key(v, m, &m->exclusives[index]);
    end_text(v);
    item->form = begin(v);
    add_exclusive_form(v, m, &m->exclusives[index]);
    end_text(v);
}

static void take_test(struct invariants *v, int side, size_t index)
{
    const struct policy_model *m = v->models[side];
    struct item *item = new_item(v, side, TEST, index);

    item->key = begin(v);
    policytool_add_view(&v->texts, m->tests[index].name);
    end_text(v);
    item->form = begin(v);
    add_lines(&v->parts, m, &m->tests[index]);
    policytool_parts_join(&v->parts, "; ", &v->texts);
    end_text(v);
}

static enum err take_all(struct invariants *v, int side)
{
    const struct policy_model *m = v->models[side];

    v->items[side] = mem_alloc(
        m->rules_count + m->exclusives_count + m->tests_count + 1, sizeof(**v->items));
    if (v->items[side] == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < m->rules_count; i++) {
        if (m->rules[i].kind == POLICY_RULE_NEVER) {
            take_never(v, side, i);
        }
    }
    for (size_t i = 0; i < m->exclusives_count; i++) {
        take_exclusive(v, side, i);
    }
    for (size_t i = 0; i < m->tests_count; i++) {
        take_test(v, side, i);
    }
    const enum err e = policytool_parts_error(&v->parts);
    return e == OK ? buf_error(&v->texts) : e;
}

/* --- pairs --- */

static const char *text_at(const struct invariants *v, size_t at)
{
    return (const char *)v->texts.bytes + at;
}

static int compare_by_form(const void *a, const void *b, void *context)
{
    const struct item *x = a;
    const struct item *y = b;

    if (x->kind != y->kind) {
        return x->kind < y->kind ? -1 : 1;
    }
    return strcmp(text_at(context, x->form), text_at(context, y->form));
}

static int compare_by_key(const void *a, const void *b, void *context)
{
    const struct item *x = a;
    const struct item *y = b;

    if (x->kind != y->kind) {
        return x->kind < y->kind ? -1 : 1;
    }
    const int c = strcmp(text_at(context, x->key), text_at(context, y->key));
    return c != 0 ? c : (x->index > y->index) - (x->index < y->index);
}

/* What stands twice has a pair where one stands. */
static void pair_equal(struct invariants *v)
{
    for (int side = 0; side < 2; side++) {
        qsort_r(v->items[side], v->counts[side], sizeof(**v->items), compare_by_form, v);
    }
    for (size_t i = 0, k = 0; i < v->counts[0] && k < v->counts[1];) {
        struct item *was = &v->items[0][i];
        struct item *is = &v->items[1][k];
        const int c = compare_by_form(was, is, v);
        if (c != 0) {
            i += c < 0 ? 1 : 0;
            k += c > 0 ? 1 : 0;
            continue;
        }
        while (i < v->counts[0] && compare_by_form(&v->items[0][i], is, v) == 0) {
            v->items[0][i++].is_paired = true;
        }
        while (k < v->counts[1] && compare_by_form(was, &v->items[1][k], v) == 0) {
            v->items[1][k++].is_paired = true;
        }
    }
}

static void keep_unpaired(struct invariants *v)
{
    for (int side = 0; side < 2; side++) {
        size_t kept = 0;
        for (size_t i = 0; i < v->counts[side]; i++) {
            if (!v->items[side][i].is_paired) {
                v->items[side][kept++] = v->items[side][i];
            }
        }
        v->counts[side] = kept;
        qsort_r(v->items[side], kept, sizeof(**v->items), compare_by_key, v);
    }
}

/* --- rows --- */

static void add_written(struct invariants *v, int side, const struct item *item)
{
    struct buf *b = policytool_table_cell(&v->table);

    if (item->kind == NEVER) {
        policytool_add_view(b, v->models[side]->rules[item->index].text);
    } else if (item->kind == EXCLUSIVE) {
        buf_add_text(b, "exclusive ");
        buf_add_text(b, text_at(v, item->key));
    } else {
        buf_add_text(b, text_at(v, item->form));
    }
}

/* Of two that have the same key: whether teams alone make the difference. An id without a
 * label is made from the words. */
static bool are_same_words(const struct invariants *v, const struct item *pair[2])
{
    if (pair[0]->kind == EXCLUSIVE) {
        return true;
    }
    const struct policy_model_rule *was = &v->models[0]->rules[pair[0]->index];
    const struct policy_model_rule *is = &v->models[1]->rules[pair[1]->index];
    return (was->label.len == 0 && is->label.len == 0) ||
           policy_view_equal(was->text, is->text);
}

/* As written, or as what the teams stand for where that alone has changed. */
static void add_texts(struct invariants *v, const struct item *pair[2])
{
    const bool shows_forms =
        pair[0] != NULL && pair[1] != NULL && are_same_words(v, pair);

    for (int side = 0; side < 2; side++) {
        if (shows_forms) {
            buf_add_text(policytool_table_cell(&v->table), text_at(v, pair[side]->form));
        } else if (pair[side] != NULL) {
            add_written(v, side, pair[side]);
        }
        policytool_table_next(&v->table);
    }
}

/* Of a test that changed, the lines that the other one does not have. */
static void add_test_lines(struct invariants *v, const struct item *pair[2])
{
    for (int side = 0; side < 2; side++) {
        const struct policy_model *m = v->models[side];
        policytool_parts_reset(&v->lines[side]);
        add_lines(&v->lines[side], m, &m->tests[pair[side]->index]);
        policytool_parts_sort(&v->lines[side]);
    }
    for (int side = 0; side < 2; side++) {
        policytool_parts_join_without(
            &v->lines[side], &v->lines[1 - side], "; ", policytool_table_cell(&v->table));
        policytool_table_next(&v->table);
    }
}

static const struct report_place *place_of(
    const struct policy_model *m, const struct item *item)
{
    switch (item->kind) {
    case NEVER:
        return &m->rules[item->index].place;
    case EXCLUSIVE:
        return &m->exclusives[item->index].place;
    case TEST:
    case KINDS:
        break;
    }
    return &m->tests[item->index].place;
}

static void add_row(struct invariants *v, const struct item *was, const struct item *is)
{
    static const char *const words[KINDS] = {"never", "exclusive", "test"};
    const struct item *pair[2] = {was, is};
    const struct item *any = is != NULL ? is : was;
    struct policytool_table *t = &v->table;

    policytool_table_add(t, was == NULL ? "added" : is == NULL ? "removed" : "changed");
    policytool_table_add(t, words[any->kind]);
    policytool_table_add(t, text_at(v, any->key));
    if (any->kind == TEST && was != NULL && is != NULL) {
        add_test_lines(v, pair);
    } else {
        add_texts(v, pair);
    }
    policytool_add_place(
        policytool_table_cell(t), place_of(v->models[is != NULL ? 1 : 0], any));
    policytool_table_next(t);
}

static bool is_same_key(
    const struct invariants *v, const struct item *a, const struct item *b)
{
    return a->kind == b->kind && strcmp(text_at(v, a->key), text_at(v, b->key)) == 0;
}

static void fill_table(struct invariants *v)
{
    for (size_t i = 0, k = 0; i < v->counts[0] || k < v->counts[1];) {
        const struct item *was = i < v->counts[0] ? &v->items[0][i] : NULL;
        const struct item *is = k < v->counts[1] ? &v->items[1][k] : NULL;
        if (was != NULL && is != NULL && !is_same_key(v, was, is)) {
            const bool is_first = compare_by_key(was, is, v) < 0;
            was = is_first ? was : NULL;
            is = is_first ? NULL : is;
        }
        add_row(v, was, is);
        i += was != NULL ? 1 : 0;
        k += is != NULL ? 1 : 0;
    }
}

static enum err write_table(struct invariants *v, bool as_json, struct buf *out)
{
    static const char *const columns[] = {
        "CHANGE", "INVARIANT", "ID", "WAS", "IS", "PLACE"};

    policytool_table_init(&v->table, columns, sizeof(columns) / sizeof(columns[0]));
    fill_table(v);
    enum err e = policytool_parts_error(&v->lines[0]);
    e = e == OK ? policytool_parts_error(&v->lines[1]) : e;
    if (e == OK && (as_json || v->table.cells > 0)) {
        buf_add_text(out, as_json ? "" : "\n");
        e = policytool_table_write(&v->table, as_json, out);
    }
    policytool_table_fini(&v->table);
    return e;
}

enum err policytool_invariant_write(const struct policy_model *was,
    const struct policy_model *is, bool as_json, struct buf *out, bool *differs_out)
{
    struct invariants v = {.models = {was, is}};

    buf_init(&v.texts, TEXTS_MAX);
    policytool_parts_init(&v.parts, TEXTS_MAX);
    policytool_parts_init(&v.lines[0], TEXTS_MAX);
    policytool_parts_init(&v.lines[1], TEXTS_MAX);
    enum err e = take_all(&v, 0);
    e = e == OK ? take_all(&v, 1) : e;
    e = e == OK ? policytool_parts_error(&v.lines[0]) : e;
    if (e == OK) {
        pair_equal(&v);
        keep_unpaired(&v);
        e = write_table(&v, as_json, out);
    }
    if (e == OK) {
        *differs_out = v.counts[0] + v.counts[1] > 0;
    }
    for (int side = 0; side < 2; side++) {
        mem_free(v.items[side]);
        policytool_parts_fini(&v.lines[side]);
    }
    policytool_parts_fini(&v.parts);
    buf_fini(&v.texts);
    return e;
}
