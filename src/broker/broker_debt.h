/*
 * broker_debt - which answers a process of auth still owes: others nobody asked for.
 *
 * A process that was taken over could keep broker at work with answers that find nothing.
 * So they are counted. It owes at most one answer for each message of an attempt, and one
 * for each session that it is asked about. Of an attempt that ended meanwhile the answer
 * may be on its way: for a minute it is still taken. So it is where auth ends an attempt
 * whose client is silent. Beyond that it may be wrong BROKER_UNASKED_MAX times, half of
 * which is forgotten each minute; after that its channel ends, and with it the process.
 *
 * Trust: one that keeps the rules of auth_host.h never says more than it was asked, so
 * nothing that clients do ends its channel.
 */
#ifndef BROKER_DEBT_H
#define BROKER_DEBT_H

#include "broker_session.h"

#define BROKER_UNASKED_MAX 16

/* A process that has said nothing yet. */
void broker_debt_reset(struct broker_auth *auth);

/* The process at work on the session was sent one more message of its attempt. */
void broker_debt_add(struct broker_session *s);
/* ... and answered the one that was waited for. ends: nothing more can come. */
void broker_debt_pay(struct broker_session *s, bool ends);
/* Nobody waits for what it still owes on this attempt. */
void broker_debt_drop(struct broker_session *s);

/* An answer to an attempt that is not waited for. ERR_INVALID: too many of them. */
enum err broker_debt_on_late(struct broker_auth *from) MUST_CHECK;
/* An answer to nothing at all: the same. */
enum err broker_debt_on_unasked(struct broker_auth *from) MUST_CHECK;

#endif
