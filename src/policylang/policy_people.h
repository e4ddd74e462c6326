/*
 * policy_people - the principals of a model by number, and the teams that each is in.
 *
 * Limits: a principal is in POLICY_TEAMS_MAX teams at most; the checks report more before
 * they ask here. policy_people_spend() bounds what all checks of one model may cost,
 * whatever the text says.
 *
 * Ownership: borrows the model, which must outlive it.
 */
#ifndef POLICY_PEOPLE_H
#define POLICY_PEOPLE_H

#include "policy_model.h"

#define POLICY_CHECK_STEPS_MAX 20000000

struct policy_people {
    const struct policy_model *m; /* borrowed */
    struct policy_view *names;    /* of the principals; ascending */
    uint32_t count;
    uint32_t *of_subject; /* by subject: its principal; of others, no number */
    uint32_t *of_name;    /* by name: the principal, where it is a member of a team */
    uint32_t *first;      /* by principal, and one more: where its teams begin ... */
    uint32_t *teams;      /* ... here; ascending, each once */
    uint64_t steps_left;
};

/* Somebody about whom a check asks: all, those without a login, one, or a team whose
 * members nobody knows yet or who are all meant. */
struct policy_atom {
    enum policy_subject_kind kind;
    uint32_t number; /* of the principal or team */
};

enum err policy_people_init(
    struct policy_people *p, const struct policy_model *m) MUST_CHECK;
void policy_people_fini(struct policy_people *p);
/* False: no more; it stays so. */
bool policy_people_spend(struct policy_people *p, uint64_t steps);
bool policy_people_is_member(
    const struct policy_people *p, uint32_t principal, uint32_t team);
struct policy_atom policy_people_atom(const struct policy_people *p, uint32_t subject);
/* Whether the rule is about all that the atom stands for. */
bool policy_people_covers(
    struct policy_people *p, const struct policy_model_rule *r, struct policy_atom atom);
/* `any`, `alice`, `@ops`; cut where it is too long. */
void policy_people_text(
    const struct policy_people *p, struct policy_atom atom, char *out, size_t size);

#endif
