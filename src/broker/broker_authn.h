/*
 * broker_authn - the SASL exchange between a session and the authority for its mechanism.
 * Broker relays bytes that it does not understand; only an auth process says who somebody
 * is, on its own socket, and only whom the configuration lets it name on that listener.
 */
#ifndef BROKER_AUTHN_H
#define BROKER_AUTHN_H

#include "broker_session.h"

/* From the warden, before the start. */
enum err broker_authn_on_authority(
    struct broker *b, const struct ipc_authority *told) MUST_CHECK;
enum err broker_authn_on_scope(struct broker *b, const struct ipc_scope *told) MUST_CHECK;

/*
 * A new process of that authority. The one before stays until its attempts are over; one
 * older than that is let go. The new one is asked about every session of this authority,
 * and those that it does not know are ended. Takes fd.
 */
enum err broker_authn_add(struct broker *b, uint8_t authority, int fd) MUST_CHECK;

#endif
