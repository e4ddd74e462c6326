#include "mem.h"

#include <stdlib.h>
#include <string.h>

static long fail_after = -1;

void mem_fail_after(long successes)
{
    fail_after = successes;
}

static bool must_fail(void)
{
    if (fail_after < 0) {
        return false;
    }
    return fail_after-- == 0;
}

void *mem_alloc(size_t count, size_t size)
{
    if (must_fail()) {
        return NULL;
    }
    return calloc(count > 0 ? count : 1, size > 0 ? size : 1);
}

void *mem_resize(void *p, size_t count, size_t size)
{
    if (must_fail()) {
        return NULL;
    }
    return reallocarray(p, count > 0 ? count : 1, size > 0 ? size : 1);
}

char *mem_copy_text(const void *bytes, size_t length)
{
    char *copy = length < SIZE_MAX ? mem_alloc(length + 1, 1) : NULL;

    if (copy != NULL && length > 0) {
        memcpy(copy, bytes, length);
    }
    return copy;
}

void mem_free(void *p)
{
    free(p);
}

void mem_wipe(void *p, size_t length)
{
    if (p != NULL) {
        explicit_bzero(p, length);
    }
}

bool mem_equal_constant_time(const void *a, const void *b, size_t length)
{
    const volatile uint8_t *x = a;
    const volatile uint8_t *y = b;
    uint8_t difference = 0;

    for (size_t i = 0; i < length; i++) {
        difference = (uint8_t)(difference | (x[i] ^ y[i]));
    }
    return difference == 0;
}

enum err secret_set(struct secret *out, const void *bytes, size_t length)
{
    uint8_t *copy = mem_alloc(length, 1);

    if (copy == NULL) {
        return ERR_NOMEM;
    }
    if (length > 0) {
        memcpy(copy, bytes, length);
    }
    secret_free(out);
    out->bytes = copy;
    out->length = length;
    return OK;
}

void secret_free(struct secret *s)
{
    if (s->bytes != NULL) {
        mem_wipe(s->bytes, s->length);
        mem_free(s->bytes);
    }
    s->bytes = NULL;
    s->length = 0;
}
