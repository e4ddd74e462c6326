/*
 * warden_history - keeps the files of the policy in force, for whoever plans the next one.
 *
 * A history that can not be kept is a line in the log: it decides nothing.
 *
 * Trust: nothing that was kept is read here.
 */
#ifndef WARDEN_HISTORY_H
#define WARDEN_HISTORY_H

#include "warden.h"

/* The directory that the configuration names, else the one beside policy.state.file. */
void warden_history_directory(const struct warden *w, char *out, size_t size);
/* Once for each policy that came into force. */
void warden_history_keep(struct warden *w);

#endif
