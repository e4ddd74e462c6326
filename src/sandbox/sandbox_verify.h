/*
 * sandbox_verify - the parent looks for itself whether a process is in its sandbox.
 *
 * Called once the process says it is ready and before it is given anything. What the
 * kernel says about it is compared with what was promised: filter, capabilities, users,
 * threads, namespaces, and every open descriptor.
 */
#ifndef SANDBOX_VERIFY_H
#define SANDBOX_VERIFY_H

#include "sandbox_spawn.h"

enum sandbox_fd_kind {
    SANDBOX_FD_NULL, /* /dev/null */
    SANDBOX_FD_SOCKET,
    SANDBOX_FD_PIPE,
    SANDBOX_FD_EPOLL,
    SANDBOX_FD_EVENT,
    SANDBOX_FD_MEMORY, /* memfd */
    SANDBOX_FD_REGULAR,
    SANDBOX_FD_DIRECTORY,
    SANDBOX_FD_OTHER
};

struct sandbox_expected_fd {
    int number;
    enum sandbox_fd_kind kind;
};

struct sandbox_expectation {
    unsigned threads;
    /* 0 and 1 are SANDBOX_FD_NULL and not listed; every other descriptor is. */
    const struct sandbox_expected_fd *fds;
    size_t fd_count;
};

/* ERR_DENIED and a sentence in text when the process must not be used; ERR_NOT_FOUND: it
 * is gone. */
enum err sandbox_verify(const struct sandbox *s, const struct sandbox_process *process,
    enum sandbox_role role, const struct sandbox_expectation *expected, char *text,
    size_t size) MUST_CHECK;

#endif
