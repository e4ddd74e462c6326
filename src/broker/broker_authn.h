/*
 * broker_authn - the SASL exchange between a session and auth. Broker relays bytes that
 * it does not understand; only auth says who somebody is, on its own socket.
 */
#ifndef BROKER_AUTHN_H
#define BROKER_AUTHN_H

#include "broker_session.h"

/*
 * A new auth process. The one before stays until its attempts are over; one older than
 * that is let go. Takes fd.
 */
enum err broker_authn_add(struct broker *b, int fd) MUST_CHECK;
/* AUTH_RESULT: an answer for an attempt that is no longer under way is dropped. */
enum err broker_authn_on_result(void *context, const struct ipc_received *m);

#endif
