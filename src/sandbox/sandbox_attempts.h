/*
 * sandbox_attempts - what an intruder would try in a process, and how each attempt must
 * end.
 *
 * One table for the tests and for the self-test of an installation. A stand-in enters the
 * sandbox of a role with the descriptors below, performs one attempt and sends the
 * outcome; its parent compares. Each attempt names the layers that stop it: with those
 * taken away (tests alone can do that) it ends otherwise, which shows that it is able to.
 */
#ifndef SANDBOX_ATTEMPTS_H
#define SANDBOX_ATTEMPTS_H

#include "sandbox.h"

/* What the stand-in holds, at fixed numbers. */
#define SANDBOX_ATTEMPT_CHANNEL  3 /* a connected socket: outcomes go there */
#define SANDBOX_ATTEMPT_READONLY 4 /* a file of the warden's user, open for reading */
#define SANDBOX_ATTEMPT_DATA     5 /* a directory of its own, held by the store alone */

/* An outcome is 0 (allowed), an errno, or a signal that ended the process. */
#define SANDBOX_OUTCOME_SIGNAL(n) (-(n))

struct sandbox_attempt {
    const char *name;
    unsigned roles;  /* bits: 1u << enum sandbox_role */
    unsigned layers; /* bits: 1u << enum sandbox_layer; none for what is allowed */
    int expected;    /* an outcome */
    int (*perform)(pid_t parent); /* NULL: the call below */
    long call;
    long args[6];
};

extern const struct sandbox_attempt sandbox_attempts[];
extern const size_t sandbox_attempt_count;

/* Performs it: the outcome, where the process outlives it. parent: a process to attack.
 */
int sandbox_attempt_perform(const struct sandbox_attempt *a, pid_t parent);
/* "allowed", "EACCES", "SIGSYS", ... */
void sandbox_outcome_text(int outcome, char *out, size_t size);

/* Those of the table that are more than one call. 0 or an errno. */
int sandbox_attempt_fork(pid_t parent);
int sandbox_attempt_kill_parent(pid_t parent);
int sandbox_attempt_read_parent(pid_t parent);
int sandbox_attempt_ptrace_parent(pid_t parent);
int sandbox_attempt_int80(pid_t parent);
int sandbox_attempt_reopen_writable(pid_t parent);
int sandbox_attempt_write_data(pid_t parent);
int sandbox_attempt_send_to_address(pid_t parent);
int sandbox_attempt_map_memory(pid_t parent);
int sandbox_attempt_bind_tcp(pid_t parent);
int sandbox_attempt_connect_tcp(pid_t parent);
int sandbox_attempt_be_dumpable(pid_t parent);

#endif
