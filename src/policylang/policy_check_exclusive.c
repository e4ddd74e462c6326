#include "mem.h"
#include "policy_check.h"
#include "policy_text.h"

/* By principal: the statement that looked last, and the team in which it was seen. */
struct seen {
    uint32_t round;
    uint32_t team;
};

static void report_clash(struct policy_checker *c, const struct policy_model_exclusive *x,
    uint32_t principal, const uint32_t teams[2])
{
    char who[POLICY_SHOWN_MAX];
    char one[POLICY_SHOWN_MAX];
    char other[POLICY_SHOWN_MAX];

    policy_people_text(&c->people,
        (struct policy_atom){POLICY_SUBJECT_PRINCIPAL, principal}, who, sizeof(who));
    policy_people_text(&c->people, (struct policy_atom){POLICY_SUBJECT_TEAM, teams[0]},
        one, sizeof(one));
    policy_people_text(&c->people, (struct policy_atom){POLICY_SUBJECT_TEAM, teams[1]},
        other, sizeof(other));
    report_error(c->report, &x->place, "POL061",
        "separation of duties: remove it from one of them", "%s is in both %s and %s",
        who, one, other);
}

/* False: somebody is in this team and in one before it. */
static bool check_team(struct policy_checker *c, const struct policy_model_exclusive *x,
    uint32_t team, uint32_t round, struct seen *seen)
{
    struct policy_range r = c->m->teams[team].members;

    for (uint32_t i = r.first; i < r.first + r.count; i++) {
        uint32_t who = c->people.of_name[i];
        if (!policy_people_spend(&c->people, 1)) {
            return true;
        }
        if (seen[who].round == round && seen[who].team != team) {
            const uint32_t teams[2] = {seen[who].team, team};
            report_clash(c, x, who, teams);
            return false;
        }
        seen[who] = (struct seen){round, team};
    }
    return true;
}

enum err policy_check_exclusives(struct policy_checker *c)
{
    struct seen *seen = mem_alloc(c->people.count, sizeof(*seen));

    if (seen == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < c->m->exclusives_count; i++) {
        const struct policy_model_exclusive *x = &c->m->exclusives[i];
        bool clean = true;
        for (uint32_t k = 0; clean && k < x->teams.count; k++) {
            uint32_t team = c->m->team_refs[x->teams.first + k].team;
            clean = check_team(c, x, team, (uint32_t)i + 1, seen);
        }
    }
    mem_free(seen);
    return OK;
}
