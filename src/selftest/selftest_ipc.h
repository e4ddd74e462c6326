/*
 * selftest_ipc - what a gate that was taken over can try on its own channels.
 *
 * Each attempt has a gate of its own in a private broker (selftest_instance.h). It passes
 * only when it ended in the words of the table and, besides, no byte of the canary
 * reached the gate, every shared process lives on under its process id, a connection that
 * was there before still answers, and a new client can log in.
 */
#ifndef SELFTEST_IPC_H
#define SELFTEST_IPC_H

#include "selftest_course.h"

struct selftest_ipc_attempt {
    const char *process; /* the one that is attacked */
    const char *name;
    enum selftest_login login;
    const char *expected;
    void (*perform)(struct selftest_attack *a); /* fills a->got */
};

/* The attempts of selftest_ipc.def, by name below; one function each. */
#define ATTEMPT(process, name, login, expected, function)                                \
    void selftest_attack_##function(struct selftest_attack *a);
#include "selftest_ipc.def"
#undef ATTEMPT

/* dir: empty; the private broker lives there. 0, or what to exit with. */
int selftest_ipc_run(const char *dir, const char *program_dir, enum sandbox_mode mode,
    struct selftest_results *out);

/* --- for the attacks --- */

/* Reads by a handle; "no grant", "error N" or "read". */
void selftest_attack_fetch(struct selftest_attack *a, uint64_t handle);
/* It was let in, and reads what is bob's if it can. */
void selftest_attack_let_in(struct selftest_attack *a);

/* What is good: alice proves who she is, by all that an intruder can do as well. */
bool selftest_attack_prove_alice(struct selftest_attack *a);
bool selftest_attack_scram_alice(struct selftest_attack *a);

#endif
