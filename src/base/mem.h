/*
 * mem - allocation that can be made to fail, and memory that is wiped.
 *
 * Every allocation of the product goes through here, so that a test can make the n-th one
 * fail. mem_wipe() is not removed by the optimiser. Secrets live in `struct secret`:
 * wiped when freed, and with no function that prints them.
 */
#ifndef MEM_H
#define MEM_H

#include "err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed memory for count objects of size bytes, or NULL (also when the product
 * overflows). */
void *mem_alloc(size_t count, size_t size) MUST_CHECK;
/* As realloc(), for count objects of size bytes; what is new is not zeroed. */
void *mem_resize(void *p, size_t count, size_t size) MUST_CHECK;
/* A copy of length bytes with a NUL after them, or NULL. */
char *mem_copy_text(const void *bytes, size_t length) MUST_CHECK;
void mem_free(void *p);
void mem_wipe(void *p, size_t length);

/* Tests: the next `successes` allocations succeed, the one after fails, and so on again;
 * negative: never fail. */
void mem_fail_after(long successes);

struct secret {
    uint8_t *bytes; /* owned; NULL when empty */
    size_t length;
};

/* Takes a copy. On success *out owns it. */
enum err secret_set(struct secret *out, const void *bytes, size_t length) MUST_CHECK;
/* Wipes and frees; accepts an empty one. */
void secret_free(struct secret *s);

/* Constant time in length; both must hold that many bytes. */
bool mem_equal_constant_time(const void *a, const void *b, size_t length);

#endif
