/*
 * warden_policy - has the policy compiled in a process of its own, and keeps the result.
 */
#ifndef WARDEN_POLICY_H
#define WARDEN_POLICY_H

#include "warden.h"

/*
 * Runs the compiler once over the bytes of the first descriptor; arguments end with NULL,
 * the first is the path of the policy, for messages. ERR_INVALID: what it had to say was
 * shown.
 */
enum err warden_policy_run(
    struct warden *w, const char *const *arguments, int in, int out) MUST_CHECK;
/* The bytes as a sealed memfd. */
enum err warden_policy_memfd(const struct buf *bytes, int *fd_out) MUST_CHECK;
/*
 * Has the signatures of the file checked, where the configuration asks for some, and
 * compiles it, or one without a rule where policy.mode=api; on success *out is what came
 * of it. Otherwise says on stderr what is wrong, in the compiler's words, and returns an
 * error; out->hash is set where the files could be read. expected: the hash that they must
 * have, or "": any; ERR_DENIED: they have another.
 */
enum err warden_policy_compile(struct warden *w, const char *path, const char *expected,
    struct warden_compiled *out) MUST_CHECK;
/* The same whatever policy.mode says. */
enum err warden_policy_compile_files(struct warden *w, const char *path,
    const char *expected, struct warden_compiled *out) MUST_CHECK;
/* The first policy, which no broker has seen yet. Takes what is in compiled. */
void warden_policy_first(struct warden *w, struct warden_compiled *compiled);
/* Sends the policy in force to a broker that has just started. */
enum err warden_policy_send(struct warden *w, struct ipc_link *broker) MUST_CHECK;
/*
 * Compiles the policy file anew and offers the result to broker as soon as that serves. It
 * replaces the policy in force when broker has accepted it; one that is refused leaves no
 * trace but a message. One at a time: a reload meanwhile waits. expected: as above.
 */
void warden_policy_reload(struct warden *w, const char *expected);
/* Broker serves: sends it what is on offer. */
void warden_policy_offer(struct warden *w);
/*
 * Broker's answer. ERR_INVALID: it was sent nothing with that serial. A broker that does
 * not take the policy in force is ended.
 */
enum err warden_policy_taken(
    struct warden_child *broker, const struct ipc_policy_taken *taken) MUST_CHECK;
/* An offer is kept for the next broker, but not for a third one. */
void warden_policy_on_core_death(struct warden *w);

#endif
