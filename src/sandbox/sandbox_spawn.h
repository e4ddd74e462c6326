/*
 * sandbox_spawn - starts a role's program inside its sandbox.
 *
 * Everything that can be done before exec is done by one function in one order (see
 * sandbox_confine.c); what fails there comes back as {layer, errno}. Landlock and seccomp
 * the program puts on itself (sandbox_enter.h), and sandbox_verify() looks whether it
 * did.
 *
 * Ownership: descriptors are borrowed; the caller closes its own copies. The caller owns
 * the process: reaps pid, closes pidfd.
 */
#ifndef SANDBOX_SPAWN_H
#define SANDBOX_SPAWN_H

#include "sandbox_prepare.h"

#define SANDBOX_FDS_MAX       32
#define SANDBOX_FD_TARGET_MAX 63
#define SANDBOX_ARGUMENTS_MAX 8

struct sandbox_fd {
    int fd;
    int target; /* the number in the new process: 3 and up */
};

struct sandbox_start {
    enum sandbox_role role;
    unsigned instance; /* as for sandbox_uid() */
    const char *root;  /* as named in sandbox_add_program() */
    int program_fd;
    const char *const
        *arguments; /* after argv[0], which is the program's name; ends with NULL */
    const struct sandbox_fd *fds;
    size_t fd_count;
    int stderr_fd; /* becomes descriptor 2; 0 and 1 are /dev/null */
};

struct sandbox_process {
    pid_t pid;
    int pidfd;
    unsigned instance;
};

/* Returns when the program has been exec'd; ERR_DENIED with *failure_out set when a layer
 * failed. */
enum err sandbox_spawn(const struct sandbox *s, const struct sandbox_start *start,
    struct sandbox_process *out, struct sandbox_failure *failure_out) MUST_CHECK;

#endif
