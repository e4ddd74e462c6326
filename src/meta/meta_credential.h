/*
 * meta_credential - the SCRAM credentials that were set over the network: who has which,
 * and bytes of which nobody here can make anything.
 *
 * The bytes are sealed by the process that checks logins, to itself. KRaft's own record of
 * a credential would hold its keys in plain.
 *
 * Trust: credentials come from the disk, or from a peer that may alter them.
 *
 * Ownership: struct meta_credentials owns its rows; a row is good until the next change.
 *
 * Limits: META_CREDENTIALS_MAX of them, META_CREDENTIAL_SEALED_MAX bytes each.
 */
#ifndef META_CREDENTIAL_H
#define META_CREDENTIAL_H

#include "err.h"
#include "table.h"
#include "wire_types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define META_CREDENTIALS_MAX       10000
#define META_CREDENTIAL_NAME_MAX   255
#define META_CREDENTIAL_SEALED_MAX 1024
/* Of SCRAM-SHA-256 and -512, as Apache Kafka has it. */
#define META_ITERATIONS_MIN 4096
#define META_ITERATIONS_MAX 16384

/* As the protocol numbers them. */
enum meta_mechanism {
    META_SCRAM_SHA_256 = 1,
    META_SCRAM_SHA_512 = 2,
    META_MECHANISMS = 2, /* how many there are; numbered from 1 */
};

struct meta_credential {
    struct wire_view name; /* of the user; its own */
    int8_t mechanism;      /* enum meta_mechanism */
    int32_t iterations;
    int64_t serial; /* above 0; of a user and mechanism each change has a higher one */
    struct wire_view sealed; /* its own */
};

struct meta_credentials {
    struct table by_key;
    int64_t serial; /* the highest that there ever was */
};

/* "SCRAM-SHA-256"; NULL: there is none of that number. */
const char *meta_mechanism_name(int8_t mechanism);
/* NULL, or what is wrong with it, sealed bytes included where it is not removed. */
const char *meta_credential_error(const struct meta_credential *c, bool remove);

void meta_credentials_init(struct meta_credentials *all);
void meta_credentials_fini(struct meta_credentials *all);

/* NULL: the user has none of that mechanism. */
const struct meta_credential *meta_credential_find(
    const struct meta_credentials *all, struct wire_view name, int8_t mechanism);
/* Adds or replaces. ERR_CORRUPT: it is not good, or not newer than what is replaced.
 * ERR_FULL: the limit. */
enum err meta_credential_set(
    struct meta_credentials *all, const struct meta_credential *c) MUST_CHECK;
/* The same; to remove what is not there is no error. */
enum err meta_credential_remove(
    struct meta_credentials *all, const struct meta_credential *c) MUST_CHECK;
/* Each row once, in no order; *cursor starts at 0; NULL at the end. */
const struct meta_credential *meta_credential_next(
    const struct meta_credentials *all, size_t *cursor);

#endif
