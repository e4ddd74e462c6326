/*
 * warden_fetch - has the keys of tokens fetched from their URL, again and again, by a process
 * that is made for one fetch and ends (src/fetch).
 *
 * The warden connects the socket and hands it on; it reads nothing from it. What comes back
 * is sealed and compared byte for byte with what is in force. If it differs, the plugin is
 * started anew with it, as in a reload; it is in force when that process is ready. A fetch
 * that fails, or keys that the plugin refuses, leave the last good ones.
 *
 * Trust: of what the process leaves the warden looks at the size and the bytes; its sentence
 * is escaped.
 *
 * Ownership: all of it is warden.fetch.
 *
 * Limits: one fetch at a time, of WARDEN_FETCH_TIMEOUT_MS and WARDEN_FETCH_BYTES_MAX; none
 * while the plugin has WARDEN_FETCH_PROCESSES_MAX processes, old ones included.
 */
#ifndef WARDEN_FETCH_H
#define WARDEN_FETCH_H

#include "warden_child.h"

#define WARDEN_FETCH_TIMEOUT_MS    12000 /* it ends by itself after 10 s */
#define WARDEN_FETCH_BYTES_MAX     ((off_t)256 * 1024)
#define WARDEN_FETCH_BACKOFF_MS    10000 /* after the first failure; doubled by each */
#define WARDEN_FETCH_PROCESSES_MAX 8
#define WARDEN_FETCH_SENTENCE      200 /* bytes of the process's own that are shown */

/* After the plugins are known: whether one wants it. ERR_NOT_FOUND after saying why. */
enum err warden_fetch_open(struct warden *w) MUST_CHECK;
/* Its root, where it is wanted. */
enum err warden_fetch_root(
    struct warden *w, struct sandbox_failure *failure_out) MUST_CHECK;
/* Fetches at once, and from then on. Harmless where nothing is fetched, as are those below.
 */
void warden_fetch_now(struct warden *w);
/* The same for a reload, before the plugin is started anew: a fetch that runs is ended, and
 * keys that are not in force yet are dropped, as both are of the address and the CA that were. */
void warden_fetch_anew(struct warden *w);
/* Ends the process that may run. */
void warden_fetch_stop(struct warden *w);

/* Is the file of that key fetched, for this plugin? Then it is sent by the second. */
bool warden_fetch_has(const struct warden_child *c, const char *key);
enum err warden_fetch_send(struct warden_child *c, const char *name) MUST_CHECK;
/* A process of a plugin is ready, or has ended. */
void warden_fetch_on_ready(struct warden_child *c);
void warden_fetch_on_death(struct warden_child *c);

/* How long until the next: refresh_ms, or less after failures; up to a tenth less. */
int64_t warden_fetch_delay(unsigned failures, int64_t refresh_ms, uint64_t random);
/* ERR_INVALID: another size than 1 byte to the limit. ERR_IO. */
enum err warden_fetch_seal(int fd) MUST_CHECK;
/* Byte for byte; other: -1 is like nothing. */
bool warden_fetch_is_same(int fd, int other);

#endif
