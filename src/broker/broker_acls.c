/*
 * broker_acls - DescribeAcls, CreateAcls, DeleteAcls: the policy as the rules of Apache
 * Kafka. It stands in files; no request changes it.
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "policy_acl.h"
#include "wire_code.h"
#include "wire_create_acls.h"
#include "wire_delete_acls.h"
#include "wire_describe_acls.h"

#include <stdio.h>
#include <string.h>

/* Codes of the protocol. */
enum { RESOURCE_LAST = 7, OPERATION_LAST = 15 }; /* a user; to commit in two phases */
enum { ANY = 1, PATTERN_MATCH = 2, PATTERN_LITERAL = 3, PATTERN_PREFIXED = 4 };
enum { PERMISSION_DENY = 2, PERMISSION_ALLOW = 3 };

static struct wire_view wire_of(struct policy_view v)
{
    return (struct wire_view){.ptr = v.ptr, .len = v.len};
}

/* --- DescribeAcls ----------------------------------------------------------------------- */

static bool name_matches(
    const struct describe_acls_request *f, const struct policy_acl *acl)
{
    struct wire_view wanted = f->resource_name_filter;
    struct wire_view name = wire_of(acl->name);
    int8_t type = acl->is_prefix ? PATTERN_PREFIXED : PATTERN_LITERAL;

    if (f->pattern_type_filter != ANY && f->pattern_type_filter != PATTERN_MATCH &&
        f->pattern_type_filter != type) {
        return false;
    }
    if (wanted.ptr == NULL || meta_view_equal(wanted, name)) {
        return true;
    }
    if (f->pattern_type_filter != PATTERN_MATCH) {
        return false;
    }
    return acl->is_prefix
               ? wanted.len >= name.len && memcmp(wanted.ptr, name.ptr, name.len) == 0
               : meta_view_equal(name, meta_view("*"));
}

static bool principal_matches(struct wire_view wanted, struct policy_view name)
{
    return wanted.ptr == NULL || meta_view_equal(wanted, wire_of(name));
}

static bool matches(const struct describe_acls_request *f, const struct policy_acl *acl)
{
    int8_t permission = acl->deny ? PERMISSION_DENY : PERMISSION_ALLOW;

    return (f->resource_type_filter == ANY ||
               f->resource_type_filter == (int8_t)acl->resource) &&
           (f->operation == ANY || f->operation == acl->operation) &&
           (f->permission_type == ANY || f->permission_type == permission) &&
           (f->host_filter.ptr == NULL ||
               meta_view_equal(f->host_filter, meta_view("*"))) &&
           principal_matches(f->principal_filter, acl->principal) && name_matches(f, acl);
}

static size_t count_matching(
    const struct policy *p, const struct describe_acls_request *f)
{
    struct policy_acl_cursor cursor = {0};
    struct policy_acl acl;
    size_t count = 0;

    while (policy_next_acl(p, &cursor, &acl)) {
        count += matches(f, &acl) ? 1 : 0;
    }
    return count;
}

static bool is_of(const struct describe_acls_resource *r, const struct policy_acl *acl)
{
    return r->resource_type == (int8_t)acl->resource &&
           r->pattern_type == (acl->is_prefix ? PATTERN_PREFIXED : PATTERN_LITERAL) &&
           meta_view_equal(r->resource_name, wire_of(acl->name));
}

/* False: out of memory. */
static bool fill(struct broker *b, const struct describe_acls_request *f,
    struct describe_acls_response *out)
{
    size_t count = count_matching(b->policy, f);
    struct describe_acls_resource *resources =
        arena_alloc(&b->arena, count, sizeof(*resources));
    struct describe_acls_response_acl_description *rows =
        arena_alloc(&b->arena, count, sizeof(*rows));
    struct policy_acl_cursor cursor = {0};
    struct policy_acl acl;
    size_t filled = 0;
    int32_t r = -1;

    if (resources == NULL || rows == NULL) {
        return false;
    }
    while (policy_next_acl(b->policy, &cursor, &acl)) {
        if (!matches(f, &acl)) {
            continue;
        }
        if (r < 0 || !is_of(&resources[r], &acl)) {
            resources[++r] =
                (struct describe_acls_resource){.resource_type = (int8_t)acl.resource,
                    .resource_name = wire_of(acl.name),
                    .pattern_type = acl.is_prefix ? PATTERN_PREFIXED : PATTERN_LITERAL,
                    .acls = {.items = &rows[filled]}};
        }
        resources[r].acls.count++;
        rows[filled++] = (struct describe_acls_response_acl_description){
            .principal = wire_of(acl.principal),
            .host = meta_view("*"),
            .operation = acl.operation,
            .permission_type = acl.deny ? PERMISSION_DENY : PERMISSION_ALLOW};
    }
    out->resources = (struct wire_array){.items = resources, .count = r + 1};
    return true;
}

void broker_on_describe_acls(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    struct describe_acls_response response = {0};

    if (!broker_may_cluster(s, POLICY_DESCRIBE, false)) {
        response.error_code = WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED;
    } else if (!fill(s->broker, request, &response)) {
        response.error_code = WIRE_CODE_UNKNOWN_SERVER_ERROR;
        response.error_message = meta_view("out of memory");
    }
    broker_respond(s->broker, call, &response);
}

/* --- CreateAcls, DeleteAcls ------------------------------------------------------------- */

/* The code for whoever wants to change a rule, and why. */
static int16_t refusal(struct broker_session *s, struct wire_view *message_out)
{
    struct broker *b = s->broker;
    struct policy_header header = policy_header(b->policy);
    char text[512];

    if (!broker_may_cluster(s, POLICY_ALTER, false)) {
        return WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED;
    }
    (void)snprintf(text, sizeof(text),
        "rights stand in policy files (%s, serial %llu); no request changes them",
        header.file, (unsigned long long)header.serial);
    const char *copy = arena_copy_text(&b->arena, text, strlen(text));
    *message_out = copy == NULL ? (struct wire_view){0} : meta_view(copy);
    return WIRE_CODE_POLICY_VIOLATION;
}

/* What Apache Kafka would not store either. */
static const char *check_creation(const struct create_acls_request_acl_creation *c)
{
    bool of_cluster = c->resource_type == POLICY_CLUSTER;

    if (c->resource_type <= ANY || c->resource_type > RESOURCE_LAST ||
        c->operation <= ANY || c->operation > OPERATION_LAST) {
        return "a rule names one type of resource and one operation";
    }
    if (c->resource_pattern_type != PATTERN_LITERAL &&
        c->resource_pattern_type != PATTERN_PREFIXED) {
        return "a pattern is literal or prefixed";
    }
    if (c->permission_type != PERMISSION_ALLOW && c->permission_type != PERMISSION_DENY) {
        return "a rule allows or denies";
    }
    if (c->resource_name.len == 0 ||
        (of_cluster &&
            !meta_view_equal(c->resource_name, meta_view(POLICY_CLUSTER_NAME)))) {
        return of_cluster ? "the cluster is named " POLICY_CLUSTER_NAME
                          : "the resource has no name";
    }
    return memchr(c->principal.ptr, ':', c->principal.len) == NULL
               ? "a principal is written User:NAME"
               : NULL;
}

void broker_on_create_acls(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct create_acls_request *r = request;
    const struct create_acls_request_acl_creation *creations = r->creations.items;
    struct broker *b = s->broker;
    size_t count = r->creations.count > 0 ? (size_t)r->creations.count : 0;
    struct create_acls_response_acl_creation_result *rows =
        arena_alloc(&b->arena, count, sizeof(*rows));
    struct wire_view message = {0};
    int16_t code = refusal(s, &message);

    for (size_t i = 0; rows != NULL && i < count; i++) {
        const char *wrong = check_creation(&creations[i]);
        bool shaped = wrong == NULL || code == WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED;
        rows[i].error_code = shaped ? code : (int16_t)WIRE_CODE_INVALID_REQUEST;
        rows[i].error_message = shaped ? message : meta_view(wrong);
    }
    struct create_acls_response response = {
        .results = {.items = rows, .count = rows == NULL ? 0 : (int32_t)count}};
    broker_respond(b, call, &response);
}

void broker_on_delete_acls(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct delete_acls_request *r = request;
    struct broker *b = s->broker;
    size_t count = r->filters.count > 0 ? (size_t)r->filters.count : 0;
    struct delete_acls_filter_result *rows = arena_alloc(&b->arena, count, sizeof(*rows));
    struct wire_view message = {0};
    int16_t code = refusal(s, &message);

    for (size_t i = 0; rows != NULL && i < count; i++) {
        rows[i].error_code = code;
        rows[i].error_message = message;
    }
    struct delete_acls_response response = {
        .filter_results = {.items = rows, .count = rows == NULL ? 0 : (int32_t)count}};
    broker_respond(b, call, &response);
}
