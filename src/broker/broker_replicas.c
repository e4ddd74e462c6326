/*
 * broker_replicas - ElectLeaders, AlterPartitionReassignments, ListPartitionReassignments:
 * where there is one broker, everything is where it can be.
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "wire_alter_partition_reassignments.h"
#include "wire_code.h"
#include "wire_elect_leaders.h"
#include "wire_list_partition_reassignments.h"

static bool exists(const struct broker *b, struct wire_view name, int32_t partition)
{
    const struct meta_topic *topic = meta_image_topic(&b->image, name);

    return topic != NULL && partition >= 0 && partition < topic->partition_count;
}

/* error: for every partition; 0: it depends on the partition. */
static bool elect_topic(struct broker *b, int16_t error,
    const struct elect_leaders_request_topic_partitions *asked,
    struct elect_leaders_response_replica_election_result *out)
{
    const int32_t *partitions = asked->partitions.items;
    size_t count = asked->partitions.count > 0 ? (size_t)asked->partitions.count : 0;
    struct elect_leaders_response_partition_result *rows =
        arena_alloc(&b->arena, count, sizeof(*rows));

    for (size_t i = 0; rows != NULL && i < count; i++) {
        rows[i].partition_id = partitions[i];
        rows[i].error_code = error != 0 ? error
                             : exists(b, asked->topic, partitions[i])
                                 ? WIRE_CODE_ELECTION_NOT_NEEDED
                                 : WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION;
    }
    out->topic = asked->topic;
    out->partition_result = (struct wire_array){.items = rows, .count = (int32_t)count};
    return rows != NULL;
}

/* No list asks for all partitions: of none of them the leader is another afterwards. */
void broker_on_elect_leaders(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct elect_leaders_request *r = request;
    const struct elect_leaders_request_topic_partitions *asked =
        r->topic_partitions.items;
    struct broker *b = s->broker;
    size_t count = r->topic_partitions.count > 0 ? (size_t)r->topic_partitions.count : 0;
    struct elect_leaders_response_replica_election_result *rows =
        arena_alloc(&b->arena, count, sizeof(*rows));
    struct elect_leaders_response response = {
        .replica_election_results = {.items = rows, .count = (int32_t)count}};
    bool ok = rows != NULL;

    if (!broker_may_cluster(s, POLICY_ALTER, false)) {
        response.error_code = WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED;
    } else if (r->election_type < 0 || r->election_type > 1) {
        response.error_code = WIRE_CODE_INVALID_REQUEST;
    }
    for (size_t i = 0; ok && i < count; i++) {
        ok = elect_topic(b, response.error_code, &asked[i], &rows[i]);
    }
    if (!ok) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    broker_respond(b, call, &response);
}

/* denied: the code for all; 0: it depends. */
static void reassign(struct broker *b, int16_t denied, struct wire_view topic,
    const struct alter_partition_reassignments_request_reassignable_partition *asked,
    struct alter_partition_reassignments_reassignable_partition_response *row)
{
    const int32_t *replicas = asked->replicas.items;

    row->partition_index = asked->partition_index;
    if (denied != 0) {
        row->error_code = denied;
    } else if (!exists(b, topic, asked->partition_index)) {
        row->error_code = WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION;
    } else if (asked->replicas.count < 0) { /* null takes a reassignment back */
        row->error_code = WIRE_CODE_NO_REASSIGNMENT_IN_PROGRESS;
    } else if (asked->replicas.count != 1 || replicas[0] != b->config.node_id) {
        row->error_code = WIRE_CODE_INVALID_REPLICA_ASSIGNMENT;
        row->error_message = meta_view(
            "a partition can only be assigned to this one broker, and only once");
    }
}

static bool reassign_topic(struct broker *b, int16_t denied,
    const struct alter_partition_reassignments_request_reassignable_topic *asked,
    struct alter_partition_reassignments_reassignable_topic_response *out)
{
    const struct alter_partition_reassignments_request_reassignable_partition
        *partitions = asked->partitions.items;
    size_t count = asked->partitions.count > 0 ? (size_t)asked->partitions.count : 0;
    struct alter_partition_reassignments_reassignable_partition_response *rows =
        arena_alloc(&b->arena, count, sizeof(*rows));

    for (size_t i = 0; rows != NULL && i < count; i++) {
        reassign(b, denied, asked->name, &partitions[i], &rows[i]);
    }
    out->name = asked->name;
    out->partitions = (struct wire_array){.items = rows, .count = (int32_t)count};
    return rows != NULL;
}

void broker_on_alter_partition_reassignments(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct alter_partition_reassignments_request *r = request;
    const struct alter_partition_reassignments_request_reassignable_topic *asked =
        r->topics.items;
    struct broker *b = s->broker;
    size_t count = r->topics.count > 0 ? (size_t)r->topics.count : 0;
    struct alter_partition_reassignments_reassignable_topic_response *rows =
        arena_alloc(&b->arena, count, sizeof(*rows));
    struct alter_partition_reassignments_response response = {
        .allow_replication_factor_change = r->allow_replication_factor_change};
    bool ok = rows != NULL;

    if (!broker_may_cluster(s, POLICY_ALTER, false)) {
        response.error_code = WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED;
        response.error_message = meta_view(broker_denial_text(s, response.error_code));
    }
    for (size_t i = 0; ok && i < count; i++) {
        ok = reassign_topic(b, response.error_code, &asked[i], &rows[i]);
    }
    if (!ok) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    response.responses = (struct wire_array){.items = rows, .count = (int32_t)count};
    broker_respond(b, call, &response);
}

void broker_on_list_partition_reassignments(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    struct list_partition_reassignments_response response = {.error_code = 0};

    (void)request;
    if (!broker_may_cluster(s, POLICY_DESCRIBE, false)) {
        response.error_code = WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED;
        response.error_message = meta_view(broker_denial_text(s, response.error_code));
    }
    broker_respond(s->broker, call, &response);
}
