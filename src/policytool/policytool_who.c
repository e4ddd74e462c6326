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

/* --- who --- */

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

static void add_subject(
    struct buf *b, const struct policy_model *m, const struct policy_model_subject *s)
{
    switch (s->kind) {
    case POLICY_SUBJECT_ANY:
        buf_add_text(b, "any");
        return;
    case POLICY_SUBJECT_ANONYMOUS:
        buf_add_text(b, "anonymous");
        return;
    case POLICY_SUBJECT_PRINCIPAL:
        buf_add_text(b, "User:");
        policytool_add_view(b, s->name.text);
        return;
    case POLICY_SUBJECT_TEAM:
        break;
    }
    buf_add_text(b, "@");
    policytool_add_view(b, s->name.text);
    if (s->team < m->teams_count && m->teams[s->team].source.len > 0) {
        buf_add_text(b, " (");
        policytool_add_view(b, m->teams[s->team].source);
        buf_add_text(b, " ");
        policytool_add_name(b, m->teams[s->team].group);
        buf_add_text(b, ")");
    }
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
            add_subject(b, w->model, s);
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
        add_subject(policytool_table_cell(t), w->model, c->subject);
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

static enum err write_or(
    const struct policytool_table *t, bool as_json, const char *nothing, struct buf *out)
{
    if (t->cells == 0 && !as_json) {
        buf_add_text(out, nothing);
        return buf_error(&t->text) != OK ? buf_error(&t->text) : buf_error(out);
    }
    return policytool_table_write(t, as_json, out);
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
    const enum err e = write_or(&w.table, as_json, "nobody\n", out);
    policytool_table_fini(&w.table);
    mem_free(w.denies);
    return e;
}

/* --- can --- */

struct can {
    struct policytool_person person;
    const struct policy_model_rule **denies; /* without a condition, about it; nevers */
    size_t denies_count;
    struct policytool_table table;
};

/* Operations that denies without a condition take away from all names of the target. */
static uint32_t taken_away(const struct can *c, const struct policy_model_target *inner)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < c->denies_count; i++) {
        struct policytool_targets targets =
            policytool_targets_of(c->person.model, c->denies[i]);
        const struct policy_model_target *t = NULL;
        while ((t = policytool_targets_next(&targets)) != NULL) {
            bits |= policytool_target_covers(t, inner) ? t->operations : 0;
        }
    }
    return bits;
}

/* Operations as written that are left of a target, and those that only what was taken away
 * would have implied. */
static uint32_t left_of(const struct can *c, const struct policy_model_rule *r,
    const struct policy_model_target *t)
{
    const uint32_t meaningful = policy_meaningful(t->resource);
    const uint32_t bits = t->operations & meaningful;

    if (policytool_is_refusal(r)) {
        return bits;
    }
    const uint32_t taken = taken_away(c, t);
    const uint32_t left = bits & ~taken;
    const uint32_t implied = policytool_implied(bits) & meaningful & ~taken;
    return left | (implied & ~policytool_implied(left));
}

static const char *effect_of(const struct policy_model_rule *r)
{
    switch (r->kind) {
    case POLICY_RULE_DENY:
        return "deny";
    case POLICY_RULE_NEVER:
        return "never";
    case POLICY_RULE_ALLOW:
    case POLICY_RULE_GRANT:
    case POLICY_RULE_DELEGATE:
        break;
    }
    return "allow";
}

static void begin_row(struct can *c, const struct policy_model_rule *r,
    const struct policy_model_target *t, uint32_t bits)
{
    policytool_table_add(&c->table, effect_of(r));
    policytool_add_operations(policytool_table_cell(&c->table), bits, t->resource);
    policytool_table_next(&c->table);
    policytool_table_add(&c->table, policy_resource_name(t->resource));
}

static void end_row(struct can *c, const struct policy_model_rule *r,
    const struct policy_model_subject *s)
{
    struct policytool_table *t = &c->table;

    policytool_table_next(t);
    policytool_add_condition(policytool_table_cell(t), c->person.model, &r->condition);
    policytool_table_next(t);
    add_subject(policytool_table_cell(t), c->person.model, s);
    policytool_table_next(t);
    add_rule(t, r);
}

/* Neighbouring targets of one kind with the same operations share a row. */
static void add_rights(struct can *c, const struct policy_model_rule *r)
{
    const struct policy_model_subject *s = policytool_person_in(&c->person, r);
    struct policytool_targets targets = policytool_targets_of(c->person.model, r);
    const struct policy_model_target *row = NULL;
    const struct policy_model_target *t = NULL;
    uint32_t row_bits = 0;

    while (s != NULL && (t = policytool_targets_next(&targets)) != NULL) {
        const uint32_t bits = left_of(c, r, t);
        if (bits == 0) {
            continue;
        }
        if (row != NULL && row->resource == t->resource && row_bits == bits) {
            buf_add_text(policytool_table_cell(&c->table), ", ");
        } else {
            if (row != NULL) {
                end_row(c, r, s);
            }
            begin_row(c, r, t, bits);
        }
        if (t->resource != POLICY_CLUSTER) {
            policytool_add_pattern(policytool_table_cell(&c->table), t);
        }
        row = t;
        row_bits = bits;
    }
    if (row != NULL) {
        end_row(c, r, s);
    }
}

static enum err find_denies(struct can *c)
{
    const struct policy_model *m = c->person.model;

    c->denies = mem_alloc(m->rules_count + 1, sizeof(const struct policy_model_rule *));
    if (c->denies == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < m->rules_count; i++) {
        const struct policy_model_rule *r = &m->rules[i];
        if (policytool_is_refusal(r) && policytool_is_unconditional(&r->condition) &&
            policytool_person_in(&c->person, r) != NULL) {
            c->denies[c->denies_count++] = r;
        }
    }
    return OK;
}

static void add_all_rights(struct can *c)
{
    const struct policy_model *m = c->person.model;

    for (size_t i = 0; i < m->rules_count; i++) {
        if (policytool_is_allow(&m->rules[i]) || policytool_is_refusal(&m->rules[i])) {
            add_rights(c, &m->rules[i]);
        }
    }
}

/* In teams that exclude each other, or in too many: no rule gives it anything. */
static enum err ask_excluded(const struct policytool_set *set,
    const struct policytool_question *q, bool *excluded_out)
{
    struct policy_who who;
    struct buf principal;

    buf_init(&principal, 65536);
    buf_add_text(&principal, "User:");
    buf_add(&principal, q->principal.ptr, q->principal.len);
    const enum err e = buf_error(&principal);
    if (e == OK) {
        const struct policy_identity identity = {
            .principal = {principal.bytes, principal.length},
            .is_anonymous = q->is_anonymous,
            .groups = q->groups,
            .group_count = q->group_count};
        policy_resolve(set->policy, &identity, &who);
        *excluded_out = who.is_excluded;
    }
    buf_fini(&principal);
    return e;
}

enum err policytool_can(const struct policytool_set *set,
    const struct policytool_question *q, bool as_json, struct buf *out)
{
    static const char *const columns[] = {
        "EFFECT", "OPERATIONS", "KIND", "NAMES", "CONDITION", "AS", "RULE", "PLACE"};
    struct can c = {.denies = NULL};
    bool is_excluded = false;

    policytool_table_init(&c.table, columns, sizeof(columns) / sizeof(columns[0]));
    enum err e = policytool_person_init(&c.person, &set->model, q);
    e = e == OK ? ask_excluded(set, q, &is_excluded) : e;
    e = e == OK ? find_denies(&c) : e;
    if (e == OK) {
        if (!is_excluded) {
            add_all_rights(&c);
        }
        e = write_or(&c.table, as_json, "nothing\n", out);
    }
    policytool_table_fini(&c.table);
    policytool_person_fini(&c.person);
    mem_free(c.denies);
    return e;
}
