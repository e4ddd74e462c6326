/*
 * broker_acl_create - CreateAcls: rules of Apache Kafka that clients set.
 *
 * With policy.mode=file no request adds a rule. With policy.mode=mixed one does only below
 * what the file delegates, and none that the file says shall never be.
 */
#include "broker_acl_queue.h"
#include "broker_api.h"
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

/* With an event, and its decision id. */
static void refuse_by_policy(
    struct broker_session *s, struct creation *item, const char *rule, const char *why)
{
    char name[BROKER_ACL_TEXT_MAX];
    char text[512];

    broker_acl_text(&item->acl, name);
    broker_event_denied(s, "create", "acl", meta_view(name), rule);
    (void)snprintf(text, sizeof(text), "%s (decision %s)", why, s->decision);
    broker_item_refuse(&item->base, WIRE_CODE_POLICY_VIOLATION, text);
}

/* What the file has against the rule beside its own, if anything. */
static void judge_by_file(struct broker_session *s, struct creation *item)
{
    const struct policy *p = s->broker->policy;
    const struct policy_binding binding = broker_acl_binding(&item->acl);
    struct policy_header header = policy_header(p);
    struct policy_decision rule;
    char why[384];

    if (!policy_delegates(p, &binding)) {
        (void)snprintf(why, sizeof(why),
            "the policy (%s, serial %llu) delegates nothing that has all of this rule: "
            "see "
            "its delegate statements",
            header.file, (unsigned long long)header.serial);
        refuse_by_policy(s, item, "not-delegated", why);
    } else if (item->acl.permission == META_ACL_ALLOW &&
               policy_forbids(p, &binding, &rule)) {
        (void)snprintf(why, sizeof(why),
            "the policy says that this shall never be: %s (%s:%u)", rule.id, rule.file,
            rule.line);
        refuse_by_policy(s, item, rule.id, why);
    }
}

static void judge_creation(struct broker_session *s, const struct wire_array *asked,
    size_t i, struct broker_item *base)
{
    const struct create_acls_request_acl_creation *from = asked->items;
    struct creation *item = (struct creation *)(void *)base;
    const struct broker *b = s->broker;
    const char *wrong = read_creation(&from[i], item);
    char text[384];

    if (wrong != NULL) {
        broker_item_refuse(&item->base,
            wrong == no_memory ? WIRE_CODE_UNKNOWN_SERVER_ERROR
                               : WIRE_CODE_INVALID_REQUEST,
            wrong);
    } else if (!broker_acl_counts(b)) {
        refuse_by_policy(
            s, item, "policy.mode", broker_acl_file_stands(b, text, sizeof(text)));
    } else if (!broker_acl_counts_alone(b)) {
        judge_by_file(s, item);
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
    struct broker_session *s = broker_session_find(b, job->call.gate);
    struct creation *items = job->items;

    for (size_t i = 0; s != NULL && !broker_acl_counts_alone(b) && i < job->count; i++) {
        if (items[i].base.error == 0) {
            judge_by_file(s, &items[i]);
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
    static const struct broker_acl_api api = {.verb = "create",
        .item_size = sizeof(struct creation),
        .decide = decide_creations,
        .answer = answer_creations,
        .judge = judge_creation};
    const struct create_acls_request *r = request;

    broker_acl_queue_take(s, call, &api, &r->creations);
}
