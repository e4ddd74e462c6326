/*
 * policytool_invariant - what must stay true, compared: never and exclusive statements and
 * tests of two policies.
 *
 * Meaning, not text: the order of statements and lists, labels and names of tests are no
 * change, and other members of a team are one. What only one policy has is paired by its
 * id, its teams or its name, and is then a change; without a pair it was added or removed.
 *
 * Limits: texts of 256 MiB in all; ERR_FULL. Ownership: borrows both models.
 */
#ifndef POLICYTOOL_INVARIANT_H
#define POLICYTOOL_INVARIANT_H

#include "policy_model.h"

/* In text nothing where nothing differs, else a table behind an empty line; in JSON an
 * array. */
enum err policytool_invariant_write(const struct policy_model *was,
    const struct policy_model *is, bool as_json, struct buf *out,
    bool *differs_out) MUST_CHECK;

#endif
