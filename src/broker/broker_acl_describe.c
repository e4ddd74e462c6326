/*
 * broker_acl_describe - DescribeAcls: the rules of clients, and the policy file as rules
 * of Apache Kafka that say the same, whichever of them count.
 */
#include "broker_acl.h"
#include "broker_api.h"
#include "broker_authz.h"
#include "broker_denial.h"
#include "policy_acl.h"
#include "wire_code.h"
#include "wire_describe_acls.h"

#include <stdlib.h>
#include <string.h>

#define UNKNOWN 0

/* What is in an answer; more would not fit. */
#define FOUND_MAX       20000
#define FOUND_BYTES_MAX (IPC_RESPONSE_MAX - 65536)
/* Of the policy file, before the filter: teams and their members make many of few. */
#define LOOKED_MAX 4000000
#define TEAM_TYPE  "Team:"
#define ROW_BYTES  32 /* codes, lengths, tags */

struct found {
    struct policy_binding *rows; /* in the broker's arena */
    size_t count;
    size_t room;
    size_t bytes; /* of the answer, at most */
    size_t looked;
    bool has_more;
    bool has_no_memory;
};

static struct wire_view wire_of(struct policy_view v)
{
    return (struct wire_view){.ptr = v.ptr, .len = v.len};
}

static struct policy_view policy_of(struct wire_view v)
{
    return (struct policy_view){.ptr = v.ptr, .len = v.len};
}

static void add(
    struct found *f, const struct policy_filter *filter, struct policy_binding row)
{
    if (!policy_filter_finds(filter, &row)) {
        return;
    }
    if (f->rows != NULL && f->count < f->room) {
        f->rows[f->count] = row;
    }
    f->count++;
    f->bytes += row.name.len + row.principal.len + row.host.len + ROW_BYTES;
}

/* Others say who is in a team: it is told as what it is. NULL pointer: no memory. */
static struct policy_view team_name(struct broker *b, struct policy_view name)
{
    uint8_t *text = arena_alloc(&b->arena, strlen(TEAM_TYPE) + name.len, 1);

    if (text == NULL) {
        return (struct policy_view){0};
    }
    memcpy(text, TEAM_TYPE, strlen(TEAM_TYPE));
    memcpy(text + strlen(TEAM_TYPE), name.ptr, name.len);
    return (struct policy_view){.ptr = text, .len = strlen(TEAM_TYPE) + name.len};
}

/* Whoever it is for. */
static bool place_fits(
    const struct policy_filter *filter, const struct policy_binding *row)
{
    struct policy_filter place = *filter;

    place.principal = place.host = (struct policy_view){0};
    place.operation = place.permission = POLICY_CODE_ANY;
    return policy_filter_finds(&place, row);
}

static bool is_full(struct found *f)
{
    f->has_more = f->has_more || f->count > FOUND_MAX || f->bytes > FOUND_BYTES_MAX ||
                  f->looked > LOOKED_MAX;
    return f->has_more;
}

static void add_file(
    struct broker *b, const struct policy_filter *filter, struct found *f)
{
    struct policy_acl_cursor cursor = {0};
    struct policy_acl acl;

    while (!is_full(f) && policy_next_acl(b->policy, &cursor, &acl)) {
        struct policy_binding row = {.resource = (int8_t)acl.resource,
            .pattern = acl.is_prefix ? POLICY_CODE_PREFIXED : POLICY_CODE_LITERAL,
            .operation = acl.operation,
            .permission = acl.deny ? POLICY_CODE_DENY : POLICY_CODE_ALLOW,
            .name = acl.name,
            .principal = acl.principal,
            .host = {.ptr = (const uint8_t *)"*", .len = 1}};
        f->looked++;
        if (!place_fits(filter, &row)) {
            policy_skip_acls(&cursor);
            continue;
        }
        if (acl.is_team) {
            row.principal = team_name(b, acl.principal);
            f->has_no_memory = f->has_no_memory || row.principal.ptr == NULL;
        }
        add(f, filter, row);
    }
}

static void add_clients(
    const struct broker *b, const struct policy_filter *filter, struct found *f)
{
    const struct meta_acl *acl;

    for (size_t cursor = 0; (acl = meta_acl_next(&b->image.acls, &cursor)) != NULL;) {
        add(f, filter, broker_acl_binding(acl));
    }
}

static void add_all(struct broker *b, const struct policy_filter *filter, struct found *f)
{
    f->count = 0;
    f->bytes = 0;
    f->looked = 0;
    if (!broker_acl_counts_alone(b)) {
        add_file(b, filter, f);
    }
    if (broker_acl_counts(b)) {
        add_clients(b, filter, f);
    }
}

static struct meta_acl as_acl(const struct policy_binding *b)
{
    return (struct meta_acl){.resource = b->resource,
        .pattern = b->pattern,
        .operation = b->operation,
        .permission = b->permission,
        .name = wire_of(b->name),
        .principal = wire_of(b->principal),
        .host = wire_of(b->host)};
}

static int by_values(const void *a, const void *b)
{
    struct meta_acl x = as_acl(a);
    struct meta_acl y = as_acl(b);

    return meta_acl_compare(&x, &y);
}

/* Sorted, each once. False: no memory, or more than an answer holds. */
static bool find(struct broker *b, const struct policy_filter *filter, struct found *f)
{
    *f = (struct found){0};
    add_all(b, filter, f);
    (void)is_full(f);
    f->room = f->count;
    f->rows = f->has_more ? NULL : arena_alloc(&b->arena, f->room, sizeof(*f->rows));
    if (f->rows == NULL) {
        return false;
    }
    add_all(b, filter, f);
    if (f->has_no_memory) {
        return false;
    }
    if (f->count > 1) {
        qsort(f->rows, f->count, sizeof(*f->rows), by_values);
    }
    size_t kept = 0;
    for (size_t i = 0; i < f->count; i++) {
        if (kept == 0 || by_values(&f->rows[kept - 1], &f->rows[i]) != 0) {
            f->rows[kept++] = f->rows[i];
        }
    }
    f->count = kept;
    return true;
}

static bool is_of(const struct describe_acls_resource *r, const struct policy_binding *b)
{
    return r->resource_type == b->resource && r->pattern_type == b->pattern &&
           meta_view_equal(r->resource_name, wire_of(b->name));
}

/* One row for each pattern. False: out of memory. */
static bool fill(
    struct broker *b, const struct found *f, struct describe_acls_response *out)
{
    struct describe_acls_resource *resources =
        arena_alloc(&b->arena, f->count, sizeof(*resources));
    struct describe_acls_response_acl_description *acls =
        arena_alloc(&b->arena, f->count, sizeof(*acls));
    int32_t r = -1;

    if (resources == NULL || acls == NULL) {
        return false;
    }
    for (size_t i = 0; i < f->count; i++) {
        const struct policy_binding *row = &f->rows[i];
        if (r < 0 || !is_of(&resources[r], row)) {
            resources[++r] =
                (struct describe_acls_resource){.resource_type = row->resource,
                    .resource_name = wire_of(row->name),
                    .pattern_type = row->pattern,
                    .acls = {.items = &acls[i]}};
        }
        resources[r].acls.count++;
        acls[i] = (struct describe_acls_response_acl_description){
            .principal = wire_of(row->principal),
            .host = wire_of(row->host),
            .operation = row->operation,
            .permission_type = row->permission};
    }
    out->resources = (struct wire_array){.items = resources, .count = r + 1};
    return true;
}

static void refuse(struct describe_acls_response *out, int16_t code, const char *why)
{
    out->error_code = code;
    out->error_message = meta_view(why);
}

/* A code that is none finds nothing, as in Apache Kafka; UNKNOWN is refused. */
static void describe(struct broker *b, const struct describe_acls_request *r,
    struct describe_acls_response *out)
{
    struct policy_filter filter = {.resource = r->resource_type_filter,
        .pattern = r->pattern_type_filter,
        .operation = r->operation,
        .permission = r->permission_type,
        .name = policy_of(r->resource_name_filter),
        .principal = policy_of(r->principal_filter)};
    struct found found;

    if (filter.resource == UNKNOWN || filter.pattern == UNKNOWN ||
        filter.operation == UNKNOWN || filter.permission == UNKNOWN) {
        refuse(out, WIRE_CODE_INVALID_REQUEST, "a part of the filter is unknown");
        return;
    }
    if (!broker_acl_filter_host(&b->arena, policy_of(r->host_filter), &filter.host)) {
        refuse(out, WIRE_CODE_UNKNOWN_SERVER_ERROR, "out of memory");
    } else if (!find(b, &filter, &found)) {
        refuse(out,
            found.has_more ? WIRE_CODE_INVALID_REQUEST : WIRE_CODE_UNKNOWN_SERVER_ERROR,
            found.has_more ? "more rules than one answer holds: narrow the filter"
                           : "out of memory");
    } else if (!fill(b, &found, out)) {
        refuse(out, WIRE_CODE_UNKNOWN_SERVER_ERROR, "out of memory");
    }
}

void broker_on_describe_acls(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    struct describe_acls_response response = {0};

    if (!broker_may_cluster(s, POLICY_DESCRIBE, false)) {
        response.error_code = WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED;
        response.error_message = meta_view(broker_denial_text(s, response.error_code));
    } else {
        describe(s->broker, request, &response);
    }
    broker_respond(s->broker, call, &response);
}
