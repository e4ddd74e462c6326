/*
 * role - what every child process does the same way: start, enter its sandbox, run, stop.
 *
 * A process is started by the warden with one channel on descriptor 3. It gets its peers
 * and its START message there, makes itself ready, enters its sandbox, says READY, and
 * runs until the warden says STOP or is gone. The warden is the one sender that is
 * trusted: a bad message from it ends the process.
 */
#ifndef ROLE_H
#define ROLE_H

#include "ipc_link.h"
#include "sandbox.h"

#define ROLE_WARDEN_FD 3

/* States of the warden's channel, for the `states` column of a process's dispatch table.
 */
#define ROLE_STARTING 1u
#define ROLE_RUNNING  2u

/* Exit statuses of every process (sysexits.h where there is one). */
#define ROLE_EXIT_OK 0
#define ROLE_EXIT_FAULT                                                                  \
    70 /* our own fault, or a sibling's breach that we can not survive */
#define ROLE_EXIT_SANDBOX 77
#define ROLE_EXIT_CONFIG  78

struct role {
    enum ipc_role self;
    enum sandbox_role
        sandbox; /* the one it enters: role_sandbox(), or a wider one of its own */
    struct loop *loop;
    struct ipc_link warden;
    bool started;  /* the START handler was happy: set by it */
    bool stopping; /* the STOP handler ran, or the warden is gone */
};

/* The sandbox of a role. */
enum sandbox_role role_sandbox(enum ipc_role self);

/*
 * Opens the loop and the warden's channel. handlers: this process's table, with the rows
 * of the warden's messages and their states. A failure ends the process. main() calls
 * sandbox_print_libraries() before it.
 */
void role_begin(struct role *r, enum ipc_role self, int argc, char **argv,
    const struct ipc_handler handlers[IPC_MSG_COUNT], void *context);

/* Handles the warden's messages until the START handler set r->started. Exits when it can
 * not. */
void role_await_start(struct role *r);

/* Landlock, seccomp, READY, in this order; from here on only what the profile allows. */
void role_enter(struct role *r);
/* The same for one that connects to these TCP ports. */
void role_enter_but_ports(struct role *r, const uint16_t *ports, size_t count);
/* The same in its two halves, for the store, which starts its flushers between them. */
void role_close_files(struct role *r, const int *directories, size_t count);
void role_close_calls(struct role *r);

/* The first half for one that reads beneath these files and directories, and writes
 * nothing. */
void role_close_files_but_reading(struct role *r, const int *paths, size_t count);

/* Runs the loop until r->stopping; returns the exit status. */
int role_run(struct role *r);

/* For a START handler that refuses its configuration: says why and exits with
 * ROLE_EXIT_CONFIG. */
_Noreturn void role_refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
