/*
 * broker_admin - the administrator's sessions, and what they alone may ask.
 *
 * Trust: that a session is an administrator's, and whose, is told by the porter, which has
 * it from the kernel. No message of a gate leads there, and the name that such a session
 * has, `Admin:uid-N`, is none that a plugin, the configuration or the policy could give:
 * theirs begin with `User:`. What it may ask stands in a table of its own; nothing else is
 * answered to it, and nothing in that table to anybody else.
 */
#ifndef BROKER_ADMIN_H
#define BROKER_ADMIN_H

#include "broker_api.h"

/* A client came by the administrator's socket. */
void broker_admin_open(struct broker *b, const struct ipc_admin_open *open);
/* NULL: not one that is answered to administrators. */
const struct broker_api *broker_admin_find(int16_t key);

BROKER_HANDLER(broker_on_describe_sessions); /* broker_admin.c */
BROKER_HANDLER(broker_on_end_sessions);
BROKER_HANDLER(broker_on_record_selftest);
BROKER_HANDLER(broker_on_describe_last_use); /* broker_last_use.c */
BROKER_HANDLER(broker_on_status);            /* broker_status.c */
BROKER_HANDLER(broker_on_reload);

#endif
