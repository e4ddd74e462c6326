/* Policy text to a loaded policy, for tests. */
#ifndef POLICY_FIXTURE_H
#define POLICY_FIXTURE_H

#include "policy.h"
#include "policy_compile.h"
#include "test.h"

#include <string.h>

static inline struct policy_view view_of(const char *text)
{
    return (struct policy_view){(const uint8_t *)text, strlen(text)};
}

static inline struct buf compile_blob(const char *text)
{
    struct buf blob;
    struct buf errors;
    const struct policy_source file = {
        "main.policy", (const uint8_t *)text, strlen(text)};

    buf_init(&blob, 64 << 20);
    buf_init(&errors, 1 << 20);
    enum err e = policy_compile_text(&file, 1, &blob, &errors);
    if (e != OK) {
        print_message("%.*s", (int)errors.length, (const char *)errors.bytes);
    }
    assert_int_equal(e, OK);
    assert_int_equal(errors.length, 0);
    buf_fini(&errors);
    return blob;
}

static inline struct policy *policy_of(const char *text)
{
    struct policy *p = NULL;
    struct buf blob = compile_blob(text);

    assert_int_equal(policy_load(blob.bytes, blob.length, &p), OK);
    buf_fini(&blob);
    return p;
}

static inline struct policy_decision ask(const struct policy *p, const char *who,
    enum policy_operation operation, enum policy_resource resource, const char *name)
{
    const struct policy_query q = {
        .principal = {.name = view_of(who)},
        .operation = operation,
        .resource = resource,
        .name = view_of(name),
    };
    return policy_decide(p, &q);
}

static inline bool can(const struct policy *p, const char *who,
    enum policy_operation operation, enum policy_resource resource, const char *name)
{
    return ask(p, who, operation, resource, name).allowed;
}

#endif
