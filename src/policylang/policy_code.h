/*
 * policy_code - every code that stands in brackets behind an error of a policy file.
 *
 * Codes are stable: none is given another meaning, none is used again.
 */
#ifndef POLICY_CODE_H
#define POLICY_CODE_H

#include <stddef.h>

struct policy_code {
    const char *code;
    const char *meaning; /* one line */
    const char *action;  /* what to do */
};

/* NULL: there is no such code. */
const struct policy_code *policy_code_find(const char *code);
/* In order; NULL behind the last. */
const struct policy_code *policy_code_at(size_t index);

#endif
