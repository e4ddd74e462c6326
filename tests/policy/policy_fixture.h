/* Policy text to a loaded policy, for tests. */
#ifndef POLICY_FIXTURE_H
#define POLICY_FIXTURE_H

#include "policy.h"
#include "policy_compile.h"
#include "test.h"

#include <stdio.h>
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

    assert_int_equal(policy_load(blob.bytes, blob.length, 0, &p), OK);
    buf_fini(&blob);
    return p;
}

/* Nothing that any condition asks for, but a clock that is right. */
static const struct policy_context nowhere = {
    .address = {[10] = 0xff, [11] = 0xff, 10, 0, 0, 7},
    .now_ms = 1000000,
    .clock_is_sure = true};

/* The principal of that name, with its type or, for short, without `User:`. */
static inline struct policy_who who_of(
    const struct policy *p, const char *name, bool is_super)
{
    char typed[256];
    struct policy_who who;

    (void)snprintf(typed, sizeof(typed), "%s%s", strchr(name, ':') ? "" : "User:", name);
    const struct policy_identity identity = {
        .principal = view_of(typed), .is_super = is_super};
    policy_resolve(p, &identity, &who);
    return who;
}

static inline struct policy_decision decide(const struct policy *p,
    const struct policy_who *who, enum policy_operation operation,
    enum policy_resource resource, const char *name)
{
    const struct policy_query q = {.who = who,
        .context = &nowhere,
        .operation = operation,
        .resource = resource,
        .name = view_of(name)};
    return policy_decide(p, &q);
}

static inline struct policy_decision ask(const struct policy *p, const char *who,
    enum policy_operation operation, enum policy_resource resource, const char *name)
{
    struct policy_who resolved = who_of(p, who, false);

    return decide(p, &resolved, operation, resource, name);
}

static inline bool can(const struct policy *p, const char *who,
    enum policy_operation operation, enum policy_resource resource, const char *name)
{
    return ask(p, who, operation, resource, name).allowed;
}

static inline uint32_t operations(const struct policy *p, const char *who,
    enum policy_resource resource, const char *name)
{
    struct policy_who resolved = who_of(p, who, false);

    return policy_operations(p, &resolved, &nowhere, resource, view_of(name));
}

static inline bool can_write_some_topic(
    const struct policy *p, const char *who, bool is_super)
{
    struct policy_who resolved = who_of(p, who, is_super);

    return policy_allows_any(p, &resolved, &nowhere, POLICY_WRITE, POLICY_TOPIC);
}

#endif
