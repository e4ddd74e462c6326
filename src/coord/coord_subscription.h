/*
 * coord_subscription - the topics that a member of protocol type `consumer` wants
 * (ConsumerProtocolSubscription, versions 0 and above: what follows the topics is not
 * read).
 *
 * Trust: a peer sent the bytes to its fellow members; the protocol leaves them to the
 * clients, so they may be anything.
 */
#ifndef COORD_SUBSCRIPTION_H
#define COORD_SUBSCRIPTION_H

#include "wire_types.h"

#include <stdbool.h>

/* Also true where the bytes can not be read: nobody knows what the member wants. */
bool coord_subscription_has(struct wire_view metadata, struct wire_view topic);

#endif
