/*
 * broker_lifetime - how long a session may act for the principal that it proved, and how
 * it proves it again on the same connection (KIP-368).
 *
 * It lasts as long as its credential is good, and by SASL no longer than its listener
 * allows. At the end it is ended, whatever it is doing: its grants hold at store without a
 * question to us. Unlike in Apache Kafka that does not wait for its next request.
 *
 * Who begins anew in time has the time of every authentication, in which nothing else is
 * taken from it; grants and quotas stay. It comes out as whom it was, or not at all.
 */
#ifndef BROKER_LIFETIME_H
#define BROKER_LIFETIME_H

#include "broker_session.h"

/* From now on, for a session that is authenticated. expires_ms: wall time after which its
 * credential is good for nothing; 0: never. */
void broker_lifetime_start(struct broker_session *s, int64_t expires_ms);

/* Whether a SaslHandshake of that version may begin anew: the session has an end, and did
 * not begin less than a second ago. */
bool broker_lifetime_may_renew(const struct broker_session *s, int16_t version);
/* ... and begins. With another mechanism than before it can only fail. */
void broker_lifetime_renew(struct broker_session *s, struct wire_view mechanism);
/* Whether it is at it. */
bool broker_lifetime_is_renewing(const struct broker_session *s);
bool broker_lifetime_has_other_mechanism(const struct broker_session *s);
bool broker_lifetime_has_other_principal(
    const struct broker_session *s, struct ipc_view principal);

#endif
