/*
 * scram_kept - credentials that administrators set over the network: opened, checked and
 * in force.
 *
 * What is offered was sealed by a gate (seal_box.h); what is kept was made here from an
 * offer, by this process or one before it with the same keys. Both open only for the user,
 * the mechanism, the iterations and, once kept, the serial that broker names beside them.
 * Without a lasting secret there are no keys, and everything is refused.
 *
 * Trust: broker's words and all bytes are checked against what is inside the seal. Who took
 * broker over can offer credentials of his own making, and keep back or bring again stored
 * ones that it has; one that is older than what is in force is refused.
 *
 * Ownership: owns its entries and keys, and wipes them.
 *
 * Limits: SCRAM_KEPT_MAX credentials.
 */
#ifndef SCRAM_KEPT_H
#define SCRAM_KEPT_H

#include "scram_credential.h"
#include "seal_box.h"
#include "table.h"

#include <schloss/auth_plugin.h>

#define SCRAM_KEPT_MAX 10000u

struct scram_kept {
    struct table by_name; /* of a mechanism and a name */
    bool has_keys;
    struct seal_keys keys;
    uint8_t stored[SEAL_STORED_MAX]; /* of the last offer */
};

void scram_kept_init(struct scram_kept *k);
void scram_kept_fini(struct scram_kept *k);

/* Once; the secret lasts, and has 32 bytes or more. */
void scram_kept_set_secret(struct scram_kept *k, const void *secret, size_t length);

/*
 * OFFER, KEEP and REMOVE of auth_plugin.h. ERR_INVALID: refused. ERR_UNSUPPORTED: there are
 * no keys. *stored_out of an offer is good until the next.
 */
enum err scram_kept_offer(struct scram_kept *k, const struct schloss_auth_credential *c,
    struct schloss_auth_bytes *stored_out) MUST_CHECK;
enum err scram_kept_keep(
    struct scram_kept *k, const struct schloss_auth_credential *c) MUST_CHECK;
enum err scram_kept_remove(
    struct scram_kept *k, const struct schloss_auth_credential *c) MUST_CHECK;

/* NULL: the user has none of that mechanism. */
const struct scram_credential *scram_kept_find(const struct scram_kept *k,
    enum scram_mechanism mechanism, const char *name, size_t length);
/* Each once, in no order; *cursor starts at 0; NULL at the end. */
const struct scram_credential *scram_kept_next(
    const struct scram_kept *k, size_t *cursor);

#endif
