/*
 * table - a hash table from bytes to pointers, keyed against flooding.
 *
 * Trust: keys may be chosen by a peer. SipHash-1-3 under a random key of the process, so
 * that nobody outside can choose keys that collide.
 *
 * Ownership: keys are copied, values are borrowed: the table never frees a value.
 */
#ifndef TABLE_H
#define TABLE_H

#include "err.h"

#include <stddef.h>
#include <stdint.h>

struct table {
    struct table_slot *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
    size_t used; /* count and deleted slots */
    size_t limit;
};

/* limit: how many entries at most. */
void table_init(struct table *t, size_t limit);
void table_fini(struct table *t);
/* Adds or replaces. value must not be NULL. ERR_FULL at the limit. */
enum err table_put(
    struct table *t, const void *key, size_t length, void *value) MUST_CHECK;
/* NULL where there is none. */
void *table_get(const struct table *t, const void *key, size_t length);
/* Returns what was removed, or NULL. */
void *table_remove(struct table *t, const void *key, size_t length);
/*
 * Each value once, in no order; *cursor starts at 0; NULL at the end. The present entry
 * may be removed while walking, nothing may be added.
 */
void *table_next(const struct table *t, size_t *cursor);

uint64_t table_hash(const void *bytes, size_t length);
/* Draws the key of the process; the first table_init() does it too. Call it before a
 * sandbox closes. */
void table_seed(void);

#endif
