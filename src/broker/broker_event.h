/*
 * broker_event - what broker tells audit, and its log.
 */
#ifndef BROKER_EVENT_H
#define BROKER_EVENT_H

#include "broker_session.h"

/* Texts may be NULL. */
void broker_event_authentication(
    struct broker_session *s, enum ipc_outcome outcome, const char *reason);
/* The first few of a request one by one, the others counted. */
void broker_event_denied(struct broker_session *s, const char *operation,
    const char *resource, struct wire_view name, const char *rule);
/* One event for the denials of the request in hand that were not told one by one. */
void broker_event_denied_more(struct broker_session *s);
/* An allowed change of state, with its outcome. s may be NULL: who asked is gone. */
void broker_event_admin(struct broker *b, struct broker_session *s, const char *operation,
    const char *resource, struct wire_view name, enum ipc_outcome outcome,
    const char *reason);
/* A session that somebody else ended. */
void broker_event_ended(struct broker_session *s, const char *by);
/* A line that a gate asked for, with the session before it. */
void broker_event_gate_log(struct broker_session *s, const struct ipc_gate_log *line);

#endif
