/*
 * broker_metadata - Metadata and DescribeCluster: what there is, as far as the caller may
 * see it.
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "broker_quota.h"
#include "broker_topic.h"
#include "wire_code.h"
#include "wire_describe_cluster.h"
#include "wire_metadata.h"

#include <string.h>

#define TOPIC_IDS_SINCE 12 /* of Metadata, in requests */

static struct wire_view text_view(const char *text)
{
    return (struct wire_view){.ptr = (const uint8_t *)text, .len = strlen(text)};
}

static void fill_partitions(
    struct broker *b, const struct meta_topic *topic, struct metadata_response_topic *out)
{
    size_t count = (size_t)topic->partition_count;
    struct metadata_response_partition *rows =
        arena_alloc(&b->arena, count, sizeof(*rows));

    if (rows == NULL) {
        out->error_code = WIRE_CODE_UNKNOWN_SERVER_ERROR;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct meta_partition *p = &topic->partitions[i];
        rows[i].partition_index = (int32_t)i;
        rows[i].leader_id = p->leader;
        rows[i].leader_epoch = p->leader_epoch;
        rows[i].replica_nodes = (struct wire_array){
            .items = arena_alloc(&b->arena, p->replicas.count, sizeof(int32_t)),
            .count = (int32_t)p->replicas.count};
        if (rows[i].replica_nodes.items == NULL) {
            out->error_code = WIRE_CODE_UNKNOWN_SERVER_ERROR;
            return;
        }
        memcpy(rows[i].replica_nodes.items, p->replicas.ids,
            p->replicas.count * sizeof(int32_t));
        rows[i].isr_nodes = rows[i].replica_nodes; /* one node: all are in sync */
    }
    out->partitions = (struct wire_array){.items = rows, .count = (int32_t)count};
}

static void fill_topic(struct broker_session *s, const struct metadata_request *request,
    const struct meta_topic *topic, struct metadata_response_topic *out)
{
    struct wire_view name = {
        .ptr = (const uint8_t *)topic->name, .len = topic->name_length};

    out->name = name;
    out->topic_id = topic->id;
    out->is_internal = meta_name_is_internal(name);
    out->topic_authorized_operations = INT32_MIN;
    if (request->include_topic_authorized_operations) {
        out->topic_authorized_operations = broker_operations(s, POLICY_TOPIC, name);
    }
    fill_partitions(s->broker, topic, out);
}

static void fill_error(struct metadata_response_topic *out, struct wire_view name,
    struct wire_uuid id, int16_t code)
{
    *out = (struct metadata_response_topic){.error_code = code,
        .name = name,
        .topic_id = id,
        .topic_authorized_operations = INT32_MIN};
}

/* The code for a topic that is not there; begins to make it where that is wanted and
 * allowed. */
static int16_t on_missing(struct broker_session *s,
    const struct metadata_request *request, struct wire_view name)
{
    struct broker *b = s->broker;

    if (meta_name_error(name) != NULL) {
        return WIRE_CODE_INVALID_TOPIC_EXCEPTION;
    }
    if (!b->config.auto_create_topics || !request->allow_auto_topic_creation) {
        return WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION;
    }
    if (!broker_may_topic_or_cluster(s, POLICY_CREATE, POLICY_CREATE, name)) {
        return WIRE_CODE_TOPIC_AUTHORIZATION_FAILED;
    }
    if (broker_trail_forbids_changes(b)) {
        return WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION;
    }
    broker_quota_mutate(s, b->config.partitions_default);
    broker_topic_create_for(s, name);
    return WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION;
}

static void answer_by_id(struct broker_session *s, const struct metadata_request *request,
    struct wire_uuid id, struct metadata_response_topic *out)
{
    const struct meta_topic *topic = meta_image_topic_by_id(&s->broker->image, id);

    if (topic == NULL) {
        fill_error(out, (struct wire_view){0}, id, WIRE_CODE_UNKNOWN_TOPIC_ID);
        return;
    }
    struct wire_view name = {
        .ptr = (const uint8_t *)topic->name, .len = topic->name_length};
    if (!broker_may(s, POLICY_DESCRIBE, POLICY_TOPIC, name)) {
        fill_error(out, (struct wire_view){0}, id, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
        return;
    }
    fill_topic(s, request, topic, out);
}

static void answer_named(struct broker_session *s, const struct metadata_request *request,
    const struct metadata_request_topic *asked, struct metadata_response_topic *out)
{
    static const struct wire_uuid no_id;
    const struct meta_topic *topic;

    if (asked->name.ptr == NULL) {
        answer_by_id(s, request, asked->topic_id, out);
        return;
    }
    if (!broker_may(s, POLICY_DESCRIBE, POLICY_TOPIC, asked->name)) {
        fill_error(out, asked->name, no_id, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
        return;
    }
    topic = meta_image_topic(&s->broker->image, asked->name);
    if (topic == NULL) {
        fill_error(out, asked->name, no_id, on_missing(s, request, asked->name));
        return;
    }
    fill_topic(s, request, topic, out);
}

/* One row a topic, however often it is named. False: out of memory. */
static bool answer_each(struct broker_session *s, const struct metadata_request *request,
    struct metadata_response_topic *rows, int32_t *count_out)
{
    const struct metadata_request_topic *asked = request->topics.items;
    struct table names;
    struct table ids;
    bool ok = true;

    table_init(&names, (size_t)request->topics.count);
    table_init(&ids, (size_t)request->topics.count);
    for (int32_t i = 0; ok && i < request->topics.count; i++) {
        bool by_id = asked[i].name.ptr == NULL;
        const void *key = by_id ? asked[i].topic_id.bytes : asked[i].name.ptr;
        size_t length = by_id ? sizeof(asked[i].topic_id.bytes) : asked[i].name.len;
        struct table *same = by_id ? &ids : &names;
        if (table_get(same, key, length) != NULL) {
            continue;
        }
        ok = table_put(same, key, length, &rows[i]) == OK;
        answer_named(s, request, &asked[i], &rows[(*count_out)++]);
    }
    table_fini(&names);
    table_fini(&ids);
    return ok;
}

static void answer_all(struct broker_session *s, const struct metadata_request *request,
    struct metadata_response_topic *rows, int32_t *count_out)
{
    const struct meta_image *image = &s->broker->image;
    int32_t count = 0;

    for (size_t i = 0; i < image->topic_count; i++) {
        const struct meta_topic *topic = image->topics[i];
        struct wire_view name = {
            .ptr = (const uint8_t *)topic->name, .len = topic->name_length};
        if (broker_may_list(s, 0, POLICY_TOPIC, name)) {
            fill_topic(s, request, topic, &rows[count++]);
        }
    }
    *count_out = count;
}

/* Requests have had the field since v10, and may use it since v12 (KIP-516). */
static bool names_an_id(const struct metadata_request *r)
{
    static const struct wire_uuid no_id;
    const struct metadata_request_topic *asked = r->topics.items;

    for (int32_t i = 0; i < r->topics.count; i++) {
        if (asked[i].name.ptr == NULL || !meta_uuid_equal(asked[i].topic_id, no_id)) {
            return true;
        }
    }
    return false;
}

/* A row with neither a name nor an id. */
static bool names_nothing(const struct metadata_request *r)
{
    static const struct wire_uuid no_id;
    const struct metadata_request_topic *asked = r->topics.items;

    for (int32_t i = 0; i < r->topics.count; i++) {
        if (asked[i].name.ptr == NULL && meta_uuid_equal(asked[i].topic_id, no_id)) {
            return true;
        }
    }
    return false;
}

static void refuse_all(struct broker_session *s, const struct broker_call *call,
    const struct metadata_request *r, int16_t code)
{
    struct metadata_response response = {.error_code = code,
        .controller_id = -1,
        .cluster_authorized_operations = INT32_MIN};
    const struct metadata_request_topic *asked = r->topics.items;
    struct metadata_response_topic *rows =
        arena_alloc(&s->broker->arena, (size_t)r->topics.count, sizeof(*rows));

    for (int32_t i = 0; rows != NULL && i < r->topics.count; i++) {
        fill_error(&rows[i], asked[i].name.ptr == NULL ? text_view("") : asked[i].name,
            asked[i].topic_id, code);
    }
    response.topics =
        (struct wire_array){.items = rows, .count = rows == NULL ? 0 : r->topics.count};
    broker_respond(s->broker, call, &response);
}

void broker_on_metadata(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    struct broker *b = s->broker;
    const struct metadata_request *r = request;
    const struct broker_listener *l = broker_session_listener(s);
    struct metadata_response_broker node = {.node_id = b->config.node_id,
        .host = text_view(l->host),
        .port = (int32_t)l->port};
    struct metadata_response response = {.brokers = {.items = &node, .count = 1},
        .cluster_id = text_view(b->config.cluster_id),
        .controller_id = b->config.node_id,
        .cluster_authorized_operations = INT32_MIN};
    /* v0 has no null: there an empty list asks for all. */
    if (r->topics.count > BROKER_TOPICS_A_REQUEST) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    if (call->version < TOPIC_IDS_SINCE && names_an_id(r)) {
        refuse_all(s, call, r, WIRE_CODE_INVALID_REQUEST);
        return;
    }
    if (names_nothing(r)) {
        refuse_all(s, call, r, WIRE_CODE_UNKNOWN_SERVER_ERROR);
        return;
    }
    bool all = r->topics.count < 0 || (call->version == 0 && r->topics.count == 0);
    size_t rows = all ? b->image.topic_count : (size_t)r->topics.count;
    struct metadata_response_topic *topics =
        arena_alloc(&b->arena, rows, sizeof(*topics));

    if (topics == NULL || rows > BROKER_TOPICS_A_REQUEST) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    int32_t count = 0;
    if (all) {
        answer_all(s, r, topics, &count);
    } else if (!answer_each(s, r, topics, &count)) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    response.topics = (struct wire_array){.items = topics, .count = count};
    if (r->include_cluster_authorized_operations) {
        response.cluster_authorized_operations =
            broker_may_cluster(s, POLICY_DESCRIBE, true)
                ? broker_operations(s, POLICY_CLUSTER, (struct wire_view){0})
                : 0;
    }
    broker_respond(b, call, &response);
}

void broker_on_describe_cluster(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    struct broker *b = s->broker;
    const struct describe_cluster_request *r = request;
    const struct broker_listener *l = broker_session_listener(s);
    struct describe_cluster_broker node = {.broker_id = b->config.node_id,
        .host = text_view(l->host),
        .port = (int32_t)l->port};
    struct describe_cluster_response response = {.endpoint_type = 1,
        .cluster_id = text_view(b->config.cluster_id),
        .controller_id = b->config.node_id,
        .brokers = {.items = &node, .count = 1},
        .cluster_authorized_operations = INT32_MIN};

    if (r->endpoint_type != 1) {
        response = (struct describe_cluster_response){
            .error_code = r->endpoint_type == 2 ? WIRE_CODE_MISMATCHED_ENDPOINT_TYPE
                                                : WIRE_CODE_UNSUPPORTED_ENDPOINT_TYPE,
            .endpoint_type = 1,
            .cluster_id = text_view(""),
            .controller_id = -1,
            .cluster_authorized_operations = INT32_MIN};
    } else if (r->include_cluster_authorized_operations) {
        response.cluster_authorized_operations =
            broker_may_cluster(s, POLICY_DESCRIBE, true)
                ? broker_operations(s, POLICY_CLUSTER, (struct wire_view){0})
                : 0;
    }
    broker_respond(b, call, &response);
}
