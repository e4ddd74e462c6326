/*
 * broker_principal - who has sessions, how many, and when and how he last logged in.
 *
 * Only logins count: nobody has a row for being anonymous, or an administrator by the
 * socket.
 *
 * Ownership and limits: the rows belong to broker.principals. One of a principal with
 * sessions stays; of the others BROKER_PRINCIPALS_IDLE are kept, and the one that has been
 * without a session the longest goes first.
 */
#ifndef BROKER_PRINCIPAL_H
#define BROKER_PRINCIPAL_H

#include "broker_session.h"

#define BROKER_PRINCIPALS_IDLE  10000
#define BROKER_PRINCIPAL_REASON (4 * BROKER_PRINCIPAL_MAX + 48)

struct broker_principal {
    char *name; /* owned: "User:name" */
    uint32_t sessions;
    int64_t login_ms; /* wall time */
    char mechanism[33];
    char address[IPC_ADDRESS_MAX + 1];
    struct broker_principal *before; /* among those without a session */
    struct broker_principal *behind;
};

void broker_principals_init(struct broker_principals *p);
void broker_principals_fini(struct broker_principals *p);

/*
 * This session will be that principal's. ERR_FULL: he has as many as the session's
 * listener lets one have. ERR_NOMEM: he can not be counted.
 */
enum err broker_principal_enter(
    struct broker_session *s, struct ipc_view principal) MUST_CHECK;
/* Why that login was refused, for the audit. */
const char *broker_principal_reason(
    char out[BROKER_PRINCIPAL_REASON], struct ipc_view principal);
/* It proved who it is, for the first time or again. */
void broker_principal_login(struct broker_session *s);
/* It has no rights any more. Harmless for one that did not enter. */
void broker_principal_leave(struct broker_session *s);

/* NULL: nothing is known of him. */
const struct broker_principal *broker_principal_find(
    const struct broker *b, struct wire_view name);

#endif
