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

#include "err.h"
#include "wire_types.h"

#include <stdbool.h>

/*
 * Each of them, until on_topic returns false. False: that, or the bytes can not be read,
 * and nobody knows what the member wants.
 */
bool coord_subscription_each(struct wire_view metadata,
    bool (*on_topic)(void *context, struct wire_view topic), void *context) MUST_CHECK;

#endif
