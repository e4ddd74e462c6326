/*
 * warden_life - start, deaths, reload and stop of the whole.
 */
#ifndef WARDEN_LIFE_H
#define WARDEN_LIFE_H

#include "warden_child.h"

/* Starts every process that should be there and is not. */
void warden_start_missing(struct warden *w);
/* Whether the configuration needs that process at all. */
bool warden_is_wanted(const struct warden *w, enum ipc_role role);
/* Every process that should be there is, verified and wired. */
bool warden_all_ready(struct warden *w);
void warden_on_serving(struct warden *w);
/* A gate is gone: when stopping, that may have been the last. */
void warden_on_gate_end(struct warden *w);

/* Begins an orderly end; the loop stops when all are gone. */
void warden_stop(struct warden *w, int exit_status);
/* SIGHUP: configuration, policy, certificate and users are read again, each validated
 * whole. */
void warden_reload(struct warden *w);
/* The policy files alone; expected: the hash that they must have, or "": any. */
void warden_reload_policy(struct warden *w, const char *expected);
/* One of them: starts a process that takes over when it is ready. False after saying why. */
bool warden_reload_post(struct warden *w, struct warden_post post);

/* One LISTENER message. */
enum err warden_listener_send(
    struct warden *w, struct ipc_link *link, size_t index) MUST_CHECK;

#endif
