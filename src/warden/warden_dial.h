/*
 * warden_dial - what the dial of a plugin is told: the addresses of the key that the
 * plugin's manifest names.
 */
#ifndef WARDEN_DIAL_H
#define WARDEN_DIAL_H

#include "warden.h"

/* Whether that plugin has one. */
bool warden_dial_is_wanted(const struct warden_plugin *p);
/* ERR_INVALID after a line in the log: the key is not set, or names no addresses. */
enum err warden_dial_check(
    const struct conf *conf, const struct warden_plugin *p) MUST_CHECK;
/* A line for each plugin whose dial this kernel can not keep to its ports. */
void warden_dial_warn(const struct warden *w);
/* Everything that its process is told before it starts. */
enum err warden_dial_start(struct warden_child *c) MUST_CHECK;

#endif
