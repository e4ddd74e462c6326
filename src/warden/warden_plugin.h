/*
 * warden_plugin - the plugins that authenticate: which of them the listeners need, where
 * they are, what each is given.
 *
 * A plugin is NAME.so and NAME.manifest in the directory of our programs or in
 * schloss.auth.plugin.dir. Each has an auth process, a root and a user of its own.
 */
#ifndef WARDEN_PLUGIN_H
#define WARDEN_PLUGIN_H

#include "warden.h"

/*
 * Reads the manifests, decides which plugins are needed and which mechanisms each has.
 * ERR_INVALID after saying what is wrong in the log: a mechanism that nobody has, for
 * one.
 */
enum err warden_plugin_find(struct warden *w) MUST_CHECK;
/* ERR_INVALID, with a line in the log: a setting of its own that it does not ask for. */
enum err warden_plugin_check_values(
    const struct warden_plugin *p, const struct conf *conf) MUST_CHECK;
/* Everything that its process is told before it starts. */
enum err warden_plugin_start(struct warden_child *c) MUST_CHECK;
/* Broker does not listen to its process any more: it is ended, whatever it is at, and
 * started anew as after any death. */
void warden_plugin_on_broken(struct warden *w, uint8_t number);
/* To broker: every plugin, and whom it may name on which listener. */
enum err warden_plugin_tell(struct warden *w, struct ipc_link *broker) MUST_CHECK;

#endif
