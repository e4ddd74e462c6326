/*
 * sandbox_enter - what a process does to itself after exec, before it says it is ready.
 *
 * First read the configuration, initialise and use every library once; then
 * sandbox_close_files(), then make threads if the role has any, then
 * sandbox_close_calls(), last. On failure print it and exit (sandbox_refuse()): never go
 * on.
 */
#ifndef SANDBOX_ENTER_H
#define SANDBOX_ENTER_H

#include "sandbox.h"

/*
 * Primes the random numbers and the C library, makes the process undumpable, binds its
 * life to the warden's, forbids memory to become executable, checks that there is one
 * thread, then puts Landlock on. `directories` stay readable and writable for the store;
 * none for the others.
 */
enum err sandbox_close_files(enum sandbox_role role, const int *directories, size_t count,
    struct sandbox_failure *failure_out) MUST_CHECK;
/* The same for a role that connects: TCP to these ports stays possible. */
enum err sandbox_close_files_but_ports(enum sandbox_role role, const uint16_t *ports,
    size_t count, struct sandbox_failure *failure_out) MUST_CHECK;
/* The same for a role that reads these files, and beneath these directories. */
enum err sandbox_close_files_but_reading(enum sandbox_role role, const int *paths,
    size_t count, struct sandbox_failure *failure_out) MUST_CHECK;
/* No new process, and the system call filter for all threads. */
enum err sandbox_close_calls(
    enum sandbox_role role, struct sandbox_failure *failure_out) MUST_CHECK;

/* The warden's list of refused calls; every process it starts inherits it. After
 * sandbox_seal(). */
enum err sandbox_enter_warden(struct sandbox_failure *failure_out) MUST_CHECK;

#endif
