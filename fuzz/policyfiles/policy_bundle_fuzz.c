#include "mem.h"
#include "policy_bundle.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read is written again as it was, byte for byte. */
static void check(const struct policy_bundle *b, const uint8_t *bytes, size_t length)
{
    struct buf again;

    buf_init(&again, POLICY_BUNDLE_MAX);
    enum err e = policy_bundle_encode(b->files, b->count, &again);
    if (e != ERR_NOMEM &&
        (e != OK || again.length != length || memcmp(again.bytes, bytes, length) != 0)) {
        __builtin_trap();
    }
    buf_fini(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy =
        mem_alloc(size, 1); /* exactly that long: a sanitizer guards the end */
    struct policy_bundle b;

    if (copy == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(copy, data, size);
    }
    if (policy_bundle_decode(copy, size, &b) == OK) {
        check(&b, copy, size);
        policy_bundle_fini(&b);
    }
    mem_free(copy);
    return 0;
}
