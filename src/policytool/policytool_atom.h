/*
 * policytool_atom - for one party, what two policies say about each of their patterns.
 *
 * An atom is a pattern that either policy names to the party and that a change may
 * concern. Its forms are numbers: equal ones mean that the same is allowed under the same
 * conditions.
 *
 * Ownership: owns its arrays; borrows targets and conditions of the grips.
 */
#ifndef POLICYTOOL_ATOM_H
#define POLICYTOOL_ATOM_H

#include "policytool_grip.h"

#define POLICYTOOL_OPERATIONS (POLICY_TWO_PHASE_COMMIT + 1)
#define POLICYTOOL_NO_FORM    0 /* not allowed */
#define POLICYTOOL_NO_ATOM    SIZE_MAX

struct policytool_atom {
    const struct policy_model_target *target;
    size_t parent; /* the narrowest atom around it, or POLICYTOOL_NO_ATOM */
    uint32_t forms[2][POLICYTOOL_OPERATIONS];
};

/* Conditions by their numbers, sorted: any of the first, none of the second. */
struct policytool_form {
    size_t first; /* in numbers */
    size_t allows;
    size_t denies;
};

struct policytool_atoms {
    struct policytool_atom *items; /* wider ones before those within them */
    size_t count;
    struct policytool_form *forms; /* the first is POLICYTOOL_NO_FORM */
    size_t forms_count;
    size_t forms_capacity;
    uint32_t *numbers;
    size_t numbers_count;
    size_t numbers_capacity;
};

/* Entries of both sides; sorts them. */
enum err policytool_atoms_make(struct policytool_entry *entries[2],
    const size_t counts[2], struct policytool_atoms *out) MUST_CHECK;
void policytool_atoms_fini(struct policytool_atoms *a);

#endif
