/* A model to a compiled policy: each statement that rules becomes one rule, in order. */
#include "policy_model.h"

#include "arena.h"

#include <string.h>

#define SCRATCH_MAX ((size_t)64 << 20) /* for one rule or one team */
#define TYPE        "User:"

struct emitter {
    const struct policy_model *m;
    struct policy_build *build;
    struct arena arena; /* of one rule or one team */
};

/* --- names --- */

/* The name with its type in front. */
static enum err add_type(
    struct emitter *e, struct policy_view name, struct policy_view *out)
{
    size_t type = sizeof(TYPE) - 1;
    uint8_t *text = arena_alloc(&e->arena, type + name.len, 1);

    if (text == NULL) {
        return ERR_NOMEM;
    }
    memcpy(text, TYPE, type);
    if (name.len > 0) {
        memcpy(text + type, name.ptr, name.len);
    }
    *out = (struct policy_view){text, type + name.len};
    return OK;
}

static enum err emit_team(struct emitter *e, const struct policy_model_team *t)
{
    struct policy_view *members =
        arena_alloc(&e->arena, t->members.count, sizeof(*members));

    if (members == NULL) {
        return ERR_NOMEM;
    }
    for (uint32_t i = 0; i < t->members.count; i++) {
        enum err error = add_type(e, e->m->names[t->members.first + i].text, &members[i]);
        if (error != OK) {
            return error;
        }
    }
    (void)policy_build_team(
        e->build, t->name.text, members, t->members.count, t->source, t->group);
    arena_reset(&e->arena);
    return OK;
}

/* --- rules --- */

static enum err emit_subjects(
    struct emitter *e, const struct policy_model_rule *r, struct policy_build_rule *out)
{
    size_t count = r->subjects.count == 0 ? 1 : r->subjects.count;
    struct policy_build_subject *subjects =
        arena_alloc(&e->arena, count, sizeof(*subjects));

    if (subjects == NULL) {
        return ERR_NOMEM;
    }
    for (uint32_t i = 0; i < r->subjects.count; i++) {
        const struct policy_model_subject *s = &e->m->subjects[r->subjects.first + i];
        subjects[i] = (struct policy_build_subject){.kind = s->kind};
        if (s->kind == POLICY_SUBJECT_TEAM) {
            subjects[i].team = s->team;
        }
        if (s->kind == POLICY_SUBJECT_PRINCIPAL) {
            enum err error = add_type(e, s->name.text, &subjects[i].name);
            if (error != OK) {
                return error;
            }
        }
    }
    out->subjects = subjects; /* a delegation has none: the one that is there means any */
    out->subject_count = count;
    return OK;
}

static enum err emit_range(
    struct emitter *e, struct policy_range range, struct policy_build_target *out)
{
    for (uint32_t i = 0; i < range.count; i++) {
        const struct policy_model_target *t = &e->m->targets[range.first + i];
        out[i] = (struct policy_build_target){.resource = t->resource,
            .is_prefix = t->is_prefix,
            .name = t->name,
            .operations = t->operations};
        /* All users are those of any type. */
        if (t->resource == POLICY_USER && !(t->is_prefix && t->name.len == 0)) {
            enum err error = add_type(e, t->name, &out[i].name);
            if (error != OK) {
                return error;
            }
        }
    }
    return OK;
}

static struct policy_range role_targets(
    const struct emitter *e, const struct policy_model_rule *r, uint32_t i)
{
    return e->m->roles[e->m->role_refs[r->roles.first + i].role].targets;
}

static enum err emit_targets(
    struct emitter *e, const struct policy_model_rule *r, struct policy_build_rule *out)
{
    size_t count = r->targets.count;

    for (uint32_t i = 0; i < r->roles.count; i++) {
        count += role_targets(e, r, i).count;
    }
    struct policy_build_target *targets = arena_alloc(&e->arena, count, sizeof(*targets));
    if (targets == NULL) {
        return ERR_NOMEM;
    }
    out->targets = targets;
    out->target_count = count;
    enum err error = emit_range(e, r->targets, targets);
    targets += r->targets.count;
    for (uint32_t i = 0; error == OK && i < r->roles.count; i++) {
        error = emit_range(e, role_targets(e, r, i), targets);
        targets += role_targets(e, r, i).count;
    }
    return error;
}

/* --- conditions --- */

static size_t count_nets(const struct emitter *e, const struct policy_model_net *item)
{
    return item->list == POLICY_UNRESOLVED ? 1 : e->m->nets[item->list].nets.count;
}

static enum err emit_nets(struct emitter *e, const struct policy_model_condition *c,
    struct policy_build_condition *out)
{
    const struct policy_model_net *items = &e->m->net_items[c->nets.first];
    size_t total = 0;

    for (uint32_t i = 0; i < c->nets.count; i++) {
        total += count_nets(e, &items[i]);
    }
    struct policy_net *nets = arena_alloc(&e->arena, total, sizeof(*nets));
    if (nets == NULL) {
        return ERR_NOMEM;
    }
    out->nets = nets;
    out->net_count = total;
    for (uint32_t i = 0; i < c->nets.count; i++) {
        const struct policy_model_net *from =
            items[i].list == POLICY_UNRESOLVED
                ? &items[i]
                : &e->m->net_items[e->m->nets[items[i].list].nets.first];
        for (size_t k = 0; k < count_nets(e, &items[i]); k++) {
            *nets++ = from[k].net;
        }
    }
    return OK;
}

static enum err emit_condition(struct emitter *e, const struct policy_model_condition *c,
    struct policy_build_condition *out)
{
    struct policy_view *listeners =
        arena_alloc(&e->arena, c->listeners.count, sizeof(*listeners));

    if (listeners == NULL) {
        return ERR_NOMEM;
    }
    for (uint32_t i = 0; i < c->listeners.count; i++) {
        listeners[i] = e->m->names[c->listeners.first + i].text;
    }
    *out = (struct policy_build_condition){.is_outside = c->is_outside,
        .listeners = listeners,
        .listener_count = c->listeners.count,
        .methods = c->methods,
        .tls_min = c->tls_min,
        .age_ms = c->age_ms,
        .issuer = c->issuer,
        .after_ms = c->after_ms,
        .until_ms = c->until_ms};
    return emit_nets(e, c, out);
}

static enum policy_effect effect_of(enum policy_rule_kind kind)
{
    switch (kind) {
    case POLICY_RULE_DENY:
        return POLICY_DENY;
    case POLICY_RULE_NEVER:
        return POLICY_NEVER;
    case POLICY_RULE_DELEGATE:
        return POLICY_DELEGATE;
    case POLICY_RULE_ALLOW:
    case POLICY_RULE_GRANT:
        break;
    }
    return POLICY_ALLOW;
}

static enum err emit_rule(struct emitter *e, const struct policy_model_rule *r)
{
    struct policy_build_rule rule = {.effect = effect_of(r->kind),
        .file = r->file,
        .line = r->place.line,
        .id = {(const uint8_t *)r->id, strlen(r->id)}};
    enum err error = emit_subjects(e, r, &rule);

    if (error == OK) {
        error = emit_targets(e, r, &rule);
    }
    if (error == OK) {
        error = emit_condition(e, &r->condition, &rule.condition);
    }
    if (error == OK) {
        policy_build_rule(e->build, &rule);
    }
    arena_reset(&e->arena);
    return error;
}

/* --- all of it --- */

/* Each pair of them; the builder takes note where there are too many. */
static void emit_exclusive(struct emitter *e, const struct policy_model_exclusive *x)
{
    const struct policy_model_team_ref *refs = &e->m->team_refs[x->teams.first];
    uint32_t added = 0;

    for (uint32_t i = 0; i < x->teams.count; i++) {
        for (uint32_t k = i + 1; k < x->teams.count; k++) {
            policy_build_exclusive(e->build, refs[i].team, refs[k].team);
            if (++added > POLICY_EXCLUSIVES_MAX) {
                return;
            }
        }
    }
}

static enum err emit(struct emitter *e)
{
    const struct policy_model *m = e->m;
    enum err error = OK;

    policy_build_header(e->build, m->cluster, m->serial, m->signatures);
    for (size_t i = 0; i < m->files_count; i++) {
        (void)policy_build_file(e->build, m->files[i].name);
    }
    for (size_t i = 0; error == OK && i < m->teams_count; i++) {
        error = emit_team(e, &m->teams[i]);
    }
    for (size_t i = 0; error == OK && i < m->exclusives_count; i++) {
        emit_exclusive(e, &m->exclusives[i]);
    }
    for (size_t i = 0; error == OK && i < m->rules_count; i++) {
        error = emit_rule(e, &m->rules[i]);
    }
    return error;
}

enum err policy_model_build(
    const struct policy_model *m, struct report *report, struct buf *out)
{
    struct emitter e = {.m = m, .build = policy_build_new()};
    const char *too_many = NULL;

    if (e.build == NULL) {
        return ERR_NOMEM;
    }
    arena_init(&e.arena, SCRATCH_MAX);
    enum err error = emit(&e);
    if (error == OK) {
        error = policy_build_finish(e.build, out, &too_many);
    }
    if (error == ERR_FULL && too_many != NULL && buf_error(out) == OK) {
        const struct report_place place = {.file = m->files[0].name, .line = 1};
        report_error(report, &place, "POL092", "use prefixes, teams, or shorter lists",
            "the policy has more %s than fit", too_many);
        error = ERR_INVALID;
    }
    policy_build_free(&e.build);
    arena_fini(&e.arena);
    return error;
}
