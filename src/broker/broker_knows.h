/*
 * broker_knows - who may stay when a new process of an authority comes.
 *
 * It is asked about each session of its authority (AUTH_KNOWS), and says of each once
 * (AUTH_KNOWN) whether it knows the principal. Whom it does not know is ended. So is,
 * with a line in the log, who is not spoken of in BROKER_KNOWS_MS: a plugin that can not say
 * must not keep anybody in whom it should have put out. Another process that comes
 * meanwhile is asked anew, and gets no more time.
 *
 * Trust: a process is heard once for each question, about the session that it was asked
 * about; what else it says is counted (broker_debt.h).
 */
#ifndef BROKER_KNOWS_H
#define BROKER_KNOWS_H

#include "broker_session.h"

#define BROKER_KNOWS_MS 30000

/* Before any question. */
void broker_knows_init(struct broker_authority *a);
void broker_knows_ask(struct broker_auth *auth, struct broker_session *s);
/* About every session that its authority let in. */
void broker_knows_ask_all(struct broker_auth *auth);
/* AUTH_KNOWN; a handler. context: the struct broker_auth that it comes from. */
enum err broker_knows_on_known(void *context, const struct ipc_received *m) MUST_CHECK;

#endif
