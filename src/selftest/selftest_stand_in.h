/*
 * selftest_stand_in - what stands in for a process: enters its sandbox, then does one
 * forbidden thing.
 *
 * Descriptors as in sandbox_attempts.h. It sends one byte on the channel when it is in
 * its sandbox; a byte back starts the attempt; the outcome is an int. Linked with
 * `sandbox` by the program that ships and with `sandbox_testing` by the tests, so it
 * needs neither.
 */
#ifndef SELFTEST_STAND_IN_H
#define SELFTEST_STAND_IN_H

#include "sandbox.h"

/* attempt: its number in the table. target: the process to attack. */
_Noreturn void selftest_stand_in(enum sandbox_role role, size_t attempt, pid_t target);

#endif
