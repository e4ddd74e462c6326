#include "mem.h"
#include "policy.h"
#include "policy_acl.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t name_a[] = "a";

static void ask_one(const struct policy *p, const struct policy_query *q)
{
    uint32_t never = POLICY_NO_RULE;
    struct policy_decision d = policy_decide(p, q);

    if (strlen(d.id) == 0 || (d.rule == POLICY_NO_RULE && d.line != 0)) {
        __builtin_trap();
    }
    if (policy_admits(p, q, &never) && never != POLICY_NO_RULE) {
        __builtin_trap();
    }
    (void)strlen(d.file);
    (void)strlen(policy_describe(p, never).file);
    (void)policy_operations(p, q->who, q->context, q->resource, q->name);
    (void)policy_allows_any(p, q->who, q->context, q->operation, q->resource);
}

static void ask_all(const struct policy *p, const uint8_t *name, size_t length)
{
    static const struct policy_context contexts[] = {
        {.address = {[10] = 0xff, [11] = 0xff, 10, 0, 0, 7}, .listener = {name_a, 1}},
        {.method = POLICY_METHOD_SCRAM256,
            .tls = 0x0304,
            .issuer = {name_a, 1},
            .authenticated_ms = 1,
            .now_ms = 2,
            .clock_is_sure = true},
    };
    const struct policy_group group = {{name, length}, {name, length}};
    struct policy_identity identity = {
        .principal = {name, length}, .groups = &group, .group_count = 1};
    struct policy_who who;

    for (int resource = 0; resource < 9; resource++) {
        for (int operation = 0; operation < 18; operation++) {
            identity.is_super = operation % 2 == 0;
            identity.is_anonymous = operation % 3 == 0;
            policy_resolve(p, &identity, &who);
            const struct policy_query q = {.who = &who,
                .context = &contexts[operation % 2],
                .operation = (enum policy_operation)operation,
                .resource = (enum policy_resource)resource,
                .name = {name, length}};
            ask_one(p, &q);
        }
    }
    (void)policy_next_change_ms(p, 0);
    (void)policy_has_ages(p);
}

static void list_all(const struct policy *p)
{
    struct policy_acl_cursor cursor = {0};
    struct policy_acl acl;

    while (policy_next_acl(p, &cursor, &acl)) {
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
    if (policy_load(bytes, size, size % 4, &p) == OK) {
        ask_all(p, (const uint8_t *)"a", 1);
        ask_all(p, (const uint8_t *)"User:alice", 10);
        list_all(p);
        ask_all(p, (const uint8_t *)"aab", 3);
    }
    policy_free(&p);
    mem_free(bytes);
    return 0;
}
