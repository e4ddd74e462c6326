#include "policytool_who.h"

#include "mem.h"
#include "policytool_look.h"
#include "policytool_table.h"
#include "policytool_text.h"

#include <string.h>

static void add_rule(struct policytool_table *t, const struct policy_model_rule *r)
{
    policytool_table_add(t, r->id);
    policytool_add_place(policytool_table_cell(t), &r->place);
    policytool_table_next(t);
}

/* Somebody who may: a subject of a rule, or a member of a team that is one. */
struct candidate {
    const struct policy_model_subject *subject;
    struct policy_view principal; /* empty: the subject itself */
};

struct who {
    const struct policy_model *model;
    const struct policytool_question *q;
    const struct policy_model_rule **denies; /* about the thing asked for; nevers, too */
    size_t denies_count;
    struct policytool_table table;
};

static bool is_about(const struct who *w, const struct policy_model_rule *r)
{
    struct policytool_targets targets = policytool_targets_of(w->model, r);
    const struct policy_model_target *t = NULL;

    while ((t = policytool_targets_next(&targets)) != NULL) {
        if (policytool_target_has(t, w->q->resource, w->q->name) &&
            (policytool_effective(r, t) & POLICY_BIT(w->q->operation)) != 0) {
            return true;
        }
    }
    return false;
}

static bool is_member(
    const struct policy_model *m, uint32_t team, struct policy_view name)
{
    if (team >= m->teams_count) {
        return false;
    }
    const struct policy_range members = m->teams[team].members;
    for (uint32_t i = 0; i < members.count; i++) {
        if (policy_view_equal(m->names[members.first + i].text, name)) {
            return true;
        }
    }
    return false;
}

/* The deny is about all that the candidate stands for. */
static bool is_denied_by(const struct policy_model *m, const struct candidate *c,
    const struct policy_model_subject *s)
{
    if (s->kind == POLICY_SUBJECT_ANY) {
        return true;
    }
    if (c->principal.len == 0) {
        return s->kind == c->subject->kind && s->kind != POLICY_SUBJECT_PRINCIPAL &&
               (s->kind != POLICY_SUBJECT_TEAM || s->team == c->subject->team);
    }
    return s->kind == POLICY_SUBJECT_PRINCIPAL
               ? policy_view_equal(s->name.text, c->principal)
               : s->kind == POLICY_SUBJECT_TEAM && is_member(m, s->team, c->principal);
}

static bool denies(
    const struct who *w, const struct policy_model_rule *r, const struct candidate *c)
{
    for (uint32_t i = 0; i < r->subjects.count; i++) {
        if (is_denied_by(w->model, c, &w->model->subjects[r->subjects.first + i])) {
            return true;
        }
    }
    return false;
}

static bool is_stopped(const struct who *w, const struct candidate *c)
{
    for (size_t i = 0; i < w->denies_count; i++) {
        const struct policy_model_rule *r = w->denies[i];
        if (policytool_is_unconditional(&r->condition) && denies(w, r, c)) {
            return true;
        }
    }
    return false;
}

/* Whether the candidate, of whom the subject is not all, may have to do with it. */
static bool may_be(
    const struct who *w, const struct candidate *c, const struct policy_model_subject *s)
{
    if (c->principal.len == 0 || s->kind == POLICY_SUBJECT_ANONYMOUS) {
        return true;
    }
    return s->kind == POLICY_SUBJECT_TEAM && s->team < w->model->teams_count &&
           w->model->teams[s->team].source.len > 0;
}

/* The subjects of a rule for which may_be() holds; how many. */
static size_t add_subjects(struct who *w, struct buf *b,
    const struct policy_model_rule *r, const struct candidate *c)
{
    size_t count = 0;

    for (uint32_t i = 0; i < r->subjects.count; i++) {
        const struct policy_model_subject *s = &w->model->subjects[r->subjects.first + i];
        if (may_be(w, c, s)) {
            buf_add_text(b, count++ > 0 ? ", " : "");
            policytool_add_subject(b, w->model, s);
        }
    }
    return count;
}

/* c: only some of whom it stands for are meant; NULL: all. */
static void add_exception(struct who *w, struct buf *b, const struct policy_model_rule *r,
    const struct candidate *c)
{
    const bool is_always = policytool_is_unconditional(&r->condition);

    if (c != NULL) {
        (void)add_subjects(w, b, r, c);
        buf_add_text(b, is_always ? "" : " ");
    }
    policytool_add_condition(b, w->model, &r->condition);
    buf_add_text(b, " (");
    policytool_add_view(b, (struct policy_view){(const uint8_t *)r->id, strlen(r->id)});
    buf_add_text(b, ")");
}

static bool may_deny(
    const struct who *w, const struct policy_model_rule *r, const struct candidate *c)
{
    for (uint32_t i = 0; i < r->subjects.count; i++) {
        if (may_be(w, c, &w->model->subjects[r->subjects.first + i])) {
            return true;
        }
    }
    return false;
}

/* Who stands for many may be partly denied, and a principal by what its login says. */
static void add_exceptions(struct who *w, const struct candidate *c)
{
    struct buf *b = policytool_table_cell(&w->table);
    const char *between = "";

    for (size_t i = 0; i < w->denies_count; i++) {
        const struct policy_model_rule *r = w->denies[i];
        const bool is_all = denies(w, r, c);
        if (is_all || may_deny(w, r, c)) {
            buf_add_text(b, between);
            add_exception(w, b, r, is_all ? NULL : c);
            between = "; ";
        }
    }
    policytool_table_next(&w->table);
}

static void add_candidate(
    struct who *w, const struct policy_model_rule *r, const struct candidate *c)
{
    struct policytool_table *t = &w->table;
    const bool is_member =
        c->principal.len > 0 && c->subject->kind == POLICY_SUBJECT_TEAM;

    if (is_stopped(w, c)) {
        return;
    }
    if (c->principal.len > 0) {
        buf_add_text(policytool_table_cell(t), "User:");
        policytool_add_view(policytool_table_cell(t), c->principal);
    } else {
        policytool_add_subject(policytool_table_cell(t), w->model, c->subject);
    }
    policytool_table_next(t);
    if (is_member) {
        buf_add_text(policytool_table_cell(t), "@");
        policytool_add_view(policytool_table_cell(t), c->subject->name.text);
    }
    policytool_table_next(t);
    policytool_add_condition(policytool_table_cell(t), w->model, &r->condition);
    policytool_table_next(t);
    add_exceptions(w, c);
    add_rule(t, r);
}

static void add_candidates(struct who *w, const struct policy_model_rule *r)
{
    const struct policy_model *m = w->model;

    for (uint32_t i = 0; i < r->subjects.count; i++) {
        struct candidate c = {.subject = &m->subjects[r->subjects.first + i]};
        if (c.subject->kind == POLICY_SUBJECT_PRINCIPAL) {
            c.principal = c.subject->name.text;
        }
        if (c.subject->kind != POLICY_SUBJECT_TEAM) {
            add_candidate(w, r, &c);
            continue;
        }
        const struct policy_model_team *team = &m->teams[c.subject->team];
        if (team->source.len > 0) {
            add_candidate(w, r, &c);
        }
        for (uint32_t k = 0; k < team->members.count; k++) {
            c.principal = m->names[team->members.first + k].text;
            add_candidate(w, r, &c);
        }
    }
}

enum err policytool_who(const struct policy_model *m, const struct policytool_question *q,
    bool as_json, struct buf *out)
{
    static const char *const columns[] = {
        "PRINCIPAL", "TEAM", "CONDITION", "EXCEPT", "RULE", "PLACE"};
    struct who w = {.model = m, .q = q};

    w.denies = mem_alloc(m->rules_count + 1, sizeof(const struct policy_model_rule *));
    if (w.denies == NULL) {
        return ERR_NOMEM;
    }
    policytool_table_init(&w.table, columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < m->rules_count; i++) {
        if (policytool_is_refusal(&m->rules[i]) && is_about(&w, &m->rules[i])) {
            w.denies[w.denies_count++] = &m->rules[i];
        }
    }
    for (size_t i = 0; i < m->rules_count; i++) {
        if (policytool_is_allow(&m->rules[i]) && is_about(&w, &m->rules[i])) {
            add_candidates(&w, &m->rules[i]);
        }
    }
    const enum err e = policytool_table_write_or(&w.table, as_json, "nobody\n", out);
    policytool_table_fini(&w.table);
    mem_free(w.denies);
    return e;
}
