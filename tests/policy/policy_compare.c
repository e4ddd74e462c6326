/*
 * policy_compare - the evaluator against the reference, over random policies.
 *
 * usage: policy_compare [N [SEED]]
 *
 * exit: 0 no difference, 1 a difference, or too few decisions of a kind, 2 usage
 */
#include "policy_trial.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

#define QUESTIONS 500 /* of one policy */
#define LEAST     20  /* per cent that are allowed, and that a rule denies */

static void print_share(const char *what, uint64_t count, uint64_t of)
{
    (void)printf("%-22s %12llu  %5.1f%%\n", what, (unsigned long long)count,
        100.0 * (double)count / (double)of);
}

static bool take(const char *text, int64_t *out)
{
    return text_to_i64(text, strlen(text), 1, INT64_MAX / 2, out) == OK;
}

int main(int argc, char **argv)
{
    int64_t wanted = 10000000;
    int64_t seed = 1;
    struct trial_counts counts = {0};

    if (argc > 3 || (argc > 1 && !take(argv[1], &wanted)) ||
        (argc > 2 && !take(argv[2], &seed))) {
        (void)fprintf(stderr, "usage: policy_compare [N [SEED]]\n");
        return 2;
    }
    uint64_t mixed = (uint64_t)seed * UINT64_C(0x9e3779b97f4a7c15);
    struct trial_source source = {.state = mixed != 0 ? mixed : 1};
    uint64_t policies = 0;
    while (counts.asked < (uint64_t)wanted) {
        uint64_t left = (uint64_t)wanted - counts.asked;
        policies++;
        if (!policy_trial_run(
                &source, left < QUESTIONS ? (unsigned)left : QUESTIONS, &counts)) {
            (void)printf("policy %llu differs\n", (unsigned long long)policies);
            return 1;
        }
    }
    (void)printf("%llu comparisons over %llu policies, seed %lld: no difference\n",
        (unsigned long long)counts.asked, (unsigned long long)policies, (long long)seed);
    print_share("allowed", counts.allowed, counts.asked);
    print_share("denied by a rule", counts.denied, counts.asked);
    print_share("denied by default", counts.by_default, counts.asked);
    return counts.allowed * 100 >= counts.asked * LEAST &&
                   counts.denied * 100 >= counts.asked * LEAST
               ? 0
               : 1;
}
