/*
 * warden_compile - has policy files checked and compiled, each time in processes of their
 * own: where signatures are asked for one that looks at those, then the compiler.
 *
 * The files are read at once; the processes are watched in the loop, and the warden goes
 * on meanwhile. Only before anything is served it waits for them.
 *
 * Trust: what the processes write is a policy that broker looks at, a state in the words of
 * policy_state.h, and text for people. One that is stopped, or never done, costs its time
 * and no more.
 *
 * Ownership: `struct warden_compile` is its owner's and must outlive its run; what came of
 * it, in `out`, is the owner's after OK.
 *
 * Limits: WARDEN_COMPILE_TIMEOUT_MS for each process; one that takes longer is killed. Of
 * its words WARDEN_COMPILE_MESSAGES_MAX bytes are shown.
 */
#ifndef WARDEN_COMPILE_H
#define WARDEN_COMPILE_H

#include "warden.h"

#define WARDEN_COMPILE_TIMEOUT_MS   10000
#define WARDEN_COMPILE_MESSAGES_MAX ((off_t)1024 * 1024)

struct warden_compile_ask {
    const char *path;
    const char *expected; /* the hash that the files must have, or "": any */
    bool only_files;      /* whatever policy.mode says */
    void (*on_end)(struct warden *w, enum err e);
};

/*
 * Reads the files and starts the first process; where policy.mode=api no file is read, and
 * a policy without a rule is compiled. After OK on_end is called once, from the loop, with
 * what came of it: OK, or an error after it was said on stderr what is wrong, in the
 * compiler's words. An error here means the same at once, and on_end is not called.
 * ERR_DENIED: the files have another hash than was expected. out.hash is set where they
 * could be read.
 */
enum err warden_compile_begin(struct warden *w, struct warden_compile *c,
    const struct warden_compile_ask *ask) MUST_CHECK;
/* The same, but waits for its end; ask->on_end is NULL. */
enum err warden_compile_wait(struct warden *w, struct warden_compile *c,
    const struct warden_compile_ask *ask) MUST_CHECK;
/* Ends its process; on_end is not called. Harmless where none runs. */
void warden_compile_abandon(struct warden_compile *c);

#endif
