#include "policy_people.h"

#include "mem.h"
#include "policy_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- principals --- */

static int compare_views(const void *a, const void *b)
{
    return policy_text_compare(
        *(const struct policy_view *)a, *(const struct policy_view *)b);
}

static bool is_listed(const struct policy_model_subject *s)
{
    return s->kind == POLICY_SUBJECT_PRINCIPAL;
}

static size_t collect(const struct policy_model *m, struct policy_view *names)
{
    size_t count = 0;

    for (size_t i = 0; i < m->subjects_count; i++) {
        if (is_listed(&m->subjects[i])) {
            names[count++] = m->subjects[i].name.text;
        }
    }
    for (size_t i = 0; i < m->teams_count; i++) {
        struct policy_range r = m->teams[i].members;
        for (uint32_t k = 0; k < r.count; k++) {
            names[count++] = m->names[r.first + k].text;
        }
    }
    return count;
}

static void number_principals(struct policy_people *p)
{
    size_t count = collect(p->m, p->names);

    if (count > 0) {
        qsort(p->names, count, sizeof(*p->names), compare_views);
    }
    for (size_t i = 0; i < count; i++) {
        if (p->count == 0 ||
            policy_text_compare(p->names[p->count - 1], p->names[i]) != 0) {
            p->names[p->count++] = p->names[i];
        }
    }
}

static uint32_t find(const struct policy_people *p, struct policy_view name)
{
    const struct policy_view *found =
        bsearch(&name, p->names, p->count, sizeof(*p->names), compare_views);

    INVARIANT(found != NULL);
    return (uint32_t)(found - p->names);
}

/* --- memberships --- */

/* A member that is listed twice is there once: teams come in ascending order. */
static void add_member(
    struct policy_people *p, uint32_t *used, uint32_t principal, uint32_t team)
{
    uint32_t from = p->first[principal];

    if (used[principal] == 0 || p->teams[from + used[principal] - 1] != team) {
        p->teams[from + used[principal]++] = team;
    }
}

static void close_gaps(struct policy_people *p, const uint32_t *used)
{
    uint32_t end = 0;

    for (uint32_t i = 0; i < p->count; i++) {
        uint32_t from = p->first[i];
        p->first[i] = end;
        memmove(&p->teams[end], &p->teams[from], used[i] * sizeof(*p->teams));
        end += used[i];
    }
    p->first[p->count] = end;
}

static void number_members(struct policy_people *p)
{
    const struct policy_model *m = p->m;

    for (size_t i = 0; i < m->teams_count; i++) {
        struct policy_range r = m->teams[i].members;
        for (uint32_t k = r.first; k < r.first + r.count; k++) {
            p->of_name[k] = find(p, m->names[k].text);
            p->first[p->of_name[k] + 1]++;
        }
    }
    for (uint32_t i = 0; i < p->count; i++) {
        p->first[i + 1] += p->first[i];
    }
}

static enum err collect_teams(struct policy_people *p)
{
    const struct policy_model *m = p->m;
    uint32_t *used = mem_alloc(p->count, sizeof(*used));

    p->teams = mem_alloc(p->first[p->count], sizeof(*p->teams));
    if (used == NULL || p->teams == NULL) {
        mem_free(used);
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < m->teams_count; i++) {
        struct policy_range r = m->teams[i].members;
        for (uint32_t k = r.first; k < r.first + r.count; k++) {
            add_member(p, used, p->of_name[k], (uint32_t)i);
        }
    }
    close_gaps(p, used);
    mem_free(used);
    return OK;
}

enum err policy_people_init(struct policy_people *p, const struct policy_model *m)
{
    *p = (struct policy_people){.m = m, .steps_left = POLICY_CHECK_STEPS_MAX};
    p->names = mem_alloc(m->subjects_count + m->names_count, sizeof(*p->names));
    p->of_subject = mem_alloc(m->subjects_count, sizeof(*p->of_subject));
    p->of_name = mem_alloc(m->names_count, sizeof(*p->of_name));
    if (p->names == NULL || p->of_subject == NULL || p->of_name == NULL) {
        return ERR_NOMEM;
    }
    number_principals(p);
    p->first = mem_alloc((size_t)p->count + 1, sizeof(*p->first));
    if (p->first == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < m->subjects_count; i++) {
        p->of_subject[i] = is_listed(&m->subjects[i]) ? find(p, m->subjects[i].name.text)
                                                      : POLICY_UNRESOLVED;
    }
    number_members(p);
    return collect_teams(p);
}

void policy_people_fini(struct policy_people *p)
{
    mem_free(p->names);
    mem_free(p->of_subject);
    mem_free(p->of_name);
    mem_free(p->first);
    mem_free(p->teams);
    *p = (struct policy_people){.m = NULL};
}

/* --- questions --- */

bool policy_people_spend(struct policy_people *p, uint64_t steps)
{
    p->steps_left = p->steps_left > steps ? p->steps_left - steps : 0;
    return p->steps_left > 0;
}

bool policy_people_is_member(
    const struct policy_people *p, uint32_t principal, uint32_t team)
{
    for (uint32_t i = p->first[principal]; i < p->first[principal + 1]; i++) {
        if (p->teams[i] == team) {
            return true;
        }
    }
    return false;
}

struct policy_atom policy_people_atom(const struct policy_people *p, uint32_t subject)
{
    const struct policy_model_subject *s = &p->m->subjects[subject];

    return (struct policy_atom){.kind = s->kind,
        .number = s->kind == POLICY_SUBJECT_TEAM ? s->team : p->of_subject[subject]};
}

static bool covers(
    const struct policy_people *p, uint32_t subject, struct policy_atom atom)
{
    struct policy_atom mine = policy_people_atom(p, subject);

    if (mine.kind == POLICY_SUBJECT_ANY) {
        return true;
    }
    if (mine.kind == POLICY_SUBJECT_TEAM && atom.kind == POLICY_SUBJECT_PRINCIPAL) {
        return policy_people_is_member(p, atom.number, mine.number);
    }
    return mine.kind == atom.kind &&
           (mine.number == atom.number || mine.kind == POLICY_SUBJECT_ANONYMOUS);
}

bool policy_people_covers(
    struct policy_people *p, const struct policy_model_rule *r, struct policy_atom atom)
{
    for (uint32_t i = 0; i < r->subjects.count; i++) {
        if (!policy_people_spend(p, 1)) {
            return false;
        }
        if (covers(p, r->subjects.first + i, atom)) {
            return true;
        }
    }
    return false;
}

void policy_people_text(
    const struct policy_people *p, struct policy_atom atom, char *out, size_t size)
{
    struct policy_view name = {(const uint8_t *)"", 0};
    const char *before = "";

    switch (atom.kind) {
    case POLICY_SUBJECT_ANY:
        before = "any";
        break;
    case POLICY_SUBJECT_ANONYMOUS:
        before = "anonymous";
        break;
    case POLICY_SUBJECT_PRINCIPAL:
        name = p->names[atom.number];
        break;
    case POLICY_SUBJECT_TEAM:
        before = "@";
        name = p->m->teams[atom.number].name.text;
        break;
    }
    policy_text_put(out, size, before, name, "");
}
