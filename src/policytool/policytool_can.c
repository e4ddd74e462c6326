#include "policytool_can.h"

#include "mem.h"
#include "policytool_look.h"
#include "policytool_table.h"
#include "policytool_text.h"

static void add_rule(struct policytool_table *t, const struct policy_model_rule *r)
{
    policytool_table_add(t, r->id);
    policytool_add_place(policytool_table_cell(t), &r->place);
    policytool_table_next(t);
}

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
    policytool_add_subject(policytool_table_cell(t), c->person.model, s);
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
        e = policytool_table_write_or(&c.table, as_json, "nothing\n", out);
    }
    policytool_table_fini(&c.table);
    policytool_person_fini(&c.person);
    mem_free(c.denies);
    return e;
}
