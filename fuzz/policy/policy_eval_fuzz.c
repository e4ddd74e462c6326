#include "policy_trial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes draw a policy and questions: the evaluator and the reference agree. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t none;
    struct trial_source source = {.bytes = size > 0 ? data : &none, .left = size};
    struct trial_counts counts = {0};

    if (!policy_trial_run(&source, 16, &counts)) {
        __builtin_trap();
    }
    return 0;
}
