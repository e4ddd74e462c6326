/*
 * warden_child - one process: spawn, START, READY, verify, wire, watch.
 */
#ifndef WARDEN_CHILD_H
#define WARDEN_CHILD_H

#include "warden.h"

/* What a process is there for: its role, and of auth and dial the plugin. */
struct warden_post {
    enum ipc_role role;
    const struct warden_plugin *plugin;
};

/* Every place that a process has to fill, in the order of their start; how many. */
size_t warden_posts(const struct warden *w, struct warden_post out[WARDEN_POSTS_MAX]);
/* Starts a process for that post; it is wired to its peers once it is ready. */
enum err warden_child_start(
    struct warden *w, struct warden_post post, bool replaces) MUST_CHECK;
/* The present one that is ready, or NULL. */
struct warden_child *warden_child_ready(struct warden *w, enum ipc_role role);
/* For people: "broker", "auth-password", "dial-ldap". */
const char *warden_post_name(struct warden_post post);
const char *warden_child_name(const struct warden_child *c);
/* Tells it to stop; its end is then not a death. */
void warden_child_stop(struct warden_child *c);
void warden_child_kill(struct warden_child *c);
/* For a process that nothing watches yet: kills and reaps it. Harmless when it was never
 * started. */
void warden_child_reap(const struct sandbox_process *process);
void warden_child_free(struct warden_child *c);

/* START of the role, with its listeners before it. */
enum err warden_start_send(struct warden_child *c) MUST_CHECK;
/* Connects a child that became ready with every peer that is. */
enum err warden_wire(struct warden_child *c) MUST_CHECK;

/* For the death of a child; see warden_death.c. */
void warden_on_death(struct warden_child *c, int status);
/* A child is ready for the first time or took over. */
void warden_on_ready(struct warden_child *c);

#endif
