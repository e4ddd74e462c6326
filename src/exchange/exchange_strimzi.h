/*
 * exchange_strimzi - KafkaUser resources of Strimzi, one or many in a file, or a list of
 * them.
 *
 * A user with TLS authentication is the principal `User:CN=NAME`, any other `User:NAME`.
 *
 * Trust: the text may hold any bytes.
 */
#ifndef EXCHANGE_STRIMZI_H
#define EXCHANGE_STRIMZI_H

#include "exchange_acl.h"

/* ERR_INVALID: no YAML, or none of Kubernetes; why_out says what is wrong. Another object
 * than a KafkaUser is noted. */
enum err exchange_strimzi_read(
    struct policy_view text, struct exchange_set *out, struct buf *why_out) MUST_CHECK;
/* Whether a rule can stand in a KafkaUser. */
bool exchange_strimzi_can_hold(const struct exchange_acl *a);
/* One document for each principal, with the entries that can be held. Sorts the set. */
void exchange_strimzi_write(struct exchange_set *s, struct buf *out);

#endif
