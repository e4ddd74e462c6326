/*
 * broker_acl_delete - DeleteAcls: removes rules that clients set.
 *
 * A rule is removed by its id: the others of its resource stay. With policy.mode=file no
 * request removes a rule; what stands in a file no request ever removes.
 */
#include "broker_acl_queue.h"
#include "broker_api.h"
#include "meta_acl_submit.h"
#include "wire_code.h"
#include "wire_delete_acls.h"

#include <stdio.h>
#include <string.h>

#define MATCHES_MAX META_ACLS_MAX /* of all filters of a request together */
#define SCANS_MAX   256           /* filters that have to look at every rule */

static const char no_memory[] = "out of memory";

static struct policy_view policy_of(struct wire_view v)
{
    return (struct policy_view){.ptr = v.ptr, .len = v.len};
}

struct removal {
    struct broker_item base;
    struct policy_filter filter; /* in the job's arena */
    size_t *found;               /* indices in the change's acls */
    size_t count;
};

/* The one rule that it can find; false: it may find several. */
static bool is_exact(const struct policy_filter *f, struct meta_acl *out)
{
    struct policy_view texts[] = {f->name, f->principal, f->host};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].ptr == NULL) {
            return false;
        }
    }
    *out = (struct meta_acl){.resource = f->resource,
        .pattern = f->pattern,
        .operation = f->operation,
        .permission = f->permission,
        .name = {.ptr = f->name.ptr, .len = f->name.len},
        .principal = {.ptr = f->principal.ptr, .len = f->principal.len},
        .host = {.ptr = f->host.ptr, .len = f->host.len}};
    return f->resource != POLICY_CODE_ANY && f->operation != POLICY_CODE_ANY &&
           f->permission != POLICY_CODE_ANY && f->pattern >= POLICY_CODE_LITERAL;
}

static bool copy_text(
    struct broker_job *job, struct wire_view from, struct policy_view *to)
{
    struct wire_view copy = broker_job_copy(job, from);

    *to = policy_of(copy);
    return from.ptr == NULL || copy.ptr != NULL;
}

static const char *read_filter(const struct delete_acls_filter *from, struct removal *to)
{
    struct broker_job *job = to->base.job;
    struct policy_filter *f = &to->filter;

    *f = (struct policy_filter){.resource = from->resource_type_filter,
        .pattern = from->pattern_type_filter,
        .operation = from->operation,
        .permission = from->permission_type};
    if (!policy_filter_is_good(f)) {
        return "a part of the filter is no code of the protocol";
    }
    struct policy_view host;
    return copy_text(job, from->resource_name_filter, &f->name) &&
                   copy_text(job, from->principal_filter, &f->principal) &&
                   copy_text(job, from->host_filter, &host) &&
                   broker_acl_filter_host(&job->arena, host, &f->host)
               ? NULL
               : no_memory;
}

static void refuse_by_policy(struct broker_session *s, struct removal *item)
{
    char why[384];
    char text[512];

    broker_event_denied(s, "delete", "acl", meta_view("*"), "policy.mode");
    (void)snprintf(text, sizeof(text), "%s (decision %s)",
        broker_acl_file_stands(s->broker, why, sizeof(why)), s->decision);
    broker_item_refuse(&item->base, WIRE_CODE_POLICY_VIOLATION, text);
}

static void judge_removal(struct broker_session *s, const struct wire_array *asked,
    size_t i, struct broker_item *base)
{
    const struct delete_acls_filter *from = asked->items;
    struct removal *item = (struct removal *)(void *)base;
    const char *wrong = read_filter(&from[i], item);

    if (wrong != NULL) {
        broker_item_refuse(&item->base,
            wrong == no_memory ? WIRE_CODE_UNKNOWN_SERVER_ERROR
                               : WIRE_CODE_INVALID_REQUEST,
            wrong);
    } else if (!broker_acl_counts(s->broker)) {
        refuse_by_policy(s, item);
    }
}

/* What the filters find. */
struct finding {
    struct broker *broker;
    struct broker_acl_request *request;
    struct table seen; /* id -> number of the rule, and one */
    size_t matches;
    size_t *room; /* for the indices: MATCHES_MAX of them */
    enum err error;
};

static void note(struct finding *f, struct removal *item, const struct meta_acl *row)
{
    struct broker_acl_request *c = f->request;

    if (f->matches == MATCHES_MAX) {
        f->error = ERR_FULL;
        return;
    }
    const struct meta_acl **place =
        table_get(&f->seen, row->id.bytes, sizeof(row->id.bytes));
    if (place == NULL) {
        place = &c->rows[c->count];
        f->error = table_put(&f->seen, row->id.bytes, sizeof(row->id.bytes), place);
        if (f->error != OK) {
            return;
        }
        *place = row;
        c->count++;
    }
    f->room[f->matches++] = (size_t)(place - c->rows);
    item->count++;
}

static void find(struct finding *f, struct removal *item, size_t *scans)
{
    const struct meta_acls *all = &f->broker->image.acls;
    const struct meta_acl *row;
    struct meta_acl like;

    item->found = f->room + f->matches;
    if (is_exact(&item->filter, &like)) {
        row = meta_acl_find(all, &like);
        if (row != NULL) {
            note(f, item, row);
        }
        return;
    }
    if (++*scans > SCANS_MAX) {
        f->error = ERR_FULL;
    }
    for (size_t cursor = 0;
         f->error == OK && (row = meta_acl_next(all, &cursor)) != NULL;) {
        struct policy_binding binding = broker_acl_binding(row);
        if (policy_filter_finds(&item->filter, &binding)) {
            note(f, item, row);
        }
    }
}

static struct meta_acl copy_acl(struct broker_job *job, const struct meta_acl *row)
{
    struct meta_acl acl = *row;

    acl.name = broker_job_copy(job, row->name);
    acl.principal = broker_job_copy(job, row->principal);
    acl.host = broker_job_copy(job, row->host);
    return acl;
}

/* The answer names rules that are gone by then. */
static enum err copy_found(struct broker_acl_request *c)
{
    struct broker_job *job = c->job;

    c->acls = arena_alloc(&job->arena, c->count, sizeof(*c->acls));
    if (c->acls == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < c->count; i++) {
        c->acls[i] = copy_acl(job, c->rows[i]);
        if (c->acls[i].name.ptr == NULL || c->acls[i].principal.ptr == NULL ||
            c->acls[i].host.ptr == NULL) {
            return ERR_NOMEM;
        }
    }
    return OK;
}

static enum err find_all(struct broker *b, struct broker_acl_request *c)
{
    struct broker_job *job = c->job;
    struct removal *items = job->items;
    size_t room = b->image.acls.by_id.count;
    struct finding f = {.broker = b, .request = c};
    size_t scans = 0;

    c->rows = arena_alloc(&job->arena, room, sizeof(const struct meta_acl *));
    f.room = arena_alloc(&job->arena, MATCHES_MAX, sizeof(*f.room));
    if (c->rows == NULL || f.room == NULL) {
        return ERR_NOMEM;
    }
    table_init(&f.seen, META_ACLS_MAX);
    for (size_t i = 0; f.error == OK && i < job->count; i++) {
        if (items[i].base.error == 0) {
            find(&f, &items[i], &scans);
        }
    }
    table_fini(&f.seen);
    return f.error == OK ? copy_found(c) : f.error;
}

static bool decide_removals(
    struct broker *b, struct broker_acl_request *r, struct meta_batch *batch)
{
    enum err e = find_all(b, r);

    if (e == ERR_FULL) {
        broker_acl_request_refuse(r, WIRE_CODE_INVALID_REQUEST,
            "the filters find more than 10000 rules, or more than 256 of them leave a "
            "part "
            "open: ask for less at a time");
        return false;
    }
    if (e != OK) {
        broker_acl_request_refuse(r, WIRE_CODE_UNKNOWN_SERVER_ERROR, no_memory);
        return false;
    }
    struct meta_answer a =
        meta_submit_acl_removals(&b->controller, r->rows, r->count, batch);
    if (a.error != META_ERROR_NONE) {
        broker_acl_request_fail(b, r, (int16_t)a.error, a.message);
        return false;
    }
    return batch->count > 0;
}

static struct wire_array matching_of(struct broker_job *job,
    const struct broker_acl_request *c, const struct removal *item)
{
    struct delete_acls_matching_acl *rows =
        arena_alloc(&job->arena, item->count, sizeof(*rows));

    for (size_t i = 0; rows != NULL && i < item->count; i++) {
        const struct meta_acl *acl = &c->acls[item->found[i]];
        rows[i] = (struct delete_acls_matching_acl){.resource_type = acl->resource,
            .resource_name = acl->name,
            .pattern_type = acl->pattern,
            .principal = acl->principal,
            .host = acl->host,
            .operation = acl->operation,
            .permission_type = acl->permission};
    }
    return (struct wire_array){
        .items = rows, .count = rows == NULL ? 0 : (int32_t)item->count};
}

static void answer_removals(struct broker *b, struct broker_job *job)
{
    const struct removal *items = job->items;
    const struct broker_acl_request *c = job->response;
    struct delete_acls_filter_result *rows =
        arena_alloc(&job->arena, job->count, sizeof(*rows));
    struct delete_acls_response response = {
        .filter_results = {
            .items = rows, .count = rows == NULL ? 0 : (int32_t)job->count}};

    for (size_t i = 0; rows != NULL && i < job->count; i++) {
        rows[i].error_code = items[i].base.error;
        rows[i].error_message = broker_item_message(&items[i].base);
        if (items[i].base.error == 0) {
            rows[i].matching_acls = matching_of(job, c, &items[i]);
        }
    }
    broker_respond(b, &job->call, &response);
}

void broker_on_delete_acls(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    static const struct broker_acl_api api = {.verb = "delete",
        .item_size = sizeof(struct removal),
        .decide = decide_removals,
        .answer = answer_removals,
        .judge = judge_removal};
    const struct delete_acls_request *r = request;

    broker_acl_queue_take(s, call, &api, &r->filters);
}
