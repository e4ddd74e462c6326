/*
 * broker_review - do the rights still stand by which handles were given out?
 *
 * Store honours a handle without a question to broker. So broker asks itself about each:
 * when the policy changes, at the moment that a rule names and, where a rule has a time,
 * each second.
 *
 * The grants of all sessions are one list, first the one that was looked at longest ago.
 * A review goes from its head, and puts at its end what still stands. So it has no place
 * of its own in tables that change, and one that begins before the last has ended leaves
 * no grant out, however often that happens.
 *
 * Limits: BROKER_REVIEW_SLICE grants in a round of the loop, the first of them at once;
 * messages that wait are served between two. A look takes less than a microsecond: up to
 * a slice of grants a review is over before anything else is done, and 300,000 take
 * 600 rounds, less than half a second of work. So a right that ends at the moment that
 * a rule names is taken away within the time of one review; one that ends by an age, or
 * because a clock was set, within a second and that time.
 */
#ifndef BROKER_REVIEW_H
#define BROKER_REVIEW_H

#include "broker_session.h"

#define BROKER_REVIEW_SLICE 512

/* A grant that was judged just now. Borrowed, until it is removed. */
void broker_review_add(struct broker_grant *g);
void broker_review_remove(struct broker_grant *g);

/* Another policy is in force, from files: when time asks for a review. Begins none. */
void broker_review_set_times(struct broker *b);
/*
 * The policy changed: revokes what nobody may hold any longer. A session that loses a
 * READ grant is ended, since bytes may be on their way in its socket.
 */
void broker_review_begin(struct broker *b);
/* There is another permissive policy: what it says of the rights in use is told by the way. */
void broker_review_compare(struct broker *b);
/* Each grant was looked at since the last broker_review_begin(). */
bool broker_review_is_over(const struct broker *b);
/*
 * ... and store acknowledged all that it was told until then. What it is told afterwards,
 * as that a client left, is not waited for: that may never stop.
 */
bool broker_review_is_settled(const struct broker *b);
/* One session, of which other things are known, all of it at once. False: it is ended. */
bool broker_review_session(struct broker_session *s);

#endif
