/*
 * broker_acl_create - CreateAcls: rules of Apache Kafka that clients set.
 *
 * With policy.mode=file no request adds a rule. With policy.mode=mixed one does only below
 * what the file delegates, and none that the file says shall never be.
 */
#include "broker_acl_queue.h"
#include "broker_api.h"
#include "broker_authz.h"
#include "meta_acl_submit.h"
#include "policy_delegation.h"
#include "wire_code.h"
#include "wire_create_acls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRINCIPAL_TYPE "User:"

static const char no_memory[] = "out of memory";

struct creation {
    struct broker_item base;
    struct meta_acl acl; /* in the job's arena */
};

/* Of several principals only users come here. */
static const char *check_principal(struct wire_view principal)
{
    size_t type = strlen(PRINCIPAL_TYPE);

    if (principal.len <= type || memcmp(principal.ptr, PRINCIPAL_TYPE, type) != 0) {
        return "a principal is written User:NAME, since everybody here is a User";
    }
    return NULL;
}

static const char *read_creation(
    const struct create_acls_request_acl_creation *from, struct creation *to)
{
    struct broker_job *job = to->base.job;
    struct meta_acl *acl = &to->acl;

    *acl = (struct meta_acl){.resource = from->resource_type,
        .pattern = from->resource_pattern_type,
        .operation = from->operation,
        .permission = from->permission_type,
        .name = from->resource_name,
        .principal = from->principal,
        .host = meta_view("*")};
    const char *wrong = meta_acl_error(acl);
    if (wrong == NULL) {
        wrong = check_principal(acl->principal);
    }
    if (wrong == NULL) {
        wrong = broker_acl_host(&job->arena, from->host, &acl->host);
    }
    acl->name = broker_job_copy(job, acl->name);
    acl->principal = broker_job_copy(job, acl->principal);
    if (wrong == NULL && (acl->name.ptr == NULL || acl->principal.ptr == NULL)) {
        wrong = no_memory;
    }
    return wrong;
}

/* Whether the file lets such a rule be; why not goes to `text`. */
static bool is_delegated(
    struct broker *b, const struct meta_acl *acl, char *text, size_t size)
{
    const struct policy_binding binding = broker_acl_binding(acl);
    struct policy_decision rule;

    if (!policy_delegates(b->policy, &binding)) {
        (void)snprintf(text, size,
            "the policy (%s, serial %llu) delegates nothing that this rule is about: see "
            "its delegate statements",
            policy_header(b->policy).file,
            (unsigned long long)policy_header(b->policy).serial);
        return false;
    }
    if (acl->permission == META_ACL_ALLOW && policy_forbids(b->policy, &binding, &rule)) {
        (void)snprintf(text, size, "the policy says that this shall never be: %s (%s:%u)",
            rule.id, rule.file, rule.line);
        return false;
    }
    return true;
}

static void judge_creation(struct broker *b,
    const struct create_acls_request_acl_creation *from, struct creation *item)
{
    const char *wrong = read_creation(from, item);
    char text[384];

    if (wrong != NULL) {
        broker_item_refuse(&item->base,
            wrong == no_memory ? WIRE_CODE_UNKNOWN_SERVER_ERROR
                               : WIRE_CODE_INVALID_REQUEST,
            wrong);
    } else if (!broker_acl_counts(b)) {
        broker_item_refuse(&item->base, WIRE_CODE_POLICY_VIOLATION,
            broker_acl_file_stands(b, text, sizeof(text)));
    } else if (!broker_acl_counts_alone(b) &&
               !is_delegated(b, &item->acl, text, sizeof(text))) {
        broker_item_refuse(&item->base, WIRE_CODE_POLICY_VIOLATION, text);
    }
}

static int by_values(const void *a, const void *b)
{
    return meta_acl_compare(a, b);
}

/* The good ones that are not there yet, each once. False: no memory. */
static bool gather_new(struct broker *b, struct broker_acl_request *r)
{
    const struct creation *items = r->job->items;
    size_t count = 0;

    r->acls = arena_alloc(&r->job->arena, r->job->count, sizeof(*r->acls));
    if (r->acls == NULL) {
        return false;
    }
    for (size_t i = 0; i < r->job->count; i++) {
        if (items[i].base.error == 0 &&
            meta_acl_find(&b->image.acls, &items[i].acl) == NULL) {
            r->acls[count++] = items[i].acl;
        }
    }
    if (count > 1) {
        qsort(r->acls, count, sizeof(*r->acls), by_values);
    }
    for (size_t i = 0; i < count; i++) {
        if (r->count == 0 || by_values(&r->acls[r->count - 1], &r->acls[i]) != 0) {
            r->acls[r->count++] = r->acls[i];
        }
    }
    return true;
}

/* The policy may have changed while this waited. */
static void judge_again(struct broker *b, struct broker_job *job)
{
    struct creation *items = job->items;
    char text[384];

    for (size_t i = 0; !broker_acl_counts_alone(b) && i < job->count; i++) {
        if (items[i].base.error == 0 &&
            !is_delegated(b, &items[i].acl, text, sizeof(text))) {
            broker_item_refuse(&items[i].base, WIRE_CODE_POLICY_VIOLATION, text);
        }
    }
}

static bool decide_creations(
    struct broker *b, struct broker_acl_request *r, struct meta_batch *batch)
{
    judge_again(b, r->job);
    if (!gather_new(b, r)) {
        broker_acl_request_refuse(r, WIRE_CODE_UNKNOWN_SERVER_ERROR, no_memory);
        return false;
    }
    struct meta_answer a = meta_submit_acls(&b->controller, r->acls, r->count, batch);
    if (a.error != META_ERROR_NONE) {
        broker_acl_request_fail(b, r, (int16_t)a.error, a.message);
        return false;
    }
    return batch->count > 0;
}

static void answer_creations(struct broker *b, struct broker_job *job)
{
    const struct creation *items = job->items;
    struct create_acls_response_acl_creation_result *rows =
        arena_alloc(&job->arena, job->count, sizeof(*rows));
    struct create_acls_response response = {
        .results = {.items = rows, .count = rows == NULL ? 0 : (int32_t)job->count}};

    for (size_t i = 0; rows != NULL && i < job->count; i++) {
        rows[i].error_code = items[i].base.error;
        rows[i].error_message = broker_item_message(&items[i].base);
    }
    broker_respond(b, &job->call, &response);
}

void broker_on_create_acls(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct create_acls_request *r = request;
    const struct create_acls_request_acl_creation *creations = r->creations.items;
    size_t count = r->creations.count > 0 ? (size_t)r->creations.count : 0;
    struct broker *b = s->broker;
    struct broker_job *job =
        broker_job_new(call, count, sizeof(struct creation), answer_creations);
    bool may = broker_may_cluster(s, POLICY_ALTER, false);

    if (job == NULL) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    struct broker_acl_request *waiting =
        broker_acl_request_new(job, "create", decide_creations);
    struct creation *items = job->items;
    for (size_t i = 0; i < count; i++) {
        items[i].base = (struct broker_item){.job = job};
        if (!may) {
            broker_item_refuse(&items[i].base, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED,
                broker_denial_text(s, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED));
        } else if (waiting == NULL) {
            broker_item_refuse(&items[i].base, WIRE_CODE_UNKNOWN_SERVER_ERROR, no_memory);
        } else {
            judge_creation(b, &creations[i], &items[i]);
        }
    }
    broker_acl_queue_add(b, job, waiting);
}
