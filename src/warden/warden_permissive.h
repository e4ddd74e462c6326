/*
 * warden_permissive - a second policy, which is loaded and asked beside the one in force,
 * and decides nothing.
 *
 * One that is no good stops nothing: it is said, and left out, or the one before stays.
 */
#ifndef WARDEN_PERMISSIVE_H
#define WARDEN_PERMISSIVE_H

#include "warden.h"

/* Reads it, where the configuration names one; waits for it. */
void warden_permissive_first(struct warden *w);
/* Reads it anew, and offers it to the broker of then when it is compiled. */
void warden_permissive_load(struct warden *w);
/* What is compiled is needed no more. */
void warden_permissive_stop(struct warden *w);
/* To a broker that has just started. */
enum err warden_permissive_send(struct warden *w, struct ipc_link *broker) MUST_CHECK;
void warden_permissive_taken(struct warden *w, const struct ipc_policy_taken *taken);
/* For the status; nothing where there is none. */
enum err warden_permissive_tell(struct warden *w, struct ipc_link *broker) MUST_CHECK;

#endif
