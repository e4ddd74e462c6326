/*
 * policy_run_tests - what the `test` blocks of a policy say, asked of the compiled policy.
 *
 * A case asks for each of its names by each of its operations: `can` wants them all
 * allowed, `cannot` wants none to be. What a case does not say:
 *
 *   with   mtls, and the login was just now
 *   tls    1.3
 *   from   0.0.0.0, which is in no network but those of every address: `from` does not
 *          hold, `from not` does
 *   via    no listener: `via` does not hold
 *   at     no time: allows with `after` or `until` do not hold, denies with them do
 *
 * so that an answer depends on nothing but the files. Principals are in the teams that
 * list them, in none of those from elsewhere, and are no super users.
 *
 * Ownership: struct policy_test_results owns its marks.
 */
#ifndef POLICY_RUN_TESTS_H
#define POLICY_RUN_TESTS_H

#include "policy_model.h"

struct policy_test_results {
    size_t passed; /* of a case, each name by each operation counts */
    size_t failed;
    uint8_t *touched; /* by rule: some case was decided by it */
    size_t rules;
};

struct policy_test_filter { /* NULL instead of one: every test */
    bool (*is_wanted)(void *context, const struct policy_model_test *t);
    void *context;
};

/*
 * p: the model as compiled. Each case that fails is reported once. ERR_NOMEM only; *out is
 * to be freed in any case.
 */
enum err policy_run_tests(const struct policy_model *m, const struct policy *p,
    const struct policy_test_filter *filter, struct report *report,
    struct policy_test_results *out) MUST_CHECK;
void policy_test_results_fini(struct policy_test_results *r);
/* Whether a test could have touched the rule: it allows or denies. */
bool policy_test_is_covered_kind(const struct policy_model_rule *r);
/* The session that a case is about. */
struct policy_context policy_test_context(const struct policy_model_case *c);

#endif
