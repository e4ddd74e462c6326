/*
 * policy_nearest - "did you mean", for names that files define.
 *
 * Ownership: keeps copies.
 */
#ifndef POLICY_NEAREST_H
#define POLICY_NEAREST_H

#include "policy.h"
#include "report.h"

#define POLICY_NEAREST_MAX 48 /* bytes; longer names are not compared */

struct policy_nearest {
    char word[POLICY_NEAREST_MAX];
    char best[POLICY_NEAREST_MAX];
    struct report_nearest nearest;
};

void policy_nearest_init(struct policy_nearest *n, struct policy_view word);
void policy_nearest_offer(struct policy_nearest *n, struct policy_view candidate);
/* "did you mean 'PREFIXbest'?", or else the other text. */
void policy_nearest_help(const struct policy_nearest *n, const char *prefix,
    const char *otherwise, char *out, size_t size);

#endif
