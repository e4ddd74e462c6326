/*
 * warden_policy - the policy in force, and the next one on its way to broker.
 */
#ifndef WARDEN_POLICY_H
#define WARDEN_POLICY_H

#include "warden.h"

/* The first policy, which no broker has seen yet; waits for it. An error: it was said what
 * is wrong. */
enum err warden_policy_first(struct warden *w) MUST_CHECK;
/* Sends the policy in force to a broker that has just started. */
enum err warden_policy_send(struct warden *w, struct ipc_link *broker) MUST_CHECK;
/*
 * Compiles the policy file anew and offers the result to broker as soon as that serves. It
 * replaces the policy in force when broker has accepted it; one that is refused leaves no
 * trace but a message. One at a time: a reload meanwhile waits, and counts once with those
 * after it, as the last of them. expected: the hash that the files must have, or "": any.
 */
void warden_policy_reload(struct warden *w, const char *expected);
/* A reload of it is neither accepted nor refused yet. */
bool warden_policy_is_under_way(const struct warden *w);
/* What is compiled is needed no more. */
void warden_policy_stop(struct warden *w);
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
