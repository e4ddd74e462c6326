/*
 * policy_index - from a hash to a number, for names that are looked up whole.
 *
 * Hashes come from table_hash(), under the random key of the process: names that a peer
 * chooses cannot be made to collide. Twice as many slots as entries, so a search always
 * ends.
 */
#ifndef POLICY_INDEX_H
#define POLICY_INDEX_H

#include "err.h"

#include <stddef.h>
#include <stdint.h>

struct policy_index {
    uint32_t *slots; /* number + 1; 0: free */
    size_t mask;
};

enum err policy_index_init(struct policy_index *index, size_t entries) MUST_CHECK;
void policy_index_fini(struct policy_index *index);
/* At most `entries` times. */
void policy_index_add(struct policy_index *index, uint64_t hash, uint32_t number);
/*
 * The next number that may be meant, or UINT32_MAX. *slot begins as the hash; the caller
 * compares and asks again.
 */
uint32_t policy_index_next(const struct policy_index *index, uint64_t *slot);

#endif
