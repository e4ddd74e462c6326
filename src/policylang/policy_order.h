/*
 * policy_order - what a check of signatures needs, as one run of bytes, from whoever may
 * open files to whoever may look into them.
 *
 * A bundle (policy_bundle.h) whose names say what each text is: `m/`, `s/NAME`, `k/NAME`,
 * `f/PATH`, and `o/cluster`, `o/required`, `o/last`.
 *
 * Trust: decoded bytes are hostile.
 *
 * Ownership: a decoded order owns its arrays and names, and borrows the texts.
 */
#ifndef POLICY_ORDER_H
#define POLICY_ORDER_H

#include "policy_bundle.h"
#include "policy_signed.h"

struct policy_order {
    struct policy_signed_order order;
    struct policy_bundle bundle;
    struct policy_signed_part *parts;
};

/* ERR_INVALID: a name that is none; ERR_FULL: too much. out is then to be thrown away. */
enum err policy_order_encode(
    const struct policy_signed_order *o, struct buf *out) MUST_CHECK;
/* *out is to be freed after OK only. */
enum err policy_order_decode(
    const uint8_t *bytes, size_t length, struct policy_order *out) MUST_CHECK;
void policy_order_fini(struct policy_order *o);

#endif
