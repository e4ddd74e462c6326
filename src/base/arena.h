/*
 * arena - many small allocations, one limit, one free.
 *
 * For what is decoded from one message: everything dies together, and a peer can not make
 * us allocate more than the limit.
 *
 * Ownership: the arena owns all memory it hands out.
 */
#ifndef ARENA_H
#define ARENA_H

#include "err.h"

#include <stddef.h>

struct arena {
    struct arena_block *first; /* the newest block, the others behind it */
    size_t used;               /* bytes handed out since the last reset, rounded up */
    size_t limit;
};

/* No memory is taken until the first allocation. limit: bytes in all. */
void arena_init(struct arena *a, size_t limit);
/* Zeroed, aligned for any type; NULL at the limit or out of memory. */
void *arena_alloc(struct arena *a, size_t count, size_t size) MUST_CHECK;
/* A copy with a NUL behind it. */
char *arena_copy_text(struct arena *a, const void *bytes, size_t length) MUST_CHECK;
/* Forget everything; keeps one block of ordinary size for the next message. */
void arena_reset(struct arena *a);
void arena_fini(struct arena *a);

#endif
