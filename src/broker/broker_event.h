/*
 * broker_event - what broker tells audit, and its log.
 */
#ifndef BROKER_EVENT_H
#define BROKER_EVENT_H

#include "broker_session.h"

/* Who asked for something that may take longer than the session does. */
struct broker_author {
    uint64_t session; /* 0: not known */
    char principal[BROKER_PRINCIPAL_MAX + 1];
    char address[IPC_ADDRESS_MAX + 1];
    char listener[65];
    char mechanism[33];
};

void broker_event_note_author(struct broker_author *out, const struct broker_session *s);

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
/* The same, by who may be gone. */
void broker_event_admin_by(struct broker *b, const struct broker_author *author,
    const char *operation, const char *resource, struct wire_view name,
    enum ipc_outcome outcome, const char *reason);
/* A session that somebody else ended. */
void broker_event_ended(struct broker_session *s, const char *by);
/* A line that a gate asked for, with the session before it. */
void broker_event_gate_log(struct broker_session *s, const struct ipc_gate_log *line);

#endif
