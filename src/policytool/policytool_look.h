/*
 * policytool_look - which rules of a model are about somebody, and about something.
 *
 * The evaluator decides; this says which statements of the files took part in it, for
 * people. Agreement of the two is tested.
 *
 * Ownership: a person owns its list of teams and borrows the model and the question.
 */
#ifndef POLICYTOOL_LOOK_H
#define POLICYTOOL_LOOK_H

#include "policy_model.h"
#include "policytool_question.h"

/* A principal as one model knows it. */
struct policytool_person {
    const struct policy_model *model;
    struct policy_view principal; /* without User: */
    bool is_anonymous;
    bool *teams; /* by number: is in it */
};

enum err policytool_person_init(struct policytool_person *p, const struct policy_model *m,
    const struct policytool_question *q) MUST_CHECK;
void policytool_person_fini(struct policytool_person *p);
bool policytool_person_is(
    const struct policytool_person *p, const struct policy_model_subject *s);
/* The first subject of the rule that is this person; NULL: none. */
const struct policy_model_subject *policytool_person_in(
    const struct policytool_person *p, const struct policy_model_rule *r);

/* The targets of a rule one by one, those of its roles if it is a grant. */
struct policytool_targets {
    const struct policy_model *model;
    const struct policy_model_rule *rule;
    uint32_t role; /* the next one to open */
    struct policy_range left;
};

struct policytool_targets policytool_targets_of(
    const struct policy_model *m, const struct policy_model_rule *r);
const struct policy_model_target *policytool_targets_next(struct policytool_targets *t);

/* allow and grant */
bool policytool_is_allow(const struct policy_model_rule *r);
/* deny and never: where one matches, nobody may, but that a super user needs no allow rule
 * which a never could take away. */
bool policytool_is_refusal(const struct policy_model_rule *r);
bool policytool_is_unconditional(const struct policy_model_condition *c);
/* A name of that kind is one that the target is about. */
bool policytool_target_has(const struct policy_model_target *t,
    enum policy_resource resource, struct policy_view name);
/* Every name of `inner` is one of `outer`. */
bool policytool_target_covers(
    const struct policy_model_target *outer, const struct policy_model_target *inner);
/* What operations of an allow rule mean: with those that Apache Kafka takes along. */
uint32_t policytool_implied(uint32_t bits);
/* Of an allow rule with what is implied, of a deny rule as written; only what has a
 * meaning on the kind. */
uint32_t policytool_effective(
    const struct policy_model_rule *r, const struct policy_model_target *t);

bool policytool_has_address(const struct policy_context *c);
/* Whether it holds; if not, what it wants, in words, separated by `; `. */
bool policytool_condition_holds(const struct policy_model *m,
    const struct policy_model_condition *c, const struct policy_context *context,
    struct buf *why);

#endif
