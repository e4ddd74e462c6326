/*
 * policy_trial - a random policy, built, loaded and asked, against the reference.
 *
 * Draws from bytes that a fuzzer makes, or from a seed.
 */
#ifndef POLICY_TRIAL_H
#define POLICY_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trial_source {
    const uint8_t *bytes; /* NULL: drawn from the state */
    size_t left;
    uint64_t state; /* not 0 */
};

struct trial_counts { /* of decisions */
    uint64_t asked;
    uint64_t allowed;
    uint64_t denied; /* by a rule */
    uint64_t by_default;
};

/* One policy and that many questions. False: an answer differs, and stderr says which. */
bool policy_trial_run(
    struct trial_source *source, unsigned questions, struct trial_counts *counts);

#endif
