/*
 * exchange_import - rules of other tools as a policy file.
 *
 * Trust: the text may hold any bytes.
 */
#ifndef EXCHANGE_IMPORT_H
#define EXCHANGE_IMPORT_H

#include "exchange_acl.h"

#define EXCHANGE_POLICY_HEADER "policy 1\n"

enum exchange_format {
    EXCHANGE_FORMAT_GUESS, /* by how the text begins */
    EXCHANGE_FORMAT_KAFKA_ACLS,
    EXCHANGE_FORMAT_STRIMZI,
    EXCHANGE_FORMAT_TERRAFORM,
    EXCHANGE_FORMAT_REDPANDA,
};

/* Into a set, as it stands there. ERR_INVALID: why_out says what is wrong. */
enum err exchange_read(enum exchange_format format, struct policy_view text,
    struct exchange_set *out, struct buf *why_out) MUST_CHECK;
/*
 * A whole policy: its header, statements, and behind them a comment for each thing that
 * could not be taken. Sorts the set and drops from it what is implied.
 */
enum err exchange_write_policy(struct exchange_set *s, struct buf *out) MUST_CHECK;
/* The same of a text; how many could not be taken in *left_out. ERR_INVALID, ERR_FULL:
 * why_out says what is wrong. */
enum err exchange_import(enum exchange_format format, struct policy_view text,
    struct buf *out, size_t *left_out, struct buf *why_out) MUST_CHECK;

#endif
