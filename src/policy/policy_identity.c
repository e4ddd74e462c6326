/* A principal and its groups as the subjects that one policy knows. */
#include "policy_blob.h"
#include "table.h"

#include <string.h>

static void add_team(const struct policy *p, struct policy_who *who, uint32_t team)
{
    uint32_t first_team = POLICY_NUMBER_FIRST + p->counts[POLICY_PRINCIPALS];
    uint32_t subject = first_team + team;
    uint32_t teams = 0;

    for (uint32_t i = 0; i < who->count; i++) {
        if (who->subjects[i] == subject) {
            return;
        }
        teams += who->subjects[i] >= first_team ? 1 : 0;
    }
    if (teams == POLICY_TEAMS_MAX) {
        who->is_excluded = true;
        return;
    }
    who->subjects[who->count++] = subject;
}

static void add_listed(const struct policy *p, struct policy_who *who, uint32_t principal)
{
    uint32_t low = 0;
    uint32_t high = p->counts[POLICY_MEMBERS];

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (p->members[middle].first < principal) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    while (low < p->counts[POLICY_MEMBERS] && p->members[low].first == principal) {
        add_team(p, who, p->members[low++].second);
    }
}

static void add_group(
    const struct policy *p, struct policy_who *who, const struct policy_group *group)
{
    uint64_t slot = table_hash(group->name.ptr, group->name.len);
    uint32_t i = policy_index_next(&p->group_index, &slot);

    if (group->source.len == 0) {
        return;
    }
    while (i != POLICY_NONE && !who->is_excluded) {
        if (policy_view_equal(p->teams[i].group, group->name) &&
            policy_view_equal(p->teams[i].source, group->source)) {
            add_team(p, who, i);
        }
        i = policy_index_next(&p->group_index, &slot);
    }
}

static bool has(const struct policy_who *who, uint32_t subject)
{
    for (uint32_t i = 0; i < who->count; i++) {
        if (who->subjects[i] == subject) {
            return true;
        }
    }
    return false;
}

static bool is_in_two(const struct policy *p, const struct policy_who *who)
{
    uint32_t first_team = POLICY_NUMBER_FIRST + p->counts[POLICY_PRINCIPALS];

    for (uint32_t i = 0; i < p->counts[POLICY_EXCLUSIVES]; i++) {
        if (has(who, first_team + p->exclusives[i].first) &&
            has(who, first_team + p->exclusives[i].second)) {
            return true;
        }
    }
    return false;
}

void policy_resolve(const struct policy *p, const struct policy_identity *identity,
    struct policy_who *out)
{
    struct policy_who who = {.is_super = identity->is_super};
    uint32_t principal = policy_find_principal(p, identity->principal);

    who.subjects[who.count++] = POLICY_NUMBER_ANY;
    if (identity->is_anonymous) {
        who.subjects[who.count++] = POLICY_NUMBER_ANONYMOUS;
    }
    if (principal != POLICY_NONE) {
        who.subjects[who.count++] = POLICY_NUMBER_FIRST + principal;
        add_listed(p, &who, principal);
    }
    for (size_t i = 0; i < identity->group_count; i++) {
        add_group(p, &who, &identity->groups[i]);
    }
    who.is_excluded = who.is_excluded || is_in_two(p, &who);
    *out = who;
}
