#include "broker_authz.h"

#include "broker_event.h"

#include <string.h>

static const char *operation_name(enum policy_operation operation)
{
    switch (operation) {
    case POLICY_READ:
        return "read";
    case POLICY_WRITE:
        return "write";
    case POLICY_CREATE:
        return "create";
    case POLICY_DELETE:
        return "delete";
    case POLICY_ALTER:
        return "alter";
    case POLICY_DESCRIBE:
        return "describe";
    case POLICY_CLUSTER_ACTION:
        return "cluster-action";
    case POLICY_DESCRIBE_CONFIGS:
        return "describe-configs";
    case POLICY_ALTER_CONFIGS:
        return "alter-configs";
    case POLICY_IDEMPOTENT_WRITE:
        return "idempotent-write";
    case POLICY_CREATE_TOKENS:
        return "create-tokens";
    case POLICY_DESCRIBE_TOKENS:
        return "describe-tokens";
    case POLICY_TWO_PHASE_COMMIT:
        return "two-phase-commit";
    }
    return "unknown";
}

static const char *resource_name(enum policy_resource resource)
{
    switch (resource) {
    case POLICY_TOPIC:
        return "topic";
    case POLICY_GROUP:
        return "group";
    case POLICY_CLUSTER:
        return "cluster";
    case POLICY_TXN:
        return "txn";
    }
    return "unknown";
}

static struct policy_principal principal_of(const struct broker_session *s)
{
    const char *name = s->principal;

    if (strncmp(name, "User:", 5) == 0) {
        name += 5;
    }
    return (struct policy_principal){
        .name = {.ptr = (const uint8_t *)name, .len = strlen(name)},
        .is_super = s->is_super};
}

static bool decide(struct broker_session *s, enum policy_operation operation,
    enum policy_resource resource, struct wire_view name, bool quietly)
{
    struct broker *b = s->broker;
    struct policy_query query = {.principal = principal_of(s),
        .operation = operation,
        .resource = resource,
        .name = {.ptr = name.ptr, .len = name.len}};

    if (!broker_session_is_trusted(s) || b->policy == NULL) {
        return false;
    }
    struct policy_decision d = policy_decide(b->policy, &query);
    if (!d.allowed && !quietly) {
        broker_event_denied(
            s, operation_name(operation), resource_name(resource), name, d.id);
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
    struct policy_principal who = principal_of(s);
    if (s->broker->policy != NULL &&
        policy_allows_any_topic_write(s->broker->policy, &who)) {
        return true;
    }
    return broker_may_cluster(s, POLICY_IDEMPOTENT_WRITE, false);
}

int32_t broker_operations(
    struct broker_session *s, enum policy_resource resource, struct wire_view name)
{
    struct policy_principal who = principal_of(s);
    struct policy_view view = {.ptr = name.ptr, .len = name.len};

    if (s->broker->policy == NULL) {
        return 0;
    }
    if (resource == POLICY_CLUSTER) {
        view = (struct policy_view){.ptr = cluster_name().ptr, .len = cluster_name().len};
    }
    return (int32_t)policy_operations(s->broker->policy, &who, resource, view);
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
