/*
 * sandbox - the one place that drops privilege: who runs as what, and the words for it.
 *
 * The warden calls sandbox_prepare(), sandbox_add_program() for each role,
 * sandbox_seal(), then sandbox_spawn() and, once the process says it is ready,
 * sandbox_verify(). Each process calls sandbox_close_files() and sandbox_close_calls()
 * before it reads a byte that it does not trust.
 *
 * Trust: nothing here reads what a peer sent. A layer that is missing ends the start; no
 * switch of a release build leaves one out.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* What a program exits with when a layer of its sandbox is missing. */
#define SANDBOX_EXIT 77

enum sandbox_role {
    SANDBOX_WARDEN,
    SANDBOX_PORTER,
    SANDBOX_GATE,
    SANDBOX_KEYS,
    SANDBOX_AUTH,
    SANDBOX_BROKER,
    SANDBOX_STORE,
    SANDBOX_AUDIT,
    SANDBOX_COMPILER,
    SANDBOX_AUTH_SCRATCH, /* auth with a directory of its own */
    SANDBOX_FETCH,
    SANDBOX_AUTH_DIAL, /* auth that dial gives connections to */
    SANDBOX_DIAL,
    SANDBOX_KEYS_TOKEN, /* keys with a PKCS#11 module */
    SANDBOX_ROLE_COUNT
};

enum sandbox_mode {
    SANDBOX_STRICT,    /* root: one user a role, namespaces, everything */
    SANDBOX_ROOTLESS,  /* an ordinary user: one user for all, the rest as strict */
    SANDBOX_CONTAINER, /* no namespaces: one user a role, Landlock with network rules */
    SANDBOX_MODE_COUNT
};

/* In the order in which they are put on. */
enum sandbox_layer {
    SANDBOX_LAYER_NONE,
    SANDBOX_LAYER_NAMESPACES,
    SANDBOX_LAYER_NETWORK,
    SANDBOX_LAYER_DESCRIPTORS,
    SANDBOX_LAYER_ROOT,
    SANDBOX_LAYER_CAPABILITIES,
    SANDBOX_LAYER_USERS,
    SANDBOX_LAYER_NO_NEW_PRIVS,
    SANDBOX_LAYER_LIMITS,
    SANDBOX_LAYER_EXEC,
    SANDBOX_LAYER_PROCESS, /* undumpable, ends with the warden, one thread */
    SANDBOX_LAYER_LANDLOCK,
    SANDBOX_LAYER_SECCOMP,
    SANDBOX_LAYER_COUNT
};

/* Which layer could not be put on, and why. */
struct sandbox_failure {
    enum sandbox_layer layer;
    int error;        /* errno */
    int landlock_abi; /* what the kernel has, where that is the reason; else 0 */
};

const char *sandbox_role_name(enum sandbox_role role);
/* The file name of the role's program. */
const char *sandbox_program_name(enum sandbox_role role);
const char *sandbox_mode_name(enum sandbox_mode mode);
/* ERR_INVALID for a word that is no mode. */
enum err sandbox_mode_parse(const char *text, enum sandbox_mode *out) MUST_CHECK;
/* What this mode gives up against strict, as a sentence for the log; NULL for strict. */
const char *sandbox_mode_lost(enum sandbox_mode mode);
const char *sandbox_layer_name(enum sandbox_layer layer);

/*
 * The sentence for a missing layer: process, layer, what was tried, errno, what is
 * needed, and the setting that would accept the loss. Always NUL-terminates.
 */
void sandbox_failure_text(const char *process, enum sandbox_mode mode,
    const struct sandbox_failure *failure, char *out, size_t size);

/* Says the sentence on stderr and exits with SANDBOX_EXIT. */
_Noreturn void sandbox_refuse(
    const char *process, enum sandbox_mode mode, const struct sandbox_failure *failure);

/* Every profile as text: groups, calls, arguments, limits, Landlock rights as a kernel with
 * this ABI has them, namespaces. */
void sandbox_print(FILE *out, int landlock_abi);

#endif
