/*
 * sandbox_confine - the one order in which a child gives up what it has, before exec.
 *
 * Descriptors, network, root, capabilities, users, no_new_privs, limits. Runs between
 * clone and exec: system calls only. Internal to this folder.
 */
#ifndef SANDBOX_CONFINE_H
#define SANDBOX_CONFINE_H

#include "sandbox_prepare.h"
#include "sandbox_spawn.h"

/*
 * clone() into the mode's namespaces. 0 in the child, the process id in the parent, -1
 * and errno on failure.
 */
pid_t sandbox_clone(const struct sandbox *s, int *pidfd_out);

/*
 * In the child. *program_fd and *error_fd are moved out of the way of the fixed
 * descriptors. True when every layer is on; otherwise *failure says which is not.
 */
bool sandbox_confine(const struct sandbox *s, const struct sandbox_start *start,
    int *program_fd, int *error_fd, struct sandbox_failure *failure) MUST_CHECK;

#endif
