#include "broker_acl.h"

#include "broker_authz.h"
#include "broker_review.h"
#include "log.h"
#include "mem.h"
#include "meta_name.h"
#include "meta_record.h"
#include "policy_build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOURCE      "rules set by clients"
#define EVERYBODY   "User:*"
#define BLOB_LIMIT  ((size_t)32 << 20)
#define EVERY_NAME  "*"
#define EVERY_PLACE "*"

bool broker_acl_counts(const struct broker *b)
{
    return b->config.policy_mode != IPC_POLICY_FILE;
}

bool broker_acl_counts_alone(const struct broker *b)
{
    return b->config.policy_mode == IPC_POLICY_API;
}

const char *broker_acl_file_stands(const struct broker *b, char *text, size_t size)
{
    struct policy_header header = policy_header(b->policy);

    (void)snprintf(text, size,
        "rights stand in policy files (%s, serial %llu); no request changes them",
        header.file, (unsigned long long)header.serial);
    return text;
}

/* --- texts ------------------------------------------------------------------------------ */

static struct policy_view policy_of(struct wire_view v)
{
    return (struct policy_view){.ptr = v.ptr, .len = v.len};
}

struct policy_binding broker_acl_binding(const struct meta_acl *acl)
{
    return (struct policy_binding){.resource = acl->resource,
        .pattern = acl->pattern,
        .operation = acl->operation,
        .permission = acl->permission,
        .name = policy_of(acl->name),
        .principal = policy_of(acl->principal),
        .host = policy_of(acl->host)};
}

void broker_acl_id(const struct meta_acl *acl, char out[BROKER_ACL_ID_MAX])
{
    const uint8_t *id = acl->id.bytes;

    (void)snprintf(
        out, BROKER_ACL_ID_MAX, "acl-%02x%02x%02x%02x", id[0], id[1], id[2], id[3]);
}

void broker_acl_text(const struct meta_acl *acl, char out[BROKER_ACL_TEXT_MAX])
{
    char id[BROKER_ACL_ID_MAX] = "";
    bool is_drawn = !meta_uuid_is_zero(acl->id);
    bool is_prefix = acl->pattern == META_ACL_PREFIXED;

    if (is_drawn) {
        broker_acl_id(acl, id);
    }
    (void)snprintf(out, BROKER_ACL_TEXT_MAX, "%s%s%s %.*s %s %s %.*s%s from %.*s", id,
        is_drawn ? " " : "", acl->permission == META_ACL_DENY ? "deny" : "allow",
        (int)acl->principal.len, (const char *)acl->principal.ptr,
        acl->operation == META_ACL_ALL
            ? "all"
            : policy_operation_name((enum policy_operation)acl->operation),
        policy_resource_name((enum policy_resource)acl->resource), (int)acl->name.len,
        (const char *)acl->name.ptr, is_prefix ? " and what begins so" : "",
        (int)acl->host.len, (const char *)acl->host.ptr);
}

static bool is_every_place(struct wire_view host)
{
    return meta_view_equal(host, meta_view(EVERY_PLACE));
}

/* Without memory *out stays as it was: false. */
static bool write_net(
    struct arena *arena, const struct policy_net *net, struct wire_view *out)
{
    char text[POLICY_NET_TEXT_MAX];

    policy_net_text(net, text);
    const char *copy = arena_copy_text(arena, text, strlen(text));
    if (copy == NULL) {
        return false;
    }
    *out = meta_view(copy);
    return true;
}

const char *broker_acl_host(
    struct arena *arena, struct wire_view host, struct wire_view *out)
{
    struct policy_net net;

    if (is_every_place(host)) {
        *out = meta_view(EVERY_PLACE);
        return NULL;
    }
    if (!policy_net_parse(policy_of(host), &net)) {
        return "a host is *, an address of IPv4 or IPv6 in numbers, or a network in CIDR "
               "form such as 10.1.0.0/16, with no bit behind its length set; names never "
               "match";
    }
    return write_net(arena, &net, out) ? NULL : "out of memory";
}

bool broker_acl_filter_host(
    struct arena *arena, struct policy_view host, struct policy_view *out)
{
    struct policy_net net;
    struct wire_view text;

    if (host.ptr == NULL || !policy_net_parse(host, &net)) {
        *out = host;
        return true;
    }
    if (!write_net(arena, &net, &text)) {
        return false;
    }
    *out = policy_of(text);
    return true;
}

/* --- a policy --------------------------------------------------------------------------- */

static struct policy_build_target target_of(const struct meta_acl *acl)
{
    struct policy_build_target target = {.resource = (enum policy_resource)acl->resource,
        .is_prefix = acl->pattern == META_ACL_PREFIXED,
        .name = policy_of(acl->name),
        .operations = acl->operation == META_ACL_ALL
                          ? POLICY_BITS_ALL
                          : POLICY_BIT((unsigned)acl->operation)};

    if (target.resource == POLICY_CLUSTER) {
        target.is_prefix = false;
    } else if (!target.is_prefix && meta_view_equal(acl->name, meta_view(EVERY_NAME))) {
        target.is_prefix = true;
        target.name.len = 0;
    }
    return target;
}

static void add_rule(
    struct policy_build *build, uint32_t file, uint32_t line, const struct meta_acl *acl)
{
    bool denies = acl->permission == META_ACL_DENY;
    struct policy_build_target target = target_of(acl);
    struct policy_build_subject subject = {
        .kind = POLICY_SUBJECT_PRINCIPAL, .name = policy_of(acl->principal)};
    struct policy_net net;
    char id[BROKER_ACL_ID_MAX];

    if (meta_view_equal(acl->principal, meta_view(EVERYBODY))) {
        subject = (struct policy_build_subject){.kind = POLICY_SUBJECT_ANY};
    }
    broker_acl_id(acl, id);
    struct policy_build_rule rule = {.effect = denies ? POLICY_DENY : POLICY_ALLOW,
        .file = file,
        .line = line,
        .id = {.ptr = (const uint8_t *)id, .len = strlen(id)},
        .subjects = &subject,
        .subject_count = 1,
        .targets = &target,
        .target_count = 1};
    bool has_place = !is_every_place(acl->host);
    bool is_place = has_place && policy_net_parse(policy_of(acl->host), &net);
    if (is_place) {
        rule.condition.nets = &net;
        rule.condition.net_count = 1;
    }
    if (!has_place || is_place || denies) {
        policy_build_rule(build, &rule);
    }
}

static int by_values(const void *a, const void *b)
{
    return meta_acl_compare(
        *(const struct meta_acl *const *)a, *(const struct meta_acl *const *)b);
}

static bool is_without(const struct broker_acl_change *change, const struct table *ids,
    const struct meta_acl *acl)
{
    return change->without_count > 0 &&
           table_get(ids, acl->id.bytes, sizeof(acl->id.bytes)) != NULL;
}

static enum err note_ids(const struct broker_acl_change *change, struct table *ids)
{
    enum err e = OK;

    for (size_t i = 0; e == OK && i < change->without_count; i++) {
        const struct meta_acl *acl = change->without[i];
        e = table_put(ids, acl->id.bytes, sizeof(acl->id.bytes), ids);
    }
    return e;
}

/* Every rule that there will be, in the order of their values. NULL: no memory. */
static const struct meta_acl **gather(
    const struct broker *b, const struct broker_acl_change *change, size_t *count_out)
{
    const struct meta_acls *all = &b->image.acls;
    size_t room = all->by_id.count + change->with_count + 1;
    const struct meta_acl **rows = mem_alloc(room, sizeof(const struct meta_acl *));
    const struct meta_acl *row;
    struct table ids;
    size_t count = 0;

    table_init(&ids, META_ACLS_MAX);
    if (rows == NULL || note_ids(change, &ids) != OK) {
        mem_free(rows);
        table_fini(&ids);
        return NULL;
    }
    for (size_t cursor = 0; (row = meta_acl_next(all, &cursor)) != NULL;) {
        if (!is_without(change, &ids, row)) {
            rows[count++] = row;
        }
    }
    table_fini(&ids);
    for (size_t i = 0; i < change->with_count; i++) {
        rows[count++] = &change->with[i];
    }
    qsort(rows, count, sizeof(const struct meta_acl *), by_values);
    *count_out = count;
    return rows;
}

static enum err build_rules(const struct meta_acl *const *rows, size_t count,
    struct buf *out, const char **too_many)
{
    struct policy_build *build = policy_build_new();

    if (build == NULL) {
        return ERR_NOMEM;
    }
    uint32_t file = policy_build_file(build, SOURCE);
    for (size_t i = 0; i < count; i++) {
        add_rule(build, file, (uint32_t)(i + 1), rows[i]);
    }
    enum err e = policy_build_finish(build, out, too_many);
    policy_build_free(&build);
    return e;
}

enum err broker_acl_build(struct broker *b, const struct broker_acl_change *change,
    struct policy **out, const char **too_many)
{
    size_t count = 0;
    const struct meta_acl **rows = gather(b, change, &count);
    struct buf bytes;

    *too_many = NULL;
    if (rows == NULL) {
        return ERR_NOMEM;
    }
    buf_init(&bytes, BLOB_LIMIT);
    enum err e = build_rules(rows, count, &bytes, too_many);
    if (e == OK) {
        e = policy_load(bytes.bytes, bytes.length, broker_authz_flags(b), out);
    }
    buf_fini(&bytes);
    mem_free(rows);
    return e;
}

void broker_acl_install(struct broker *b, struct policy **fresh)
{
    broker_authz_set_clients_policy(b, *fresh);
    *fresh = NULL;
    broker_review_begin(b);
}

enum err broker_acl_start(struct broker *b)
{
    const struct broker_acl_change none = {0};
    struct policy *fresh = NULL;
    const char *too_many;

    if (!broker_acl_counts(b)) {
        if (b->image.acls.by_id.count > 0) {
            log_info("%zu rules that clients set do not count, since policy.mode=file",
                b->image.acls.by_id.count);
        }
        return OK;
    }
    enum err e = broker_acl_build(b, &none, &fresh, &too_many);
    if (e == OK) {
        broker_authz_set_clients_policy(b, fresh);
    }
    return e;
}

void broker_acl_fini(struct broker *b)
{
    policy_free(&b->acls.policy);
}
