/* Policies from rules in C, for tests. */
#ifndef POLICY_BUILD_FIXTURE_H
#define POLICY_BUILD_FIXTURE_H

#include "policy_build.h"
#include "test.h"

#include <string.h>

static inline struct policy_view view_of(const char *text)
{
    return (struct policy_view){(const uint8_t *)text, strlen(text)};
}

/* One subject, one target: "@0" is team 0, "any" and "anonymous" are what they say; a name
 * with a star at its end is a prefix. */
struct rule {
    enum policy_effect effect;
    const char *who;
    uint32_t operations;
    enum policy_resource resource;
    const char *name;
    struct policy_build_condition condition;
};

static inline struct policy_build_subject subject_of(const char *who)
{
    if (strcmp(who, "any") == 0) {
        return (struct policy_build_subject){.kind = POLICY_SUBJECT_ANY};
    }
    if (strcmp(who, "anonymous") == 0) {
        return (struct policy_build_subject){.kind = POLICY_SUBJECT_ANONYMOUS};
    }
    if (who[0] == '@') {
        return (struct policy_build_subject){
            .kind = POLICY_SUBJECT_TEAM, .team = (uint32_t)(who[1] - '0')};
    }
    return (struct policy_build_subject){
        .kind = POLICY_SUBJECT_PRINCIPAL, .name = view_of(who)};
}

static inline void add_rule(struct policy_build *b, const struct rule *r)
{
    const struct policy_build_subject subject = subject_of(r->who);
    size_t length = strlen(r->name);
    bool is_prefix = length > 0 && r->name[length - 1] == '*';
    const struct policy_build_target target = {.resource = r->resource,
        .is_prefix = is_prefix,
        .name = {(const uint8_t *)r->name, is_prefix ? length - 1 : length},
        .operations = r->operations};
    const struct policy_build_rule rule = {.effect = r->effect,
        .line = 7,
        .id = view_of("label"),
        .subjects = &subject,
        .subject_count = 1,
        .targets = &target,
        .target_count = 1,
        .condition = r->condition};

    policy_build_rule(b, &rule);
}

static inline struct policy_build *begin_build(void)
{
    struct policy_build *b = policy_build_new();

    assert_non_null(b);
    assert_int_equal(policy_build_file(b, "main.policy"), 0);
    return b;
}

/* Frees the builder. */
static inline struct policy *finish_build(struct policy_build *b, uint32_t flags)
{
    const char *too_many = NULL;
    struct policy *p = NULL;
    struct buf blob;

    buf_init(&blob, (size_t)32 << 20);
    assert_int_equal(policy_build_finish(b, &blob, &too_many), OK);
    assert_null(too_many);
    assert_int_equal(policy_load(blob.bytes, blob.length, flags, &p), OK);
    buf_fini(&blob);
    policy_build_free(&b);
    return p;
}

static inline struct policy *policy_of_rules(
    const struct rule *rules, size_t count, uint32_t flags)
{
    struct policy_build *b = begin_build();

    for (size_t i = 0; i < count; i++) {
        add_rule(b, &rules[i]);
    }
    return finish_build(b, flags);
}

#define POLICY_OF(rules, flags)                                                          \
    policy_of_rules(rules, sizeof(rules) / sizeof((rules)[0]), flags)

/* A moment at which nothing is unknown. */
static inline struct policy_context somewhere(void)
{
    return (struct policy_context){.address = {[10] = 0xff, [11] = 0xff, 10, 20, 0, 7},
        .listener = view_of("CLIENT"),
        .method = POLICY_METHOD_MTLS,
        .tls = 0x0304,
        .issuer = view_of("CN=ca"),
        .authenticated_ms = 900,
        .now_ms = 1000,
        .clock_is_sure = true};
}

struct asker {
    struct policy_identity identity;
    struct policy_context context;
};

static inline struct asker asker(const char *principal)
{
    return (struct asker){
        .identity = {.principal = view_of(principal)}, .context = somewhere()};
}

static inline struct policy_decision ask(const struct policy *p, const struct asker *a,
    enum policy_operation operation, enum policy_resource resource, const char *name)
{
    struct policy_who who;

    policy_resolve(p, &a->identity, &who);
    const struct policy_query q = {.who = &who,
        .context = &a->context,
        .operation = operation,
        .resource = resource,
        .name = view_of(name)};
    return policy_decide(p, &q);
}

static inline bool may_read(const struct policy *p, const struct asker *a)
{
    struct policy_decision d = ask(p, a, POLICY_READ, POLICY_TOPIC, "t");
    struct policy_who who;

    policy_resolve(p, &a->identity, &who);
    uint32_t all = policy_operations(p, &who, &a->context, POLICY_TOPIC, view_of("t"));
    assert_int_equal((all & POLICY_BIT(POLICY_READ)) != 0, d.allowed);
    return d.allowed;
}

#endif
