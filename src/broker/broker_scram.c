/*
 * broker_scram - DescribeUserScramCredentials (KIP-554): who has a credential that was set
 * over the network, and which. Nothing of what is sealed is told. Users of the file of
 * credentials are not known here.
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "table.h"
#include "wire_code.h"
#include "wire_describe_user_scram_credentials.h"

#include <stdlib.h>

/* Which the user has; false: out of memory. */
static bool fill_infos(
    struct broker *b, struct describe_user_scram_credentials_result *row)
{
    struct describe_user_scram_credentials_response_credential_info *infos =
        arena_alloc(&b->arena, META_MECHANISMS, sizeof(*infos));

    row->credential_infos = (struct wire_array){.items = infos, .count = 0};
    for (int8_t m = 1; infos != NULL && m <= META_MECHANISMS; m++) {
        const struct meta_credential *c =
            meta_credential_find(&b->image.credentials, row->user, m);
        if (c != NULL) {
            infos[row->credential_infos.count].mechanism = m;
            infos[row->credential_infos.count++].iterations = c->iterations;
        }
    }
    return infos != NULL;
}

/* One row a user, in the request's order. */
static bool describe_some(struct broker *b,
    const struct describe_user_scram_credentials_request *r, struct table *seen,
    struct describe_user_scram_credentials_response *out)
{
    const struct describe_user_scram_credentials_request_user_name *users =
        r->users.items;
    size_t count = r->users.count > 0 ? (size_t)r->users.count : 0;
    struct describe_user_scram_credentials_result *rows =
        arena_alloc(&b->arena, count, sizeof(*rows));
    bool ok = rows != NULL;

    out->results.items = rows;
    for (size_t i = 0; ok && i < count; i++) {
        struct wire_view name = users[i].name;
        struct describe_user_scram_credentials_result *row =
            table_get(seen, name.ptr, name.len);
        if (row != NULL) {
            row->error_code = WIRE_CODE_DUPLICATE_RESOURCE;
            row->error_message = meta_view("the user is in the request twice");
            row->credential_infos.count = 0;
            continue;
        }
        row = &rows[out->results.count++];
        row->user = name;
        ok = fill_infos(b, row) && table_put(seen, name.ptr, name.len, row) == OK;
        if (row->credential_infos.count == 0) {
            row->error_code = WIRE_CODE_RESOURCE_NOT_FOUND;
            row->error_message = meta_view(
                "the user has no SCRAM credential that was set over the network");
        }
    }
    return ok;
}

static int by_user(const void *a, const void *b)
{
    const struct describe_user_scram_credentials_result *x = a;
    const struct describe_user_scram_credentials_result *y = b;

    return meta_view_compare(x->user, y->user);
}

/* Everybody, in the order of their names, so that two answers can be compared. */
static bool describe_all(struct broker *b, struct table *seen,
    struct describe_user_scram_credentials_response *out)
{
    const struct meta_credentials *all = &b->image.credentials;
    struct describe_user_scram_credentials_result *rows =
        arena_alloc(&b->arena, all->by_key.count, sizeof(*rows));
    const struct meta_credential *c;
    bool ok = rows != NULL;

    out->results.items = rows;
    for (size_t cursor = 0; ok && (c = meta_credential_next(all, &cursor)) != NULL;) {
        if (table_get(seen, c->name.ptr, c->name.len) == NULL) {
            struct describe_user_scram_credentials_result *row =
                &rows[out->results.count++];
            row->user = c->name;
            ok = fill_infos(b, row) &&
                 table_put(seen, c->name.ptr, c->name.len, row) == OK;
        }
    }
    if (ok && out->results.count > 1) {
        qsort(rows, (size_t)out->results.count, sizeof(*rows), by_user);
    }
    return ok;
}

/* The answer to those who may not ask: a row without a name for each. */
static bool deny_all(struct broker *b,
    const struct describe_user_scram_credentials_request *r,
    struct describe_user_scram_credentials_response *out)
{
    size_t count = r->users.count > 0 ? (size_t)r->users.count : 0;
    struct describe_user_scram_credentials_result *rows =
        arena_alloc(&b->arena, count, sizeof(*rows));

    out->error_code = WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED;
    for (size_t i = 0; rows != NULL && i < count; i++) {
        rows[i].user = meta_view("");
        rows[i].error_code = out->error_code;
    }
    out->results = (struct wire_array){.items = rows, .count = (int32_t)count};
    return rows != NULL;
}

static bool describe(struct broker *b,
    const struct describe_user_scram_credentials_request *r,
    struct describe_user_scram_credentials_response *out)
{
    struct table seen;

    table_init(&seen, BROKER_TOPICS_A_REQUEST);
    bool ok = r->users.count > 0 ? describe_some(b, r, &seen, out)
                                 : describe_all(b, &seen, out);
    table_fini(&seen);
    return ok;
}

void broker_on_describe_user_scram_credentials(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct describe_user_scram_credentials_request *r = request;
    struct describe_user_scram_credentials_response response = {0};

    if (r->users.count > BROKER_TOPICS_A_REQUEST) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    bool told = broker_may_cluster(s, POLICY_DESCRIBE, false)
                    ? describe(s->broker, r, &response)
                    : deny_all(s->broker, r, &response);
    if (!told) {
        response = (struct describe_user_scram_credentials_response){
            .error_code = WIRE_CODE_UNKNOWN_SERVER_ERROR};
    }
    broker_respond(s->broker, call, &response);
}
