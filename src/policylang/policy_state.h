/*
 * policy_state - which signed policy was in force last, so that none older comes back.
 *
 *     schloss-policy-state 1
 *     serial 2026112001
 *     manifest <64 hex digits>
 *     signers 2
 *
 * The checker of signatures writes it, the warden keeps it unread, and hands it to the
 * next check.
 *
 * Trust: may hold any bytes. Ownership: values only.
 */
#ifndef POLICY_STATE_H
#define POLICY_STATE_H

#include "buf.h"
#include "policy_manifest.h"

#define POLICY_STATE_MAX ((size_t)256)

struct policy_state {
    uint64_t serial;
    uint8_t manifest[POLICY_DIGEST_BYTES];
    uint32_t signers;
};

bool policy_state_parse(struct policy_view text, struct policy_state *out) MUST_CHECK;
void policy_state_write(const struct policy_state *s, struct buf *out);

#endif
