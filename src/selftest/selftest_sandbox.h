/*
 * selftest_sandbox - every attempt of the table, in the sandbox of every process.
 *
 * A hostile stand-in is spawned with exactly the user, root, descriptors, limits and
 * filter of the process, verified as the warden verifies, and performs one attempt.
 *
 * The caller is in a mount namespace of its own afterwards, and under the warden's list
 * of refused calls: this comes last.
 */
#ifndef SELFTEST_SANDBOX_H
#define SELFTEST_SANDBOX_H

#include "sandbox.h"
#include "selftest_result.h"

struct selftest_sandbox_options {
    enum sandbox_mode mode;
    uid_t uid_base;
    const char *program; /* schloss-hostile */
    const char *dir;     /* to write in; made and removed by the caller */
};

/* 0, or what the program should exit with: a sentence on stderr says why. */
int selftest_sandbox_run(
    const struct selftest_sandbox_options *options, struct selftest_results *out);

#endif
