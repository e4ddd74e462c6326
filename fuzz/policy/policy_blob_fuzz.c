#include "mem.h"
#include "policy.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask_all(const struct policy *p, const uint8_t *name, size_t length)
{
    for (int resource = 0; resource < 8; resource++) {
        for (int operation = 0; operation < 18; operation++) {
            const struct policy_query q = {
                .principal = {.name = {name, length}, .is_super = operation % 2 == 0},
                .operation = (enum policy_operation)operation,
                .resource = (enum policy_resource)resource,
                .name = {name, length},
            };
            struct policy_decision d = policy_decide(p, &q);
            if (strlen(d.id) == 0 || (d.rule == POLICY_NO_RULE && d.line != 0)) {
                __builtin_trap();
            }
            (void)strlen(d.file);
            (void)policy_operations(p, &q.principal, q.resource, q.name);
            (void)policy_allows_any_topic_write(p, &q.principal);
        }
    }
}

/* Any bytes: refused, or a policy that can be asked anything. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *bytes = mem_alloc(size, 1);
    struct policy *p = NULL;

    if (bytes == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(bytes, data, size);
    }
    if (policy_load(bytes, size, &p) == OK) {
        ask_all(p, (const uint8_t *)"a", 1);
        ask_all(p, (const uint8_t *)"alice", 5);
        ask_all(p, (const uint8_t *)"aab", 3);
    }
    policy_free(&p);
    mem_free(bytes);
    return 0;
}
