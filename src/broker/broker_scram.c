/*
 * broker_scram - DescribeUserScramCredentials and AlterUserScramCredentials (KIP-554):
 * nobody has such credentials, and none can be given.
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "table.h"
#include "wire_alter_user_scram_credentials.h"
#include "wire_code.h"
#include "wire_describe_user_scram_credentials.h"

#define ITERATIONS_MIN 4096 /* of SCRAM-SHA-256 and -512, as Apache Kafka has it */
#define ITERATIONS_MAX 16384

enum mechanism { SCRAM_SHA_256 = 1, SCRAM_SHA_512 = 2 };

/* --- DescribeUserScramCredentials ------------------------------------------------------- */

/* One row a user, in the request's order. */
static bool describe_all(struct broker *b,
    const struct describe_user_scram_credentials_request *r, struct table *seen,
    struct describe_user_scram_credentials_response *out)
{
    const struct describe_user_scram_credentials_request_user_name *users =
        r->users.items;
    size_t count = r->users.count > 0 ? (size_t)r->users.count : 0;
    struct describe_user_scram_credentials_result *rows =
        arena_alloc(&b->arena, count, sizeof(*rows));

    out->results.items = rows;
    for (size_t i = 0; rows != NULL && i < count; i++) {
        struct wire_view name = users[i].name;
        struct describe_user_scram_credentials_result *row =
            table_get(seen, name.ptr, name.len);
        if (row != NULL) {
            row->error_code = WIRE_CODE_DUPLICATE_RESOURCE;
            row->error_message = meta_view("the user is in the request twice");
            continue;
        }
        row = &rows[out->results.count++];
        row->user = name;
        row->error_code = WIRE_CODE_RESOURCE_NOT_FOUND;
        row->error_message = meta_view("the user has no SCRAM credential");
        if (table_put(seen, name.ptr, name.len, row) != OK) {
            return false;
        }
    }
    return rows != NULL;
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

void broker_on_describe_user_scram_credentials(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct describe_user_scram_credentials_request *r = request;
    struct describe_user_scram_credentials_response response = {0};
    struct table seen;

    table_init(&seen, BROKER_TOPICS_A_REQUEST);
    if (r->users.count > BROKER_TOPICS_A_REQUEST) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    bool told = broker_may_cluster(s, POLICY_DESCRIBE, false)
                    ? describe_all(s->broker, r, &seen, &response)
                    : deny_all(s->broker, r, &response);
    if (!told) {
        response = (struct describe_user_scram_credentials_response){
            .error_code = WIRE_CODE_UNKNOWN_SERVER_ERROR};
    }
    broker_respond(s->broker, call, &response);
    table_fini(&seen);
}

/* --- AlterUserScramCredentials ---------------------------------------------------------- */

struct alteration {
    struct table seen; /* user -> its row */
    struct alter_user_scram_credentials_result *rows;
    int32_t count;
    int16_t denied; /* for every user; 0: they are looked at */
};

/* False: out of memory. */
static bool add_user(
    struct alteration *a, struct wire_view user, int16_t code, const char *message)
{
    struct alter_user_scram_credentials_result *row =
        table_get(&a->seen, user.ptr, user.len);

    if (row == NULL) {
        row = &a->rows[a->count++];
        if (table_put(&a->seen, user.ptr, user.len, row) != OK) {
            return false;
        }
    } else if (a->denied == 0) {
        code = WIRE_CODE_DUPLICATE_RESOURCE;
        message = "the user is in the request twice";
    }
    row->user = user;
    row->error_code = a->denied != 0 ? a->denied : code;
    row->error_message = a->denied != 0 ? (struct wire_view){0} : meta_view(message);
    return true;
}

static bool is_mechanism(int8_t mechanism)
{
    return mechanism == SCRAM_SHA_256 || mechanism == SCRAM_SHA_512;
}

static bool delete_credential(struct alteration *a,
    const struct alter_user_scram_credentials_request_scram_credential_deletion *asked)
{
    if (asked->name.len == 0) {
        return add_user(
            a, asked->name, WIRE_CODE_UNACCEPTABLE_CREDENTIAL, "the user has no name");
    }
    if (!is_mechanism(asked->mechanism)) {
        return add_user(a, asked->name, WIRE_CODE_UNSUPPORTED_SASL_MECHANISM,
            "there is no SCRAM mechanism of that number");
    }
    return add_user(a, asked->name, WIRE_CODE_RESOURCE_NOT_FOUND,
        "the user has no such SCRAM credential");
}

static bool upsert_credential(struct alteration *a,
    const struct alter_user_scram_credentials_request_scram_credential_upsertion *asked)
{
    if (asked->name.len == 0) {
        return add_user(
            a, asked->name, WIRE_CODE_UNACCEPTABLE_CREDENTIAL, "the user has no name");
    }
    if (is_mechanism(asked->mechanism) &&
        (asked->iterations < ITERATIONS_MIN || asked->iterations > ITERATIONS_MAX)) {
        return add_user(a, asked->name, WIRE_CODE_UNACCEPTABLE_CREDENTIAL,
            "iterations are from 4096 to 16384");
    }
    return add_user(a, asked->name, WIRE_CODE_UNSUPPORTED_SASL_MECHANISM,
        "nobody can log in by SCRAM here: users are made by schloss user add");
}

static bool alter_all(
    struct alteration *a, const struct alter_user_scram_credentials_request *r)
{
    const struct alter_user_scram_credentials_request_scram_credential_deletion
        *deletions = r->deletions.items;
    const struct alter_user_scram_credentials_request_scram_credential_upsertion
        *upsertions = r->upsertions.items;
    bool ok = a->rows != NULL;

    for (int32_t i = 0; ok && i < r->deletions.count; i++) {
        ok = delete_credential(a, &deletions[i]);
    }
    for (int32_t i = 0; ok && i < r->upsertions.count; i++) {
        ok = upsert_credential(a, &upsertions[i]);
    }
    return ok;
}

void broker_on_alter_user_scram_credentials(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct alter_user_scram_credentials_request *r = request;
    size_t most = (r->deletions.count > 0 ? (size_t)r->deletions.count : 0) +
                  (r->upsertions.count > 0 ? (size_t)r->upsertions.count : 0);
    struct alteration a = {0};

    if (most > BROKER_TOPICS_A_REQUEST) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    table_init(&a.seen, most);
    a.rows = arena_alloc(&s->broker->arena, most, sizeof(*a.rows));
    a.denied = broker_may_cluster(s, POLICY_ALTER, false)
                   ? (int16_t)WIRE_CODE_NONE
                   : (int16_t)WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED;
    if (!alter_all(&a, r)) {
        broker_session_kill(s, IPC_KILL_QUEUE);
    } else {
        struct alter_user_scram_credentials_response response = {
            .results = {.items = a.rows, .count = a.count}};
        broker_respond(s->broker, call, &response);
    }
    table_fini(&a.seen);
}
