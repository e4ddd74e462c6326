/*
 * auth_dial - the plugin's connections: asks its dial for one and waits.
 *
 * Trust: the dial may have been taken over. What it can do is to be slow, to refuse, and
 * to hand over a socket that leads elsewhere: who is at the other end is the plugin's to
 * find out. Anything else that it sends ends its channel, and is no connection.
 *
 * Ownership: owns the channel. A descriptor that is handed out is the caller's.
 *
 * Limits: a call ends after AUTH_DIAL_TIMEOUT_MAX_MS at the latest, with a little more for
 * the answer itself.
 */
#ifndef AUTH_DIAL_H
#define AUTH_DIAL_H

#include "ipc_channel.h"

#define AUTH_DIAL_TIMEOUT_MAX_MS 5000

struct auth_dial {
    struct ipc_channel channel; /* closed: there is no dial now */
    uint64_t request;           /* the last one */
};

void auth_dial_init(struct auth_dial *d);
void auth_dial_fini(struct auth_dial *d);
/* The one before, if any, is over. Takes fd. */
enum err auth_dial_link(struct auth_dial *d, int fd) MUST_CHECK;
/* A connected socket that does not block, or -1. */
int auth_dial_connect(struct auth_dial *d, uint32_t timeout_ms);

#endif
