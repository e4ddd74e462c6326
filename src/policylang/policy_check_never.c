#include "mem.h"
#include "policy_check.h"
#include "policy_text.h"

#include <stdio.h>

/*
 * An invariant holds where no allow rule gives what it excludes, or denies without a
 * condition take all of that away again. Conditions of the allow do not matter: what may
 * come true some day breaks the invariant today.
 */
struct never {
    struct policy_checker *c;
    const struct policy_model_rule *rule;
    bool any;
    bool anonymous;
    uint32_t round;      /* of the marks */
    uint32_t *principal; /* by number: the round in which it was named, or in a team */
    uint32_t *named;     /* by team: the same, as a whole */
    uint32_t *met;       /* by team: it has such a principal */
};

/* What the two rules have in common on one target of each. */
struct meeting {
    const struct policy_spot *spot;
    struct policy_model_target both; /* the names of both */
    uint32_t operations;
};

/* --- whom the invariant is about --- */

static void mark_principal(struct never *n, uint32_t principal)
{
    const struct policy_people *p = &n->c->people;

    n->principal[principal] = n->round;
    for (uint32_t i = p->first[principal]; i < p->first[principal + 1]; i++) {
        n->met[p->teams[i]] = n->round;
    }
}

static void mark_team(struct never *n, uint32_t team)
{
    struct policy_range r = n->c->m->teams[team].members;

    n->named[team] = n->round;
    for (uint32_t i = r.first; i < r.first + r.count; i++) {
        if (policy_people_spend(&n->c->people, 1)) {
            mark_principal(n, n->c->people.of_name[i]);
        }
    }
}

static void mark(struct never *n, const struct policy_model_rule *rule)
{
    n->rule = rule;
    n->round++;
    n->any = false;
    n->anonymous = false;
    for (uint32_t i = 0; i < rule->subjects.count; i++) {
        struct policy_atom a =
            policy_people_atom(&n->c->people, rule->subjects.first + i);
        n->any = n->any || a.kind == POLICY_SUBJECT_ANY;
        n->anonymous = n->anonymous || a.kind == POLICY_SUBJECT_ANONYMOUS;
        if (a.kind == POLICY_SUBJECT_PRINCIPAL) {
            mark_principal(n, a.number);
        } else if (a.kind == POLICY_SUBJECT_TEAM) {
            mark_team(n, a.number);
        }
    }
}

/* --- one invariant and one allow --- */

static bool report_broken(const struct never *n, const struct meeting *meeting,
    struct policy_atom who, uint32_t operations)
{
    const struct policy_checker *c = n->c;
    const struct policy_model_rule *r = &c->m->rules[meeting->spot->rule];
    char place[POLICY_SHOWN_MAX];
    char name[POLICY_SHOWN_MAX];
    char what[POLICY_SHOWN_MAX];
    char before[POLICY_ID_MAX + 16];
    char help[400];

    policy_text_place(c->report, &r->place, place, sizeof(place));
    policy_people_text(&c->people, who, name, sizeof(name));
    policy_text_target(meeting->spot->target, what, sizeof(what));
    /* The text begins with the label, where there is one. */
    (void)snprintf(before, sizeof(before), "rule %s%s", r->label.len > 0 ? "" : r->id,
        r->label.len > 0 ? "" : ": ");
    policy_text_put(help, sizeof(help), before, r->text, "");
    report_error(c->report, &n->rule->place, "POL060", help,
        "invariant broken: %s lets %s %s %s", place, name,
        policy_check_operation(operations), what);
    return false;
}

static bool check_atom(
    struct never *n, const struct meeting *meeting, struct policy_atom who)
{
    struct policy_checker *c = n->c;
    uint32_t left = meeting->operations & ~policy_check_denied(c, &meeting->both, who);

    return left == 0 || !policy_people_spend(&c->people, 1) ||
           report_broken(n, meeting, who, left);
}

static bool check_members(struct never *n, const struct meeting *meeting, uint32_t team)
{
    struct policy_people *p = &n->c->people;
    struct policy_range r = n->c->m->teams[team].members;

    for (uint32_t i = r.first; i < r.first + r.count; i++) {
        uint32_t who = p->of_name[i];
        if (!policy_people_spend(p, 1)) {
            return true;
        }
        if (!n->any && n->principal[who] != n->round) {
            continue;
        }
        if (!check_atom(
                n, meeting, (struct policy_atom){POLICY_SUBJECT_PRINCIPAL, who})) {
            return false;
        }
    }
    return true;
}

/* A deny may name the team, or each that is in it. */
static bool check_team(struct never *n, const struct meeting *meeting, uint32_t team)
{
    struct policy_checker *c = n->c;
    const struct policy_atom all = {POLICY_SUBJECT_TEAM, team};
    uint32_t denied = policy_check_denied(c, &meeting->both, all);
    uint32_t left = meeting->operations & ~denied;

    if (left == 0) {
        return true;
    }
    if (c->m->teams[team].source.len > 0) {
        return !policy_people_spend(&c->people, 1) ||
               report_broken(n, meeting, all, left);
    }
    return check_members(n, meeting, team);
}

/* The allow is for all: whoever the invariant names. */
static bool check_named(struct never *n, const struct meeting *meeting)
{
    const struct policy_model_rule *r = n->rule;

    for (uint32_t i = 0; i < r->subjects.count; i++) {
        struct policy_atom a = policy_people_atom(&n->c->people, r->subjects.first + i);
        if (!(a.kind == POLICY_SUBJECT_TEAM ? check_team(n, meeting, a.number)
                                            : check_atom(n, meeting, a))) {
            return false;
        }
    }
    return true;
}

static bool check_subject(
    struct never *n, const struct meeting *meeting, struct policy_atom a)
{
    switch (a.kind) {
    case POLICY_SUBJECT_ANY:
        return check_named(n, meeting);
    case POLICY_SUBJECT_ANONYMOUS:
        return !(n->any || n->anonymous) || check_atom(n, meeting, a);
    case POLICY_SUBJECT_PRINCIPAL:
        return !(n->any || n->principal[a.number] == n->round) ||
               check_atom(n, meeting, a);
    case POLICY_SUBJECT_TEAM:
        break;
    }
    if (n->any || n->named[a.number] == n->round) {
        return check_team(n, meeting, a.number);
    }
    return n->met[a.number] != n->round || check_members(n, meeting, a.number);
}

static bool check_meeting(struct never *n, const struct meeting *meeting)
{
    const struct policy_model_rule *r = &n->c->m->rules[meeting->spot->rule];

    for (uint32_t i = 0; i < r->subjects.count; i++) {
        struct policy_atom a = policy_people_atom(&n->c->people, r->subjects.first + i);
        if (!policy_people_spend(&n->c->people, 1)) {
            return true;
        }
        if (!check_subject(n, meeting, a)) {
            return false;
        }
    }
    return true;
}

/* --- all --- */

static bool check_target(struct never *n, const struct policy_model_target *target)
{
    struct policy_overlap_walk w = policy_overlap_begin(&n->c->allows, target, false);
    const struct policy_spot *spot = NULL;

    while ((spot = policy_overlap_next(&w, &n->c->people)) != NULL) {
        struct meeting meeting = {.spot = spot,
            .both = policy_overlap_covers(target, spot->target) ? *spot->target : *target,
            .operations =
                policy_check_implied(spot->target->operations) & target->operations};
        if (meeting.operations != 0 && !check_meeting(n, &meeting)) {
            return false;
        }
    }
    return true;
}

static void check_rule(struct never *n, const struct policy_model_rule *rule)
{
    mark(n, rule);
    for (uint32_t i = 0; i < rule->targets.count; i++) {
        if (!check_target(n, &n->c->m->targets[rule->targets.first + i])) {
            return;
        }
    }
}

enum err policy_check_nevers(struct policy_checker *c)
{
    struct never n = {.c = c};

    n.principal = mem_alloc(c->people.count, sizeof(*n.principal));
    n.named = mem_alloc(c->m->teams_count, sizeof(*n.named));
    n.met = mem_alloc(c->m->teams_count, sizeof(*n.met));
    enum err e = n.principal == NULL || n.named == NULL || n.met == NULL ? ERR_NOMEM : OK;
    for (size_t i = 0; e == OK && i < c->m->rules_count; i++) {
        if (c->m->rules[i].kind == POLICY_RULE_NEVER) {
            check_rule(&n, &c->m->rules[i]);
        }
    }
    mem_free(n.principal);
    mem_free(n.named);
    mem_free(n.met);
    return e;
}
