/*
 * warden_admin - the administrator's socket, and what only the warden can tell those who
 * come by it: which processes there are, and what became of a reload.
 *
 * Trust: the socket stands where the administrator says. What stands there already is
 * replaced when it is a socket of ours that nobody listens on, and else left alone. Who
 * may connect is said by its owner and mode, and by the porter once more; nothing that
 * comes through it is read here.
 *
 * Ownership: the descriptor and the file are the warden's, from warden_admin_bind() to
 * warden_admin_remove().
 */
#ifndef WARDEN_ADMIN_H
#define WARDEN_ADMIN_H

#include "warden_files.h"

#define WARDEN_ADMINS_MAX                                                                \
    16 /* gates beside those of clients; as many as the porter lets in */

/* Where there is to be one: binds and listens. Before anything is confined. */
enum err warden_admin_bind(struct warden *w, struct warden_message *why) MUST_CHECK;
/* Takes the file away, if it is still the one that was made. Harmless without one. */
void warden_admin_remove(struct warden *w);

/* A line in the log, once it is heard. */
void warden_admin_announce(const struct warden *w);
/* LISTENER of the socket; nothing where there is none. */
enum err warden_admin_send(struct warden *w, struct ipc_link *link) MUST_CHECK;
/* ... and the socket itself, for the porter. */
enum err warden_admin_give(struct warden *w, struct ipc_link *porter) MUST_CHECK;

/* Broker asks on behalf of an administrator. */
enum err warden_admin_on_status_ask(struct warden *w) MUST_CHECK;
enum err warden_admin_on_reload_ask(
    struct warden *w, const struct ipc_reload_ask *ask) MUST_CHECK;

/* --- a reload, from its beginning to its end; see warden_reload.c --- */

void warden_admin_reload_begins(struct warden *w);
/* What became of one part: a code of the log, and what it is about. */
void warden_admin_reload_part(struct warden *w, const char *code, const char *name);
/* Something came to its end: if it was the last, whoever asked is told. */
void warden_admin_reload_check(struct warden *w);

#endif
