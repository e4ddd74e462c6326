#include "policy_check.h"

#include "policy_blob.h"
#include "policy_text.h"

#include <stdio.h>

/* --- rules --- */

uint32_t policy_check_implied(uint32_t operations)
{
    uint32_t describing = POLICY_BIT(POLICY_READ) | POLICY_BIT(POLICY_WRITE) |
                          POLICY_BIT(POLICY_DELETE) | POLICY_BIT(POLICY_ALTER);

    if ((operations & describing) != 0) {
        operations |= POLICY_BIT(POLICY_DESCRIBE);
    }
    if ((operations & POLICY_BIT(POLICY_ALTER_CONFIGS)) != 0) {
        operations |= POLICY_BIT(POLICY_DESCRIBE_CONFIGS);
    }
    return operations;
}

static bool has_condition(const struct policy_model_condition *c)
{
    return c->nets.count > 0 || c->listeners.count > 0 || c->methods != 0 ||
           c->tls_min != 0 || c->age_ms != 0 || c->issuer.len > 0 || c->after_ms != 0 ||
           c->until_ms != 0;
}

bool policy_check_is_allow(const struct policy_model_rule *r)
{
    return r->kind == POLICY_RULE_ALLOW || r->kind == POLICY_RULE_GRANT;
}

bool policy_check_is_plain_deny(const struct policy_model_rule *r)
{
    return r->kind == POLICY_RULE_DENY && !has_condition(&r->condition);
}

const char *policy_check_operation(uint32_t operations)
{
    uint32_t n = 0;

    while (n < 31 && (operations & POLICY_BIT(n)) == 0) {
        n++;
    }
    return policy_operation_name((enum policy_operation)n);
}

uint32_t policy_check_denied(struct policy_checker *c,
    const struct policy_model_target *target, struct policy_atom atom)
{
    struct policy_overlap_walk w = policy_overlap_begin(&c->denies, target, true);
    const struct policy_spot *spot = NULL;
    uint32_t denied = 0;

    while ((spot = policy_overlap_next(&w, &c->people)) != NULL) {
        uint32_t more = spot->target->operations & ~denied;
        if (more != 0 &&
            policy_people_covers(&c->people, &c->m->rules[spot->rule], atom)) {
            denied |= more;
        }
    }
    return denied;
}

/* --- limits --- */

static uint64_t pairs_of(const struct policy_model *m, const struct policy_model_rule *r)
{
    uint64_t targets = r->targets.count;
    uint64_t subjects = r->subjects.count == 0 ? 1 : r->subjects.count;

    for (uint32_t i = 0; i < r->roles.count; i++) {
        const struct policy_model_role_ref *ref = &m->role_refs[r->roles.first + i];
        targets += m->roles[ref->role].targets.count;
    }
    return targets * subjects;
}

static void check_pairs(const struct policy_model *m, struct report *report)
{
    uint64_t total = 0;

    for (size_t i = 0; i < m->rules_count; i++) {
        total += pairs_of(m, &m->rules[i]);
        if (total > POLICY_ENTRIES_MAX) {
            report_error(report, &m->rules[i].place, "POL092",
                "use prefixes, teams, or shorter lists",
                "more than %d pairs of a principal and a name", POLICY_ENTRIES_MAX);
            return;
        }
    }
}

static uint32_t teams_of(const struct policy_people *p, uint32_t principal)
{
    return p->first[principal + 1] - p->first[principal];
}

/* Told once for each principal, in the team that is one too many. */
static void check_memberships(const struct policy_people *p, struct report *report)
{
    const struct policy_model *m = p->m;

    for (size_t t = 0; t < m->teams_count; t++) {
        struct policy_range r = m->teams[t].members;
        for (uint32_t i = r.first; i < r.first + r.count; i++) {
            uint32_t who = p->of_name[i];
            if (teams_of(p, who) > POLICY_TEAMS_MAX &&
                p->teams[p->first[who] + POLICY_TEAMS_MAX] == t) {
                char name[POLICY_SHOWN_MAX];
                policy_text_put(name, sizeof(name), "'", m->names[i].text, "'");
                report_error(report, &m->names[i].place, "POL095",
                    "put principals that are always together into one team",
                    "%s is in more than %d teams", name, POLICY_TEAMS_MAX);
                break;
            }
        }
    }
}

/* --- all of it --- */

enum err policy_checker_init(
    struct policy_checker *c, const struct policy_model *m, struct report *report)
{
    *c = (struct policy_checker){.m = m, .report = report};
    enum err e = policy_people_init(&c->people, m);
    if (e == OK) {
        e = policy_overlap_init(&c->allows, m, policy_check_is_allow);
    }
    if (e == OK) {
        e = policy_overlap_init(&c->denies, m, policy_check_is_plain_deny);
    }
    return e;
}

void policy_checker_fini(struct policy_checker *c)
{
    policy_overlap_fini(&c->allows);
    policy_overlap_fini(&c->denies);
    policy_people_fini(&c->people);
}

enum err policy_check_statements(const struct policy_model *m, struct report *report)
{
    struct policy_people people;

    policy_check_scopes(m, report);
    check_pairs(m, report);
    enum err e = policy_people_init(&people, m);
    if (e == OK) {
        check_memberships(&people, report);
    }
    policy_people_fini(&people);
    return e;
}

enum err policy_check_invariants(const struct policy_model *m, struct report *report)
{
    struct policy_checker c;
    enum err e = policy_checker_init(&c, m, report);

    if (e == OK) {
        e = policy_check_nevers(&c);
    }
    if (e == OK) {
        e = policy_check_exclusives(&c);
    }
    if (e == OK && !policy_people_spend(&c.people, 0)) {
        const struct report_place place = {.file = m->files[0].name, .line = 1};
        report_error(report, &place, "POL096",
            "write fewer never statements, or longer prefixes in them",
            "invariants, allows and denies meet too often to be compared");
    }
    policy_checker_fini(&c);
    return e;
}

/* Where the parser refused something, names may be open: scopes alone can be looked at. */
enum err policy_model_check(const struct policy_model *m, struct report *report)
{
    if (report->errors > 0) {
        policy_check_scopes(m, report);
        return OK;
    }
    enum err e = policy_check_statements(m, report);
    return e == OK && report->errors == 0 ? policy_check_invariants(m, report) : e;
}
