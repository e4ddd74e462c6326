/*
 * policy_signed - whether the files of a policy are what enough trusted keys signed.
 *
 * The manifest names every file with its digest, the cluster and a serial; what is signed
 * is the manifest. Each file must be in it, and each of its files be there, so that
 * nothing can be added that an include would find. Of the signatures those count that are
 * by a trusted key; two by the same key count once, whatever they are called. The serial
 * must be above that of the policy in force last; the same one is good for the same
 * manifest alone.
 *
 * Trust: manifest, signatures, files and state may hold any bytes; keys, the cluster and
 * the number of signatures are the administrator's.
 *
 * Ownership: borrows everything. Limits: those of policy_manifest.h, and
 * POLICY_SIGNATURES_MAX.
 */
#ifndef POLICY_SIGNED_H
#define POLICY_SIGNED_H

#include "policy_state.h"

#define POLICY_SIGNATURES_MAX 32 /* signature files, and trusted keys, at most */

struct policy_signed_part {
    const char *name; /* for messages; of a file its path below the directory */
    struct policy_view bytes;
};

struct policy_signed_parts {
    const struct policy_signed_part *items;
    size_t count;
};

struct policy_signed_order {
    struct policy_view cluster;         /* empty: whatever the manifest says */
    uint32_t required;                  /* signatures by different keys */
    struct policy_view last;            /* a state; empty: there was none */
    struct policy_signed_part manifest; /* no bytes: there is none */
    struct policy_signed_parts signatures;
    struct policy_signed_parts keys;
    struct policy_signed_parts files;
};

/*
 * OK: *out is what is to be kept as soon as the policy is in force. ERR_INVALID: the
 * report says all that is wrong. Where good is not NULL, a line for each signature that
 * counted is added to it, for a person.
 */
enum err policy_signed_check(const struct policy_signed_order *o, struct report *report,
    struct buf *good, struct policy_state *out) MUST_CHECK;

#endif
