/*
 * broker_grant - turns a right into a handle that store honours, and takes it back.
 *
 * Store is told of a grant before the gate is; a grant is keyed by topic id and dies with
 * the session, with the topic, or with the right.
 */
#ifndef BROKER_GRANT_H
#define BROKER_GRANT_H

#include "broker_session.h"

/* OPEN of a gate. */
enum err broker_grant_on_open(
    struct broker_session *s, const struct ipc_received *m) MUST_CHECK;
/* Sends one REVOKE; store acknowledges each. */
void broker_grant_tell(struct broker *b, const struct ipc_revoke *revoke);
/* The topic is going away: its grants end before it does. */
void broker_grant_revoke_topic(struct broker *b, struct wire_uuid topic_id);
/* The topic has other settings: gates ask again before they write, and go by those. */
void broker_grant_renew_writes(struct broker *b, const struct meta_topic *topic);
/* Nothing can be recorded: every right to write ends, with reads also to read; gates ask
 * again. */
void broker_grant_suspend(struct broker *b, bool reads);
/* What the permissive policy says of it. */
void broker_grant_compare(const struct broker_grant *g);
/* Whether its session may have it still. */
bool broker_grant_stands(const struct broker_grant *g);
/* Tells store, and frees it. */
void broker_grant_revoke(struct broker_grant *g);
/* All that the session has, without a word to store. */
void broker_grant_forget(struct broker_session *s);

#endif
