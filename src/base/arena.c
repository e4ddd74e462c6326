#include "arena.h"

#include "mem.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)16 * 1024)

struct arena_block {
    struct arena_block *next;
    size_t size;
    size_t used;
    alignas(max_align_t) uint8_t bytes[];
};

void arena_init(struct arena *a, size_t limit)
{
    *a = (struct arena){.limit = limit};
}

static struct arena_block *add_block(struct arena *a, size_t size)
{
    size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
    struct arena_block *block = NULL;

    if (room <= SIZE_MAX - sizeof(*block)) {
        block = mem_alloc(1, sizeof(*block) + room);
    }
    if (block != NULL) {
        block->size = room;
        block->next = a->first;
        a->first = block;
    }
    return block;
}

void *arena_alloc(struct arena *a, size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes)) {
        return NULL;
    }
    /* What is lost to alignment counts too, or many small ones would exceed the limit. */
    size_t rounded = (bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (rounded < bytes || rounded > a->limit - a->used) {
        return NULL;
    }
    struct arena_block *block = a->first;
    if (block == NULL || block->size - block->used < rounded) {
        block = add_block(a, rounded);
        if (block == NULL) {
            return NULL;
        }
    }
    void *p = block->bytes + block->used;
    memset(p, 0, rounded);
    block->used += rounded;
    a->used += rounded;
    return p;
}

char *arena_copy_text(struct arena *a, const void *bytes, size_t length)
{
    char *copy = length < SIZE_MAX ? arena_alloc(a, length + 1, 1) : NULL;

    if (copy != NULL && length > 0) {
        memcpy(copy, bytes, length);
    }
    return copy;
}

void arena_reset(struct arena *a)
{
    struct arena_block *kept = NULL;

    while (a->first != NULL) {
        struct arena_block *next = a->first->next;
        if (kept == NULL && a->first->size == BLOCK_SIZE) {
            kept = a->first;
        } else {
            mem_free(a->first);
        }
        a->first = next;
    }
    if (kept != NULL) {
        kept->next = NULL;
        kept->used = 0;
    }
    a->first = kept;
    a->used = 0;
}

void arena_fini(struct arena *a)
{
    while (a->first != NULL) {
        struct arena_block *next = a->first->next;
        mem_free(a->first);
        a->first = next;
    }
    a->used = 0;
}
