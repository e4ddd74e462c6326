/* Rules of Apache Kafka as a policy, and what they decide. */
#include "acl_vectors.h"
#include "policy_build.h"

#include <stdio.h>
#include <string.h>

#define BLOB_MAX ((size_t)1 << 20)
#define HOST_MAX 64

static bool is_text(struct policy_view v, const char *text)
{
    return v.len == strlen(text) && memcmp(v.ptr, text, v.len) == 0;
}

/* As Java writes an address: eight groups of lower-case hex, nothing left out. */
static void java_text(const struct policy_net *net, char out[HOST_MAX])
{
    const uint8_t *a = net->address;
    char short_form[POLICY_NET_TEXT_MAX];

    policy_net_text(net, short_form);
    if (strchr(short_form, ':') == NULL) {
        (void)snprintf(out, HOST_MAX, "%s", short_form);
        return;
    }
    (void)snprintf(out, HOST_MAX, "%x:%x:%x:%x:%x:%x:%x:%x", a[0] << 8 | a[1],
        a[2] << 8 | a[3], a[4] << 8 | a[5], a[6] << 8 | a[7], a[8] << 8 | a[9],
        a[10] << 8 | a[11], a[12] << 8 | a[13], a[14] << 8 | a[15]);
}

/* Kafka compares texts: what is no address as it writes them holds for nobody. */
static void set_host(const struct acl_vectors *v, struct policy_view host,
    struct policy_net *net, struct policy_build_condition *out)
{
    char text[HOST_MAX];

    if (is_text(host, "*")) {
        return;
    }
    out->nets = net;
    out->net_count = 1;
    bool is_place = policy_net_parse(host, net);
    if (is_place && !v->ours) {
        java_text(net, text);
        is_place = net->bits == 128 && is_text(host, text);
    }
    if (!is_place) { /* no peer has the address :: */
        *net = (struct policy_net){.bits = 128};
    }
}

static bool set_target(const struct policy_binding *b, struct policy_build_target *out)
{
    const struct policy_view cluster = {
        (const uint8_t *)POLICY_CLUSTER_NAME, strlen(POLICY_CLUSTER_NAME)};
    bool every = b->pattern == POLICY_CODE_LITERAL && is_text(b->name, "*");

    *out = (struct policy_build_target){.resource = (enum policy_resource)b->resource,
        .is_prefix = every || b->pattern == POLICY_CODE_PREFIXED,
        .name = b->name,
        .operations = b->operation == POLICY_CODE_ALL
                          ? POLICY_BITS_ALL
                          : POLICY_BIT((unsigned)b->operation)};
    if (every) {
        out->name.len = 0;
    }
    bool begins = out->name.len <= cluster.len &&
                  memcmp(out->name.ptr, cluster.ptr, out->name.len) == 0;
    return b->resource != POLICY_CLUSTER ||
           (begins && (out->is_prefix || out->name.len == cluster.len));
}

static void add_acl(
    const struct acl_vectors *v, struct policy_build *build, const json_t *acl)
{
    static const uint8_t id[] = "acl";
    const struct policy_binding b = acl_vectors_binding(v, acl);
    const struct policy_build_subject subject = {.kind = is_text(b.principal, "User:*")
                                                             ? POLICY_SUBJECT_ANY
                                                             : POLICY_SUBJECT_PRINCIPAL,
        .name = b.principal};
    struct policy_build_target target;
    struct policy_net net;
    struct policy_build_rule rule = {
        .effect = b.permission == POLICY_CODE_DENY ? POLICY_DENY : POLICY_ALLOW,
        .id = {id, sizeof(id) - 1},
        .subjects = &subject,
        .subject_count = 1,
        .targets = &target,
        .target_count = 1};

    set_host(v, b.host, &net, &rule.condition);
    if (set_target(&b, &target)) {
        policy_build_rule(build, &rule);
    }
}

static struct policy *policy_of(const struct acl_vectors *v, const json_t *vector)
{
    struct policy_build *build = policy_build_new();
    const json_t *config = json_object_get(vector, "config");
    uint32_t flags = v->ours ? 0 : POLICY_COMPAT;
    const char *too_many = NULL;
    struct policy *p = NULL;
    const json_t *acl;
    struct buf blob;
    size_t i;

    if (build == NULL) {
        return NULL;
    }
    if (json_is_true(json_object_get(config, "allow.everyone.if.no.acl.found"))) {
        flags |= POLICY_ALLOW_EVERYONE;
    }
    buf_init(&blob, BLOB_MAX);
    (void)policy_build_file(build, "vectors");
    json_array_foreach(json_object_get(vector, "acls"), i, acl)
    {
        add_acl(v, build, acl);
    }
    enum err e = policy_build_finish(build, &blob, &too_many);
    policy_build_free(&build);
    if (e != OK || policy_load(blob.bytes, blob.length, flags, &p) != OK) {
        p = NULL;
    }
    buf_fini(&blob);
    return p;
}

static bool is_super(const json_t *vector, struct policy_view principal)
{
    const json_t *config = json_object_get(vector, "config");
    const char *at = json_string_value(json_object_get(config, "super.users"));

    while (at != NULL && *at != '\0') {
        at += strspn(at, " ;");
        size_t length = strcspn(at, ";");
        size_t end = length;
        while (end > 0 && at[end - 1] == ' ') {
            end--;
        }
        if (end > 0 && end == principal.len && memcmp(at, principal.ptr, end) == 0) {
            return true;
        }
        at += length;
    }
    return false;
}

static struct policy_context context_of(const json_t *request)
{
    struct policy_context c = {.clock_is_sure = true};
    struct policy_net net = {0};

    (void)policy_net_parse(acl_vectors_text(request, "host"), &net);
    memcpy(c.address, net.address, sizeof(c.address));
    return c;
}

static void run(struct acl_vectors *v, const json_t *vector, bool some)
{
    const json_t *request = json_object_get(vector, "request");
    struct policy *p = policy_of(v, vector);
    const struct policy_context context = context_of(request);
    const struct policy_identity identity = {
        .principal = acl_vectors_text(request, "principal"),
        .is_super = is_super(vector, acl_vectors_text(request, "principal"))};
    const char *got = NULL;
    struct policy_who who;

    if (p != NULL) {
        policy_resolve(p, &identity, &who);
        const struct policy_query q = {.who = &who,
            .context = &context,
            .operation = (enum policy_operation)acl_vectors_code(
                v, "operation", request, "operation"),
            .resource = (enum policy_resource)acl_vectors_code(
                v, "resource_type", request, "resource_type"),
            .name = acl_vectors_text(request, "resource_name")};
        bool allowed = some
                           ? policy_allows_any(p, &who, &context, q.operation, q.resource)
                           : policy_decide(p, &q).allowed;
        got = allowed ? "ALLOW" : "DENY";
    }
    acl_vectors_tell(
        v, vector, json_string_value(json_object_get(vector, "expect")), got);
    policy_free(&p);
}

void acl_vectors_authorize(struct acl_vectors *v)
{
    const json_t *vector;
    size_t i;

    json_array_foreach(json_object_get(v->file, "authorize"), i, vector)
    {
        run(v, vector, false);
    }
}

void acl_vectors_by_type(struct acl_vectors *v)
{
    const json_t *vector;
    size_t i;

    json_array_foreach(json_object_get(v->file, "authorize_by_resource_type"), i, vector)
    {
        run(v, vector, true);
    }
}
