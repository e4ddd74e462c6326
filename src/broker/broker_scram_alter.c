/*
 * broker_scram_alter - AlterUserScramCredentials (KIP-554).
 *
 * What is asked for a user is done as a whole or not at all: each new credential is offered
 * to the process that checks logins, what that makes of it is written to the metadata log,
 * and is in force when the request is answered. One change of a user at a time. Who sets a
 * credential can log in by it, so a super user's is for super users alone.
 */
#include "broker_api.h"
#include "broker_authn.h"
#include "broker_authz.h"
#include "broker_credential.h"
#include "broker_event.h"
#include "broker_job.h"
#include "broker_topic.h"
#include "wire_alter_user_scram_credentials.h"
#include "wire_code.h"

#include <stdio.h>

#define BATCH_LIMIT ((size_t)65536)

/* --- the request --------------------------------------------- */

struct change {
    int8_t mechanism;
    bool remove;
    int32_t iterations;
    struct wire_view sealed; /* by the gate; in the job's arena */
    struct wire_view stored; /* what auth made of it; there, too */
    int64_t serial;
};

/* All that is asked for one user. */
struct alteration {
    struct broker_item base; /* its name is the user's */
    struct change changes[META_MECHANISMS];
    size_t count;
    size_t at;    /* the change in hand */
    size_t added; /* credentials that there were not before */
    bool is_held; /* nobody else alters this user */
    bool is_not_taken;
};

struct reading {
    struct broker_session *session;
    struct broker_job *job;
    struct table seen; /* user -> its alteration */
    size_t count;
    bool denied;
};

/* Of several faults of a user the first is told. */
static void refuse(struct alteration *a, int16_t code, const char *message)
{
    if (a->base.error == 0) {
        broker_item_refuse(&a->base, code, message);
    }
}

/* Whoever may alter credentials is to get no right by it that is above the policy. */
static bool is_above(const struct broker_session *s, struct wire_view user)
{
    char name[sizeof("User:") + META_CREDENTIAL_NAME_MAX];

    if (s->is_super || user.len > META_CREDENTIAL_NAME_MAX) {
        return false;
    }
    (void)snprintf(
        name, sizeof(name), "User:%.*s", (int)user.len, (const char *)user.ptr);
    return broker_is_super(s->broker, name);
}

/* NULL: out of memory. */
static struct alteration *alteration_of(struct reading *r, struct wire_view user)
{
    struct alteration *a = table_get(&r->seen, user.ptr, user.len);

    if (a != NULL) {
        return a;
    }
    a = (struct alteration *)r->job->items + r->count;
    a->base = (struct broker_item){.job = r->job, .name = broker_job_copy(r->job, user)};
    if (a->base.name.ptr == NULL ||
        table_put(&r->seen, a->base.name.ptr, a->base.name.len, a) != OK) {
        return NULL;
    }
    r->count++;
    if (r->denied) {
        refuse(a, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED,
            broker_denial_text(r->session, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED));
    } else if (user.len == 0) {
        refuse(a, WIRE_CODE_UNACCEPTABLE_CREDENTIAL, "the user has no name");
    } else if (user.len > META_CREDENTIAL_NAME_MAX) {
        refuse(a, WIRE_CODE_UNACCEPTABLE_CREDENTIAL,
            "the user's name is longer than 255 bytes");
    } else if (is_above(r->session, user)) {
        broker_event_denied(
            r->session, "alter-credential", "user", user, "super users alone");
        refuse(a, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED,
            "a super user's credentials are altered by super users alone");
    }
    return a;
}

static void add_change(struct alteration *a, const struct change *change)
{
    for (size_t i = 0; i < a->count; i++) {
        if (a->changes[i].mechanism == change->mechanism) {
            refuse(a, WIRE_CODE_DUPLICATE_RESOURCE,
                "a user's credential can not be altered twice in one request");
            return;
        }
    }
    if (meta_mechanism_name(change->mechanism) == NULL) {
        refuse(a, WIRE_CODE_UNSUPPORTED_SASL_MECHANISM,
            "there is no SCRAM mechanism of that number");
        return;
    }
    a->changes[a->count++] = *change; /* each mechanism once: there is room */
}

/* Why the gate could not seal it. */
static void refuse_unsealed(struct broker *b, struct alteration *a, int8_t mechanism)
{
    const struct broker_auth *auth =
        broker_authn_present(b, ipc_text(meta_mechanism_name(mechanism)));

    if (auth == NULL) {
        refuse(
            a, WIRE_CODE_UNSUPPORTED_SASL_MECHANISM, "no listener offers this mechanism");
    } else if (!auth->has_sealing_key) {
        refuse(a, WIRE_CODE_UNSUPPORTED_SASL_MECHANISM,
            "the plugin of this mechanism takes no credentials over the network: has it "
            "a lasting key (schloss.scram.phantom.key.file)?");
    } else {
        refuse(a, WIRE_CODE_UNACCEPTABLE_CREDENTIAL,
            "a salt has 8 to 64 bytes, a salted password as many as its mechanism's "
            "hash");
    }
}

static bool read_deletion(struct reading *r,
    const struct alter_user_scram_credentials_request_scram_credential_deletion *asked)
{
    const struct change change = {.mechanism = asked->mechanism, .remove = true};
    struct alteration *a = alteration_of(r, asked->name);

    if (a != NULL) {
        add_change(a, &change);
    }
    return a != NULL;
}

static bool read_upsertion(struct reading *r, struct broker *b,
    const struct alter_user_scram_credentials_request_scram_credential_upsertion *asked)
{
    struct change change = {
        .mechanism = asked->mechanism, .iterations = asked->iterations};
    struct alteration *a = alteration_of(r, asked->name);

    if (a == NULL) {
        return false;
    }
    if (asked->salted_password.len > 0 &&
        asked->salted_password.len <= META_CREDENTIAL_SEALED_MAX) {
        change.sealed = broker_job_copy(r->job, asked->salted_password);
        if (change.sealed.ptr == NULL) {
            return false;
        }
    }
    add_change(a, &change);
    if (asked->iterations < META_ITERATIONS_MIN ||
        asked->iterations > META_ITERATIONS_MAX) {
        refuse(a, WIRE_CODE_UNACCEPTABLE_CREDENTIAL, "iterations are from 4096 to 16384");
    } else if (change.sealed.len == 0 && a->base.error == 0) {
        refuse_unsealed(b, a, asked->mechanism);
    }
    return true;
}

/* False: out of memory. */
static bool read_all(struct reading *reading, struct broker *b,
    const struct alter_user_scram_credentials_request *r)
{
    const struct alter_user_scram_credentials_request_scram_credential_deletion
        *deletions = r->deletions.items;
    const struct alter_user_scram_credentials_request_scram_credential_upsertion
        *upsertions = r->upsertions.items;
    bool ok = true;

    for (int32_t i = 0; ok && i < r->deletions.count; i++) {
        ok = read_deletion(reading, &deletions[i]);
    }
    for (int32_t i = 0; ok && i < r->upsertions.count; i++) {
        ok = read_upsertion(reading, b, &upsertions[i]);
    }
    return ok;
}

/* For the audit: what becomes of which credential. */
static void name_deed(struct alteration *a)
{
    const bool both = a->count == META_MECHANISMS;
    const bool mixed = both && a->changes[0].remove != a->changes[1].remove;

    a->base.verb = mixed                  ? "alter-credential"
                   : a->changes[0].remove ? "delete-credential"
                                          : "set-credential";
    a->base.noun = both ? "SCRAM-SHA-256,SCRAM-SHA-512"
                        : meta_mechanism_name(a->changes[0].mechanism);
}

/* --- the work ------------------------------------------------ */

static void finish(
    struct broker *b, struct alteration *a, int16_t code, const char *message)
{
    struct wire_view user = a->base.name;

    if (a->is_held) {
        (void)table_remove(&b->credentials.users, user.ptr, user.len);
        b->credentials.added -= a->added;
        a->is_held = false;
    }
    broker_item_end(b, &a->base, code, message);
}

static struct ipc_credential tell_of(
    const struct alteration *a, const struct change *change, enum ipc_credential_act act)
{
    const struct wire_view user = a->base.name;
    const struct wire_view bytes =
        act == IPC_CREDENTIAL_OFFER ? change->sealed : change->stored;

    return (struct ipc_credential){.act = (uint8_t)act,
        .name = {.ptr = user.ptr, .len = user.len},
        .mechanism = ipc_text(meta_mechanism_name(change->mechanism)),
        .cost = (uint32_t)change->iterations,
        .serial = (uint64_t)change->serial,
        .bytes = {.ptr = bytes.ptr, .len = bytes.len}};
}

static void put_in_force(struct broker *b, struct alteration *a);

/* Who comes after a process that is gone is given everything. */
static void on_in_force(
    struct broker *b, void *context, const struct broker_credential_answer *answer)
{
    struct alteration *a = context;

    a->is_not_taken |= answer->heard && answer->status != IPC_CREDENTIAL_TAKEN;
    a->at++;
    put_in_force(b, a);
}

static void put_in_force(struct broker *b, struct alteration *a)
{
    if (a->at < a->count) {
        const struct change *change = &a->changes[a->at];
        const struct ipc_credential told = tell_of(
            a, change, change->remove ? IPC_CREDENTIAL_REMOVE : IPC_CREDENTIAL_KEEP);
        broker_credential_tell(b, &told, on_in_force, a);
        return;
    }
    for (size_t i = 0; i < a->count; i++) {
        broker_authn_ask_about(
            b, ipc_text(meta_mechanism_name(a->changes[i].mechanism)), a->base.name);
    }
    finish(b, a, a->is_not_taken ? WIRE_CODE_UNKNOWN_SERVER_ERROR : WIRE_CODE_NONE,
        a->is_not_taken ? "it is stored, but not in force: the broker's log says why"
                        : NULL);
}

static void on_written(
    struct broker *b, void *context, int16_t error, const char *message)
{
    struct alteration *a = context;

    if (error != 0) {
        finish(b, a, error, message);
        return;
    }
    a->at = 0;
    put_in_force(b, a);
}

static void write_down(struct broker *b, struct alteration *a)
{
    struct meta_batch batch;

    if (broker_store_is_busy(b)) {
        finish(b, a, WIRE_CODE_REQUEST_TIMED_OUT, "too much is under way: try again");
        return;
    }
    meta_batch_init(&batch, BATCH_LIMIT);
    for (size_t i = 0; i < a->count; i++) {
        const struct change *change = &a->changes[i];
        const struct meta_record record = {.type = META_SEALED_CREDENTIAL,
            .credential = {.remove = change->remove,
                .credential = {.name = a->base.name,
                    .mechanism = change->mechanism,
                    .iterations = change->iterations,
                    .serial = change->serial,
                    .sealed = change->stored}}};
        meta_batch_add(&batch, &record);
    }
    broker_topic_submit(b, &batch, on_written, a);
}

static void offer(struct broker *b, struct alteration *a);

static void on_offered(
    struct broker *b, void *context, const struct broker_credential_answer *answer)
{
    struct alteration *a = context;
    struct change *change = &a->changes[a->at];

    if (!answer->heard) {
        finish(b, a, WIRE_CODE_REQUEST_TIMED_OUT,
            "the process that checks logins is not there: try again");
        return;
    }
    if (answer->status == IPC_CREDENTIAL_ELSEWHERE) {
        finish(b, a, WIRE_CODE_UNACCEPTABLE_CREDENTIAL,
            "the user stands in the broker's file of credentials, which counts alone: it "
            "is changed there");
        return;
    }
    if (answer->status != IPC_CREDENTIAL_TAKEN || answer->stored.len == 0) {
        finish(b, a, WIRE_CODE_UNACCEPTABLE_CREDENTIAL,
            "the credential is refused: a name has no ':', no blanks at its ends and no "
            "invisible characters");
        return;
    }
    change->stored = broker_job_copy(a->base.job,
        (struct wire_view){.ptr = answer->stored.ptr, .len = answer->stored.len});
    if (change->stored.ptr == NULL) {
        finish(b, a, WIRE_CODE_UNKNOWN_SERVER_ERROR, "out of memory");
        return;
    }
    a->at++;
    offer(b, a);
}

static void offer(struct broker *b, struct alteration *a)
{
    while (a->at < a->count && a->changes[a->at].remove) {
        a->at++;
    }
    if (a->at == a->count) {
        write_down(b, a);
        return;
    }
    const struct ipc_credential told =
        tell_of(a, &a->changes[a->at], IPC_CREDENTIAL_OFFER);
    broker_credential_tell(b, &told, on_offered, a);
}

/* NULL, or why not, and *code_out. Afterwards nobody else alters this user. */
static const char *hold(struct broker *b, struct alteration *a, int16_t *code_out)
{
    struct table *users = &b->credentials.users;
    const struct wire_view user = a->base.name;
    size_t added = 0;

    *code_out = WIRE_CODE_REQUEST_TIMED_OUT;
    if (table_get(users, user.ptr, user.len) != NULL) {
        return "the user's credentials are being altered: try again";
    }
    for (size_t i = 0; i < a->count; i++) {
        const bool is_there = meta_credential_find(&b->image.credentials, user,
                                  a->changes[i].mechanism) != NULL;
        if (a->changes[i].remove && !is_there) {
            *code_out = WIRE_CODE_RESOURCE_NOT_FOUND;
            return "the user has no such SCRAM credential that was set over the network";
        }
        added += !a->changes[i].remove && !is_there ? 1 : 0;
    }
    if (b->image.credentials.by_key.count + b->credentials.added + added >
        META_CREDENTIALS_MAX) {
        *code_out = WIRE_CODE_POLICY_VIOLATION;
        return "there are 10000 credentials, which is the most; delete one first";
    }
    *code_out = WIRE_CODE_UNKNOWN_SERVER_ERROR;
    if (table_put(users, user.ptr, user.len, a) != OK) {
        return "out of memory";
    }
    a->is_held = true;
    a->added = added;
    b->credentials.added += added;
    return NULL;
}

static void start(struct broker *b, struct broker_item *item)
{
    struct alteration *a = (struct alteration *)(void *)item;
    int16_t code;
    const char *why = hold(b, a, &code);

    if (why != NULL) {
        finish(b, a, code, why);
        return;
    }
    for (size_t i = 0; i < a->count; i++) {
        a->changes[i].serial = broker_credential_serial(b);
    }
    offer(b, a);
}

static void answer_alter(struct broker *b, struct broker_job *job)
{
    const struct alteration *items = job->items;
    struct alter_user_scram_credentials_result *rows =
        arena_alloc(&job->arena, job->count, sizeof(*rows));
    struct alter_user_scram_credentials_response response = {
        .results = {.items = rows, .count = rows == NULL ? 0 : (int32_t)job->count}};

    for (size_t i = 0; rows != NULL && i < job->count; i++) {
        rows[i].user = items[i].base.name;
        rows[i].error_code = items[i].base.error;
        rows[i].error_message = broker_item_message(&items[i].base);
    }
    broker_respond(b, &job->call, &response);
}

static struct broker_job *read_request(struct broker_session *s,
    const struct broker_call *call, const struct alter_user_scram_credentials_request *r)
{
    const size_t most = (r->deletions.count > 0 ? (size_t)r->deletions.count : 0) +
                        (r->upsertions.count > 0 ? (size_t)r->upsertions.count : 0);
    struct reading reading = {.session = s,
        .job = broker_job_new(call, most, sizeof(struct alteration), answer_alter),
        .denied = !broker_may_cluster(s, POLICY_ALTER, false)};

    if (reading.job == NULL) {
        return NULL;
    }
    table_init(&reading.seen, most);
    const bool ok = read_all(&reading, s->broker, r);
    table_fini(&reading.seen);
    reading.job->count = reading.count;
    if (!ok) {
        broker_job_drop(reading.job);
        return NULL;
    }
    return reading.job;
}

void broker_on_alter_user_scram_credentials(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    struct broker *b = s->broker;
    struct broker_job *job = read_request(s, call, request);

    if (job == NULL) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    struct alteration *items = job->items;
    for (size_t i = 0; i < job->count; i++) {
        if (items[i].base.error == 0) {
            name_deed(&items[i]);
        }
    }
    broker_job_run(b, job, start);
    broker_job_release(b, job);
}
