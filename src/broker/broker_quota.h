/*
 * broker_quota - which client quotas hold for a session, and what it used of those that
 * are counted here: time of this process, changes of partitions, and records of changes.
 * Bytes are counted by store, connections by the porter; both are told here whom they count
 * together.
 *
 * A quota is shared by all sessions of the same user, of the same client id, or both: see
 * meta_quota_rate(). The client id is what the client says of itself.
 */
#ifndef BROKER_QUOTA_H
#define BROKER_QUOTA_H

#include "broker_job.h"
#include "broker_session.h"

/* The session, its client id or the quotas changed: what holds now is told to store. */
void broker_quota_bind(struct broker_session *s);
/* The session is gone: others go on with what it used. */
void broker_quota_release(struct broker_session *s);
/* A quota was changed; what follows is done for all of a round together. */
void broker_quota_changed(struct broker *b, const struct meta_change *change);
void broker_quota_end_round(struct broker *b);
/* To a porter that knows of none yet. */
void broker_quota_tell_porter(struct broker *b);

/* The handler of a request or an OPEN begins, and ends. */
void broker_quota_begin(struct broker_session *s);
void broker_quota_end(struct broker_session *s);
/* The request in hand is answered: how long the client has to wait. No request may come
 * before that time is over. */
int32_t broker_quota_close_request(struct broker_session *s);

/*
 * The same for an OPEN, of which one request may need many. False: more of them than one
 * request has came before the time was over; only a gate that was taken over does that.
 */
bool broker_quota_may_open(struct broker_session *s, int32_t *throttle_ms_out) MUST_CHECK;

/*
 * A change, or a try that failed, has a record of its own (audit.changes.per.second): where
 * its principal made too many, the client waits afterwards. Nothing is refused for that.
 */
void broker_quota_change(struct broker_session *s);
/* The same where it is recorded when who asked may be gone: its other sessions wait. */
void broker_quota_change_by(struct broker *b, const struct broker_author *author);

/* So many partitions are made; the client waits afterwards. */
void broker_quota_mutate(struct broker_session *s, int32_t partitions);
/*
 * The same for an item of a request. False: the quota is used up, nothing was counted, and
 * the item is refused (THROTTLING_QUOTA_EXCEEDED, KIP-599); only from that version on.
 */
bool broker_quota_may_mutate(struct broker_session *s, struct broker_item *item,
    int32_t partitions, int16_t since_version) MUST_CHECK;

#endif
