#include "policytool_trail.h"

#include "policy_value.h"

#include <string.h>

#define TYPE      "User:"
#define ANONYMOUS "User:ANONYMOUS"

static bool is(struct policy_view text, const char *word)
{
    return text.len > 0 ? policy_value_is(text, word) : word[0] == '\0';
}

/* --- how somebody logged in --- */

static enum policy_method method_of(struct policy_view mechanism)
{
    static const struct {
        const char *mechanism;
        enum policy_method method;
    } methods[] = {{"", POLICY_METHOD_NONE}, {"X509", POLICY_METHOD_MTLS},
        {"GSSAPI", POLICY_METHOD_GSSAPI}, {"OAUTHBEARER", POLICY_METHOD_OAUTH},
        {"SCRAM-SHA-256", POLICY_METHOD_SCRAM256},
        {"SCRAM-SHA-512", POLICY_METHOD_SCRAM512}, {"PLAIN", POLICY_METHOD_PLAIN},
        {"PEERCRED", POLICY_METHOD_PEER}};

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (is(mechanism, methods[i].mechanism)) {
            return methods[i].method;
        }
    }
    return POLICY_METHOD_OTHER;
}

/* --- what was asked --- */

struct deed {
    const char *event;
    const char *operation; /* NULL: any */
    const char *resource;  /* NULL: any */
    enum policy_operation asks;
    enum policy_resource about;
    enum policy_operation on_cluster; /* is enough, too */
};

/* What each allowed event needed. */
static const struct deed deeds[] = {
    {"produce", NULL, NULL, POLICY_WRITE, POLICY_TOPIC, 0},
    {"consume", NULL, NULL, POLICY_READ, POLICY_TOPIC, 0},
    {"group", NULL, NULL, POLICY_READ, POLICY_GROUP, 0},
    {"admin", "create", "topic", POLICY_CREATE, POLICY_TOPIC, POLICY_CREATE},
    {"admin", "delete", "topic", POLICY_DELETE, POLICY_TOPIC, POLICY_DELETE},
    {"admin", "alter-configs", "topic", POLICY_ALTER_CONFIGS, POLICY_TOPIC, 0},
    {"admin", "create-partitions", "topic", POLICY_ALTER, POLICY_TOPIC, 0},
    {"admin", "delete-records", "topic", POLICY_DELETE, POLICY_TOPIC, 0},
    {"admin", "delete", "group", POLICY_DELETE, POLICY_GROUP, 0},
    {"admin", "delete-offsets", "group", POLICY_DELETE, POLICY_GROUP, 0},
    {"admin", "delete-offsets", "topic", POLICY_READ, POLICY_TOPIC, 0},
    {"admin", "alter-quotas", "quota", POLICY_ALTER_CONFIGS, POLICY_CLUSTER, 0},
    {"admin", "set-credential", NULL, POLICY_ALTER, POLICY_CLUSTER, 0},
    {"admin", "delete-credential", NULL, POLICY_ALTER, POLICY_CLUSTER, 0},
    {"admin", "alter-credential", NULL, POLICY_ALTER, POLICY_CLUSTER, 0},
    {"admin", "create", "acl", POLICY_ALTER, POLICY_CLUSTER, 0},
    {"admin", "delete", "acl", POLICY_ALTER, POLICY_CLUSTER, 0},
};

static bool take_deed(const struct policytool_event *e, struct policytool_use *out)
{
    for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
        const struct deed *d = &deeds[i];
        if (is(e->event, d->event) &&
            (d->operation == NULL || is(e->operation, d->operation)) &&
            (d->resource == NULL || is(e->resource, d->resource))) {
            out->operation = d->asks;
            out->resource = d->about;
            out->on_cluster = d->on_cluster;
            return true;
        }
    }
    return false;
}

/* The right on the cluster that would have been enough for a refused one on a topic. */
static enum policy_operation enough_on_cluster(
    const struct policytool_event *e, enum policy_operation operation)
{
    if (operation == POLICY_DESCRIBE && is(e->api, "OffsetForLeaderEpoch")) {
        return POLICY_CLUSTER_ACTION;
    }
    const bool is_enough = operation == POLICY_CREATE ||
                           (operation == POLICY_DELETE && !is(e->api, "DeleteRecords"));
    return is_enough ? operation : 0;
}

/* What was refused is named in the words of the language. */
static bool take_refusal(const struct policytool_event *e, struct policytool_use *out)
{
    uint32_t operation = POLICY_READ;
    uint32_t resource = POLICY_TOPIC;

    while (operation <= POLICY_TWO_PHASE_COMMIT &&
           !is(e->operation, policy_operation_name((enum policy_operation)operation))) {
        operation++;
    }
    while (resource <= POLICY_USER &&
           !is(e->resource, policy_resource_name((enum policy_resource)resource))) {
        resource++;
    }
    if (operation > POLICY_TWO_PHASE_COMMIT || resource > POLICY_USER) {
        return false;
    }
    out->operation = (enum policy_operation)operation;
    out->resource = (enum policy_resource)resource;
    out->on_cluster = resource == POLICY_TOPIC ? enough_on_cluster(e, out->operation) : 0;
    return true;
}

/* --- by whom, and when --- */

/* The broker writes an address for every client. */
static bool take_address(struct policy_view text, struct policy_context *out)
{
    struct policy_net net;

    if (!policy_net_parse(text, &net) || net.bits != 128) {
        return false;
    }
    memcpy(out->address, net.address, sizeof(net.address));
    return true;
}

static bool take_circumstances(
    const struct policytool_event *e, struct policytool_use *out)
{
    out->principal = e->principal;
    out->is_anonymous = e->mechanism.len == 0 && is(e->principal, ANONYMOUS);
    out->context = (struct policy_context){.listener = e->listener,
        .method = method_of(e->mechanism),
        .tls = 0x0304,
        .authenticated_ms = e->time_ms,
        .now_ms = e->time_ms,
        .clock_is_sure = true};
    out->first_ms = e->first_ms != 0 ? e->first_ms : e->time_ms;
    out->last_ms = e->time_ms;
    return policy_value_starts(e->principal, TYPE) && e->principal.len > strlen(TYPE) &&
           e->time_ms > 0 && take_address(e->address, &out->context);
}

enum policytool_trail policytool_trail_read(
    const struct policytool_event *e, struct policytool_use *out)
{
    struct policytool_use use = {.was_allowed = !is(e->outcome, "denied"), .count = 1};
    const bool is_refusal = is(e->event, "denied");

    if (use.was_allowed == is_refusal) {
        return is_refusal ? POLICYTOOL_TRAIL_BAD : POLICYTOOL_TRAIL_OTHER;
    }
    /* The administrator's socket asks no policy. */
    if (is(e->mechanism, "PEERCRED") ||
        !(is_refusal ? take_refusal(e, &use) : take_deed(e, &use))) {
        return POLICYTOOL_TRAIL_OTHER;
    }
    use.name = e->name;
    if (use.resource == POLICY_CLUSTER) {
        use.name = (struct policy_view){
            (const uint8_t *)POLICY_CLUSTER_NAME, strlen(POLICY_CLUSTER_NAME)};
    }
    if (is_refusal && e->count > 1) {
        use.count = e->count; /* of others it counts something else */
    }
    if (use.name.len == 0 || !take_circumstances(e, &use)) {
        return POLICYTOOL_TRAIL_BAD;
    }
    *out = use;
    return POLICYTOOL_TRAIL_USE;
}
