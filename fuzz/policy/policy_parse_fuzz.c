#include "mem.h"
#include "policy_compile.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct policy *p, const uint8_t *name, size_t length)
{
    static const struct policy_context context = {.clock_is_sure = true};
    const struct policy_identity identity = {.principal = {name, length}};
    struct policy_who who;
    policy_resolve(p, &identity, &who);
    const struct policy_query q = {
        .who = &who,
        .context = &context,
        .operation = POLICY_READ,
        .resource = POLICY_TOPIC,
        .name = {name, length},
    };
    struct policy_decision d = policy_decide(p, &q);
    uint32_t bits = policy_operations(p, &who, &context, POLICY_TOPIC, q.name);

    if (d.allowed != ((bits & POLICY_BIT(POLICY_READ)) != 0)) {
        __builtin_trap();
    }
    (void)policy_allows_any(p, &who, &context, POLICY_WRITE, POLICY_TOPIC);
}

/* Any text compiles to something that loads, or to words for a person; twice the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *text =
        mem_alloc(size, 1); /* exactly that long: a sanitizer guards its end */
    struct buf blob;
    struct buf errors;
    struct policy *p = NULL;

    if (text == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(text, data, size);
    }
    const struct policy_source file = {"fuzz.policy", text, size};
    buf_init(&blob, (size_t)32 << 20);
    buf_init(&errors, (size_t)4 << 20);
    enum err e = policy_compile_text(&file, 1, &blob, &errors);
    if (e == OK) {
        e = policy_load(blob.bytes, blob.length, 0, &p);
        if (e == ERR_INVALID || errors.length > 0) {
            __builtin_trap();
        }
    } else if (e == ERR_INVALID && errors.length == 0) {
        __builtin_trap();
    }
    if (p != NULL) {
        ask(p, text, size < 64 ? size : 64);
    }
    policy_free(&p);
    buf_fini(&blob);
    buf_fini(&errors);
    mem_free(text);
    return 0;
}
