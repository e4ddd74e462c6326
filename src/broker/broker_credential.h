/*
 * broker_credential - credentials that are set over the network, between those who set them
 * and the process that checks logins by them (auth).
 *
 * Broker keeps of each who has it, by which mechanism, how many iterations, and sealed
 * bytes; auth alone can open them. A process of auth is given all of its mechanisms before
 * anything else, and each change as it happens.
 *
 * Trust: auth is believed for whether it takes a credential and what is to be stored.
 *
 * Ownership: callbacks run exactly once; their context is the caller's.
 */
#ifndef BROKER_CREDENTIAL_H
#define BROKER_CREDENTIAL_H

#include "broker_session.h"

struct broker_credential_answer {
    bool heard;             /* false: there is no such process now, or it went away */
    uint8_t status;         /* enum ipc_credential_status */
    struct ipc_view stored; /* borrowed until the callback returns */
};

typedef void broker_credential_done(
    struct broker *b, void *context, const struct broker_credential_answer *answer);

void broker_credential_init(struct broker *b);
void broker_credential_fini(struct broker *b);

/* Higher than any that was given out or stored. */
int64_t broker_credential_serial(struct broker *b);
/* Asks the present process of the mechanism's authority. */
void broker_credential_tell(struct broker *b, const struct ipc_credential *told,
    broker_credential_done *done, void *context);

/* Everything that is in force, to a process that is to check logins from now on. Nothing
 * before the metadata is read. */
void broker_credential_give(struct broker_auth *auth);
/* The same, to all of them. */
void broker_credential_give_all(struct broker *b);
/* Its channel is closed: nothing that it was asked will be answered. */
void broker_credential_lost(struct broker_auth *auth);

/* Rows of the dispatch table for auth. */
enum err broker_credential_on_key(void *context, const struct ipc_received *m);
enum err broker_credential_on_answer(void *context, const struct ipc_received *m);
/* A gate wants to seal. */
enum err broker_credential_on_seal_ask(
    struct broker_session *s, const struct ipc_received *m) MUST_CHECK;

#endif
