#include "broker_authz.h"

#include "broker_event.h"
#include "broker_proof.h"
#include "clock.h"

#include <string.h>

#define CLOCK_ASKED_MS 1000

/* --- who asks, and from where ------------------------------------------------------------ */

static enum policy_method method_of(const struct broker_session *s)
{
    static const struct {
        const char *mechanism;
        enum policy_method method;
    } methods[] = {
        {"", POLICY_METHOD_NONE},
        {BROKER_PROOF_MECHANISM, POLICY_METHOD_MTLS},
        {"GSSAPI", POLICY_METHOD_GSSAPI},
        {"OAUTHBEARER", POLICY_METHOD_OAUTH},
        {"SCRAM-SHA-256", POLICY_METHOD_SCRAM256},
        {"SCRAM-SHA-512", POLICY_METHOD_SCRAM512},
        {"PLAIN", POLICY_METHOD_PLAIN},
        {"PEERCRED", POLICY_METHOD_PEER},
    };

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(methods[i].mechanism, s->mechanism) == 0) {
            return methods[i].method;
        }
    }
    return POLICY_METHOD_OTHER;
}

void broker_authz_trust(struct broker_session *s, bool is_anonymous)
{
    struct policy_net net = {0};

    (void)policy_net_parse(
        (struct policy_view){(const uint8_t *)s->address, strlen(s->address)}, &net);
    s->authz = (struct broker_session_authz){.is_anonymous = is_anonymous};
    memcpy(s->authz.context.address, net.address, sizeof(net.address));
    s->authz.context.method = is_anonymous ? POLICY_METHOD_NONE : method_of(s);
}

/* Asked of the kernel once a second, and only where some rule wants to know. */
static bool clock_is_sure(struct broker *b)
{
    int64_t now_ms = clock_mono_ms();

    if (b->authz.clock_until_ms <= now_ms) {
        b->authz.clock_until_ms = now_ms + CLOCK_ASKED_MS;
        b->authz.clock_is_sure = clock_is_synchronized();
    }
    return b->authz.clock_is_sure;
}

static const struct policy_context *context_of(struct broker_session *s)
{
    struct broker *b = s->broker;
    struct policy_context *context = &s->authz.context;
    const char *listener = broker_session_listener(s)->name;

    context->listener = (struct policy_view){(const uint8_t *)listener, strlen(listener)};
    if (b->authz.has_ages) {
        context->authenticated_ms = s->authenticated_ms;
        context->now_ms = clock_wall_ms();
        context->clock_is_sure = clock_is_sure(b);
    }
    return context;
}

static const struct policy_who *who_of(struct broker_session *s)
{
    struct broker *b = s->broker;

    if (s->authz.generation != b->authz.generation + 1) {
        const struct policy_identity identity = {
            .principal = {(const uint8_t *)s->principal, strlen(s->principal)},
            .is_super = s->is_super,
            .is_anonymous = s->authz.is_anonymous};
        policy_resolve(b->policy, &identity, &s->authz.who);
        s->authz.generation = b->authz.generation + 1;
    }
    return &s->authz.who;
}

void broker_authz_set_policy(struct broker *b, struct policy *fresh)
{
    policy_free(&b->policy);
    b->policy = fresh;
    b->authz.generation++;
    b->authz.has_ages = policy_has_ages(fresh);
}

/* --- questions --------------------------------------------------------------------------- */

static bool decide(struct broker_session *s, enum policy_operation operation,
    enum policy_resource resource, struct wire_view name, bool quietly)
{
    struct broker *b = s->broker;

    if (!broker_session_is_trusted(s) || b->policy == NULL) {
        return false;
    }
    const struct policy_query query = {.who = who_of(s),
        .context = context_of(s),
        .operation = operation,
        .resource = resource,
        .name = {.ptr = name.ptr, .len = name.len}};
    struct policy_decision d = policy_decide(b->policy, &query);
    if (!d.allowed && !quietly) {
        broker_event_denied(s, policy_operation_name(operation),
            policy_resource_name(resource), name, d.id);
    }
    return d.allowed;
}

bool broker_may(struct broker_session *s, enum policy_operation operation,
    enum policy_resource resource, struct wire_view name)
{
    return decide(s, operation, resource, name, false);
}

bool broker_may_quietly(struct broker_session *s, enum policy_operation operation,
    enum policy_resource resource, struct wire_view name)
{
    return decide(s, operation, resource, name, true);
}

static struct wire_view cluster_name(void)
{
    return (struct wire_view){
        .ptr = (const uint8_t *)POLICY_CLUSTER_NAME, .len = strlen(POLICY_CLUSTER_NAME)};
}

bool broker_may_cluster(
    struct broker_session *s, enum policy_operation operation, bool quietly)
{
    return decide(s, operation, POLICY_CLUSTER, cluster_name(), quietly);
}

bool broker_may_write_idempotent(struct broker_session *s)
{
    if (broker_may_cluster(s, POLICY_IDEMPOTENT_WRITE, true)) {
        return true;
    }
    if (broker_session_is_trusted(s) && s->broker->policy != NULL &&
        policy_allows_any(
            s->broker->policy, who_of(s), context_of(s), POLICY_WRITE, POLICY_TOPIC)) {
        return true;
    }
    return broker_may_cluster(s, POLICY_IDEMPOTENT_WRITE, false);
}

int32_t broker_operations(
    struct broker_session *s, enum policy_resource resource, struct wire_view name)
{
    struct policy_view view = {.ptr = name.ptr, .len = name.len};

    if (!broker_session_is_trusted(s) || s->broker->policy == NULL) {
        return 0;
    }
    return (int32_t)policy_operations(
        s->broker->policy, who_of(s), context_of(s), resource, view);
}

bool broker_is_super(const struct broker *b, const char *principal)
{
    size_t length = strlen(principal);
    const char *at = b->config.super_users;

    while (at != NULL && *at != '\0' && length > 0) {
        size_t n = strcspn(at, ";");
        if (n == length && memcmp(at, principal, n) == 0) {
            return true;
        }
        at += n + (at[n] == ';' ? 1 : 0);
    }
    return false;
}
