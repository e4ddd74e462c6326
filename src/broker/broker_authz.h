/*
 * broker_authz - may this session do that?
 *
 * With policy.mode=file the policy file says so, with api the rules that clients set, with
 * mixed both: what one of them denies is denied, what the file allows is allowed, and what
 * a client's rule allows is where the file delegates it and does not say never.
 *
 * Every refusal that a client is told of is an audit event, before the answer goes out.
 * What is only left out of a list is `filtered`, and no event.
 */
#ifndef BROKER_AUTHZ_H
#define BROKER_AUTHZ_H

#include "broker_session.h"

/* Somebody logged in, or is_anonymous: nobody had to. Forgets who it was before. */
void broker_authz_trust(struct broker_session *s, bool is_anonymous);
/* What its authority says of it beside its name: which groups it is in, and who issued its
 * credential. ERR_INVALID: that can not be; ERR_NOMEM. After both nothing is known of it. */
enum err broker_authz_set_facts(
    struct broker_session *s, const struct ipc_auth_result *told) MUST_CHECK;
void broker_authz_forget(struct broker_session *s);
/* Takes it; the one before is freed. */
void broker_authz_set_policy(struct broker *b, struct policy *fresh);
/* The same for the rules that clients set, where they count. */
void broker_authz_set_clients_policy(struct broker *b, struct policy *fresh);
/* For policy_load(). */
uint32_t broker_authz_flags(const struct broker *b);
/* Asks, and records a refusal. request_name: the API, for the record. */
bool broker_may(struct broker_session *s, enum policy_operation operation,
    enum policy_resource resource, struct wire_view name);
/* Whether it stands in a list: a refusal is recorded nowhere, but for what the permissive
 * policy would do otherwise. on_cluster: a right that is enough for all of it, or 0. */
bool broker_may_list(struct broker_session *s, enum policy_operation on_cluster,
    enum policy_resource resource, struct wire_view name);
/* One right or the other: the topic's is the one that a refusal names. */
bool broker_may_topic_or_cluster(struct broker_session *s,
    enum policy_operation on_cluster, enum policy_operation operation,
    struct wire_view name);
/* Asks quietly: a first question whose refusal is not the last word, or one that was told
 * before. */
bool broker_may_quietly(struct broker_session *s, enum policy_operation operation,
    enum policy_resource resource, struct wire_view name);
/* What the permissive policy says of a right that is in use, where it differs. */
void broker_authz_compare(struct broker_session *s, enum policy_operation operation,
    enum policy_resource resource, struct wire_view name);
/* The cluster as a whole. */
bool broker_may_cluster(
    struct broker_session *s, enum policy_operation operation, bool quietly);
/* Idempotent writing: on the cluster, or write on any topic (Kafka's KIP-679). */
bool broker_may_write_idempotent(struct broker_session *s);
/* The bit field of authorized operations. */
int32_t broker_operations(
    struct broker_session *s, enum policy_resource resource, struct wire_view name);
/* Whether the principal is one of super.users. */
bool broker_is_super(const struct broker *b, const char *principal);

#endif
