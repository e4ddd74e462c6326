/*
 * broker_client_quotas - DescribeClientQuotas and AlterClientQuotas (KIP-546): who has
 * which quotas. What they do: broker_quota.h.
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "broker_job.h"
#include "broker_quota.h"
#include "meta_alter.h"
#include "wire_alter_client_quotas.h"
#include "wire_code.h"
#include "wire_describe_client_quotas.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_LIMIT ((size_t)1024 * 1024)
#define NAME_SHOWN  100 /* bytes of a name in the audit, which has to hold two */

/* DescribeClientQuotasRequest.MatchType */
enum { MATCH_EXACT = 0, MATCH_DEFAULT = 1, MATCH_SPECIFIED = 2 };

/* --- DescribeClientQuotas --------------------------------------------------------------- */

struct filter {
    struct {
        bool asked;
        bool any; /* default or named, whatever the name */
        enum meta_quota_form form;
        struct wire_view name;
    } parts[META_QUOTA_TYPES];
    bool strict; /* only what has these parts and no other */
};

static int16_t refuse(int16_t code, const char *why, struct wire_view *message_out)
{
    *message_out = meta_view(why);
    return code;
}

static int16_t read_component(
    const struct describe_client_quotas_request_component_data *c, struct filter *out,
    struct wire_view *message_out)
{
    enum meta_quota_type type = meta_quota_type_of(c->entity_type);
    bool exact = c->match_type == MATCH_EXACT;

    if (c->entity_type.len == 0) {
        return refuse(
            WIRE_CODE_INVALID_REQUEST, "a type of entity is empty", message_out);
    }
    if (type == META_QUOTA_TYPES) {
        return refuse(WIRE_CODE_UNSUPPORTED_VERSION,
            "the types of entity are user, client-id and ip", message_out);
    }
    if (out->parts[type].asked) {
        return refuse(WIRE_CODE_INVALID_REQUEST,
            "a type of entity stands in the filter twice", message_out);
    }
    if (c->match_type < MATCH_EXACT || c->match_type > MATCH_SPECIFIED) {
        return refuse(
            WIRE_CODE_INVALID_REQUEST, "there is no match of that type", message_out);
    }
    if (exact != (c->match.ptr != NULL)) {
        return refuse(WIRE_CODE_INVALID_REQUEST,
            exact ? "an exact match needs a name" : "only an exact match has a name",
            message_out);
    }
    out->parts[type].asked = true;
    out->parts[type].any = c->match_type == MATCH_SPECIFIED;
    out->parts[type].form = exact ? META_QUOTA_NAMED : META_QUOTA_DEFAULT;
    out->parts[type].name = c->match;
    return 0;
}

static int16_t read_filter(const struct describe_client_quotas_request *r,
    struct filter *out, struct wire_view *message_out)
{
    const struct describe_client_quotas_request_component_data *components =
        r->components.items;
    int16_t code = 0;

    *out = (struct filter){.strict = r->strict};
    for (int32_t i = 0; code == 0 && i < r->components.count; i++) {
        code = read_component(&components[i], out, message_out);
    }
    if (code == 0 && out->parts[META_QUOTA_IP].asked &&
        (out->parts[META_QUOTA_USER].asked || out->parts[META_QUOTA_CLIENT].asked)) {
        code = refuse(WIRE_CODE_INVALID_REQUEST,
            "a quota of an address is never one of a user or client id", message_out);
    }
    return code;
}

static bool matches(const struct filter *f, const struct meta_quota_entity *entity)
{
    for (size_t i = 0; i < META_QUOTA_TYPES; i++) {
        enum meta_quota_form form = entity->parts[i].form;
        if (!f->parts[i].asked) {
            if (f->strict && form != META_QUOTA_ABSENT) {
                return false;
            }
            continue;
        }
        if (form == META_QUOTA_ABSENT ||
            (!f->parts[i].any &&
                (form != f->parts[i].form ||
                    (form == META_QUOTA_NAMED &&
                        !meta_view_equal(f->parts[i].name, entity->parts[i].name))))) {
            return false;
        }
    }
    return true;
}

static int by_entity(const void *a, const void *b)
{
    const struct meta_quota_entity *x = &(*(const struct meta_quota *const *)a)->entity;
    const struct meta_quota_entity *y = &(*(const struct meta_quota *const *)b)->entity;

    for (size_t i = 0; i < META_QUOTA_TYPES; i++) {
        int order =
            (x->parts[i].form > y->parts[i].form) - (x->parts[i].form < y->parts[i].form);
        if (order == 0) {
            order = meta_view_compare(x->parts[i].name, y->parts[i].name);
        }
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

static bool fill_entry(struct arena *arena, const struct meta_quota *quota,
    struct describe_client_quotas_response_entry_data *out)
{
    struct describe_client_quotas_response_entity_data *entity =
        arena_alloc(arena, META_QUOTA_TYPES, sizeof(*entity));
    struct describe_client_quotas_response_value_data *values =
        arena_alloc(arena, META_QUOTA_KEYS, sizeof(*values));

    if (entity == NULL || values == NULL) {
        return false;
    }
    out->entity.items = entity;
    for (size_t i = 0; i < META_QUOTA_TYPES; i++) {
        if (quota->entity.parts[i].form != META_QUOTA_ABSENT) {
            entity[out->entity.count].entity_type =
                meta_view(meta_quota_type_name((enum meta_quota_type)i));
            entity[out->entity.count++].entity_name = quota->entity.parts[i].name;
        }
    }
    out->values.items = values;
    for (size_t i = 0; i < META_QUOTA_KEYS; i++) {
        if (quota->has[i]) {
            values[out->values.count].key =
                meta_view(meta_quota_key_name((enum meta_quota_key)i));
            values[out->values.count++].value = quota->values[i];
        }
    }
    return true;
}

/* In the order of their names, so that two answers can be compared. */
static bool fill(struct broker *b, const struct filter *f,
    struct describe_client_quotas_response *response)
{
    const struct meta_quotas *quotas = &b->image.quotas;
    const struct meta_quota **found = arena_alloc(
        &b->arena, quotas->by_entity.count, sizeof(const struct meta_quota *));
    const struct meta_quota *quota;
    size_t count = 0;

    for (size_t cursor = 0;
         found != NULL && (quota = meta_quota_next(quotas, &cursor)) != NULL;) {
        if (matches(f, &quota->entity)) {
            found[count++] = quota;
        }
    }
    struct describe_client_quotas_response_entry_data *rows =
        arena_alloc(&b->arena, count, sizeof(*rows));
    if (found == NULL || rows == NULL) {
        return false;
    }
    if (count > 1) {
        qsort(found, count, sizeof(const struct meta_quota *), by_entity);
    }
    for (size_t i = 0; i < count; i++) {
        if (!fill_entry(&b->arena, found[i], &rows[i])) {
            return false;
        }
    }
    response->entries = (struct wire_array){.items = rows, .count = (int32_t)count};
    return true;
}

void broker_on_describe_client_quotas(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    struct broker *b = s->broker;
    struct describe_client_quotas_response response = {.entries = {.count = -1}};
    struct filter filter;

    if (!broker_may_cluster(s, POLICY_DESCRIBE_CONFIGS, false)) {
        response.error_code = WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED;
        response.error_message = meta_view(broker_denial_text(s, response.error_code));
    } else {
        response.error_code = read_filter(request, &filter, &response.error_message);
        if (response.error_code == 0 && !fill(b, &filter, &response)) {
            response.error_code = WIRE_CODE_UNKNOWN_SERVER_ERROR;
        }
    }
    broker_respond(b, call, &response);
}

static const char no_memory[] = "out of memory";

/* --- AlterClientQuotas ------------------------------------------------------------------ */

struct alteration {
    struct broker_item base;
    struct wire_array entity; /* as it came; in the job's arena */
    struct meta_quota_entity asked;
};

static void answer_alter(struct broker *b, struct broker_job *job)
{
    const struct alteration *items = job->items;
    struct alter_client_quotas_response_entry_data *rows =
        arena_alloc(&job->arena, job->count, sizeof(*rows));
    struct alter_client_quotas_response response = {
        .entries = {.items = rows, .count = rows == NULL ? 0 : (int32_t)job->count}};

    broker_quota_end_round(b); /* what is answered holds */
    for (size_t i = 0; rows != NULL && i < job->count; i++) {
        rows[i].error_code = items[i].base.error;
        rows[i].error_message = broker_item_message(&items[i].base);
        rows[i].entity = items[i].entity;
    }
    broker_respond(b, &job->call, &response);
}

/* As the porter writes addresses, so that it finds them. NULL, or what is wrong. */
static const char *read_address(struct broker_job *job, struct wire_view *name)
{
    static const uint8_t v4_in_v6[12] = {[10] = 0xff, [11] = 0xff};
    char text[INET6_ADDRSTRLEN] = {0};
    uint8_t bytes[16];

    if (name->len < sizeof(text)) {
        memcpy(text, name->ptr, name->len);
    }
    if (strlen(text) != name->len) {
        return "the address is not one of IPv4 or IPv6 in numbers";
    }
    int family = strchr(text, ':') == NULL ? AF_INET : AF_INET6;
    if (inet_pton(family, text, bytes) != 1) {
        return "the address is not one of IPv4 or IPv6 in numbers";
    }
    bool mapped = family == AF_INET6 && memcmp(bytes, v4_in_v6, sizeof(v4_in_v6)) == 0;
    if (inet_ntop(mapped ? AF_INET : family, mapped ? bytes + sizeof(v4_in_v6) : bytes,
            text, sizeof(text)) == NULL) {
        return "the address can not be written";
    }
    *name = broker_job_copy(job, meta_view(text));
    return name->ptr == NULL ? no_memory : NULL;
}

static const char *read_part(struct broker_job *job,
    const struct alter_client_quotas_request_entity_data *part,
    struct meta_quota_entity *out)
{
    enum meta_quota_type type = meta_quota_type_of(part->entity_type);
    struct wire_view name = broker_job_copy(job, part->entity_name);
    const char *wrong = NULL;

    /* Without memory it must not become the default. */
    if (part->entity_name.ptr != NULL && name.ptr == NULL) {
        return no_memory;
    }
    if (type == META_QUOTA_TYPES) {
        return "the types of entity are user, client-id and ip";
    }
    if (type == META_QUOTA_IP && name.len > 0) {
        wrong = read_address(job, &name);
    }
    out->parts[type].form = name.ptr == NULL ? META_QUOTA_DEFAULT : META_QUOTA_NAMED;
    out->parts[type].name = name;
    return wrong;
}

/* For the audit: user=NAME client-id=<default> */
static struct wire_view text_of(
    struct broker_job *job, const struct meta_quota_entity *entity)
{
    char text[META_QUOTA_TYPES * (NAME_SHOWN + 16)];
    size_t at = 0;

    for (size_t i = 0; i < META_QUOTA_TYPES; i++) {
        struct wire_view name = entity->parts[i].form == META_QUOTA_NAMED
                                    ? entity->parts[i].name
                                    : meta_view("<default>");
        name.len = name.len > NAME_SHOWN ? NAME_SHOWN : name.len;
        const char *type = meta_quota_type_name((enum meta_quota_type)i);
        if (entity->parts[i].form == META_QUOTA_ABSENT) {
            continue;
        }
        if (at > 0) {
            text[at++] = ' ';
        }
        memcpy(text + at, type, strlen(type));
        at += strlen(type);
        text[at++] = '=';
        memcpy(text + at, name.ptr, name.len);
        at += name.len;
    }
    return broker_job_copy(
        job, (struct wire_view){.ptr = (const uint8_t *)text, .len = at});
}

/* A row for each type that was named, with the last of its names, which is the one that
 * counts. */
static struct wire_array rows_of(struct broker_job *job,
    const struct alter_client_quotas_request_entity_data *parts, size_t count)
{
    struct alter_client_quotas_response_entity_data *rows =
        arena_alloc(&job->arena, count, sizeof(*rows));
    struct wire_array out = {.items = rows};

    for (size_t i = 0; rows != NULL && i < count; i++) {
        int32_t at = 0;
        while (at < out.count &&
               !meta_view_equal(rows[at].entity_type, parts[i].entity_type)) {
            at++;
        }
        rows[at].entity_type = broker_job_copy(job, parts[i].entity_type);
        rows[at].entity_name = broker_job_copy(job, parts[i].entity_name);
        out.count += at == out.count ? 1 : 0;
    }
    return out;
}

static void read_entity(
    const struct alter_client_quotas_request_entry_data *entry, struct alteration *item)
{
    const struct alter_client_quotas_request_entity_data *parts = entry->entity.items;
    struct broker_job *job = item->base.job;
    size_t count = entry->entity.count > 0 ? (size_t)entry->entity.count : 0;
    const char *wrong = NULL;

    for (size_t i = 0; i < count; i++) {
        const char *why = read_part(job, &parts[i], &item->asked);
        wrong = wrong == NULL ? why : wrong;
    }
    item->entity = rows_of(job, parts, count);
    if (wrong != NULL) {
        broker_item_refuse(&item->base,
            wrong == no_memory ? WIRE_CODE_UNKNOWN_SERVER_ERROR
                               : WIRE_CODE_INVALID_REQUEST,
            wrong);
    } else {
        item->base.name = text_of(job, &item->asked);
    }
}

static bool is_twice(const struct alter_client_quotas_request_op_data *ops, int32_t i)
{
    for (int32_t k = 0; k < i; k++) {
        if (meta_view_equal(ops[i].key, ops[k].key)) {
            return true;
        }
    }
    return false;
}

/* NULL: refused. */
static struct meta_quota_change *read_changes(struct broker *b,
    const struct alter_client_quotas_request_entry_data *entry, struct alteration *item)
{
    const struct alter_client_quotas_request_op_data *ops = entry->ops.items;
    size_t count = entry->ops.count > 0 ? (size_t)entry->ops.count : 0;
    struct meta_quota_change *changes =
        count > META_QUOTA_KEYS ? NULL : arena_alloc(&b->arena, count, sizeof(*changes));

    if (changes == NULL && count <= META_QUOTA_KEYS) {
        broker_item_refuse(&item->base, WIRE_CODE_UNKNOWN_SERVER_ERROR, no_memory);
    }
    for (size_t i = 0; changes != NULL && i < count; i++) {
        changes[i] = (struct meta_quota_change){
            .key = ops[i].key, .value = ops[i].value, .remove = ops[i].remove};
        if (is_twice(ops, (int32_t)i)) {
            changes = NULL;
        }
    }
    if (changes == NULL && item->base.error == 0) {
        broker_item_refuse(&item->base, WIRE_CODE_INVALID_REQUEST,
            "a quota stands there twice, or there are more than an entity has");
    }
    return changes;
}

static void alter(struct broker *b,
    const struct alter_client_quotas_request_entry_data *entry, bool validate_only,
    struct alteration *item)
{
    const struct meta_quota_change *changes = read_changes(b, entry, item);
    struct meta_batch batch;

    if (changes == NULL) {
        return;
    }
    meta_batch_init(&batch, BATCH_LIMIT);
    struct meta_answer answer = meta_submit_quota(&b->controller, &item->asked, changes,
        (size_t)entry->ops.count, validate_only ? NULL : &batch);
    if (answer.error != META_ERROR_NONE) {
        broker_item_refuse(&item->base, (int16_t)answer.error, answer.message);
    }
    if (answer.error != META_ERROR_NONE || batch.count == 0) {
        meta_batch_fini(&batch);
        return;
    }
    broker_item_submit(b, &item->base, &batch);
}

void broker_on_alter_client_quotas(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct alter_client_quotas_request *r = request;
    const struct alter_client_quotas_request_entry_data *entries = r->entries.items;
    size_t count = r->entries.count > 0 ? (size_t)r->entries.count : 0;
    struct broker *b = s->broker;
    struct broker_job *job =
        broker_job_new(call, count, sizeof(struct alteration), answer_alter);
    bool may = broker_may_cluster(s, POLICY_ALTER_CONFIGS, false);

    if (job == NULL) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    struct alteration *items = job->items;
    for (size_t i = 0; i < count; i++) {
        items[i].base =
            (struct broker_item){.job = job, .verb = "alter-quotas", .noun = "quota"};
        read_entity(&entries[i], &items[i]);
        if (!may) {
            broker_item_refuse(&items[i].base, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED,
                broker_denial_text(s, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED));
        }
        if (items[i].base.error == 0) {
            alter(b, &entries[i], r->validate_only, &items[i]);
        }
    }
    broker_job_release(b, job);
}
