/*
 * selftest_result - what was attempted, what was to come of it, what did.
 *
 * Ownership: the list copies its texts.
 */
#ifndef SELFTEST_RESULT_H
#define SELFTEST_RESULT_H

#include "err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define SELFTEST_RESULTS_MAX 4096

struct selftest_result {
    char process[16];
    char attempt[96];
    char expected[48];
    char got[160];
    bool refused;
    bool over_ipc;
};

struct selftest_results {
    struct selftest_result *items;
    size_t count;
    size_t refused;
};

enum err selftest_results_init(struct selftest_results *r) MUST_CHECK;
void selftest_results_fini(struct selftest_results *r);
/* Refused: expected and got are the same words. */
void selftest_results_add(struct selftest_results *r, bool over_ipc, const char *process,
    const char *attempt, const char *expected, const char *got);

/* Attempts that ended alike in several processes share a line. */
void selftest_results_print(const struct selftest_results *r, FILE *out);
/* An array of objects with process, attempt, expected, got, refused. */
void selftest_results_print_json(const struct selftest_results *r, FILE *out);

#endif
