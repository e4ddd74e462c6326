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
    char client_id[256];
};

void broker_event_note_author(struct broker_author *out, const struct broker_session *s);

/* Texts may be NULL. */
void broker_event_authentication(
    struct broker_session *s, enum ipc_outcome outcome, const char *reason);
/* A refusal that the client is told of; see broker_denial.h. */
void broker_event_denied(struct broker_session *s, const char *operation,
    const char *resource, struct wire_view name, const char *rule);
/* An allowed change of state, with its outcome. s may be NULL: who asked is gone. */
void broker_event_admin(struct broker *b, struct broker_session *s, const char *operation,
    const char *resource, struct wire_view name, enum ipc_outcome outcome,
    const char *reason);
/* The same, by who may be gone. */
void broker_event_admin_by(struct broker *b, const struct broker_author *author,
    const char *operation, const char *resource, struct wire_view name,
    enum ipc_outcome outcome, const char *reason);
/* What an administrator looked at: nobody waits for its record. */
void broker_event_look(struct broker_session *s, const char *operation,
    const char *resource, struct wire_view name);
/* Members or offsets of a group changed. count: how many of them. */
void broker_event_group(struct broker_session *s, const char *operation,
    struct wire_view group, enum ipc_outcome outcome, uint32_t count);
/* The same, by who is gone. */
void broker_event_group_by(struct broker *b, const struct broker_author *author,
    const char *operation, struct wire_view group, uint32_t count);
/* A session that somebody else ended. */
void broker_event_ended(struct broker_session *s, const char *by);
/* For modules that make events of their own: who and when is filled in where it is not.
 * The number of the record, see broker_trail_add(). */
uint64_t broker_event_of(struct broker_session *s, struct ipc_event *event);
void broker_event_by(
    struct broker *b, const struct broker_author *author, struct ipc_event *event);
/* The name of the request in hand, or of the one that an OPEN is for. */
const char *broker_event_api(const struct broker_session *s, const char *operation);
/* What is answered next says so, and waits for it where audit.on.failure=block. */
void broker_event_needs_record(struct broker_session *s, uint64_t record);
/* A line that a gate asked for, with the session before it. */
void broker_event_gate_log(struct broker_session *s, const struct ipc_gate_log *line);

#endif
