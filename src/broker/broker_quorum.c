/*
 * broker_quorum - DescribeQuorum and UpdateFeatures: the metadata log, which has this one
 * voter, and the level at which its records are written.
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "broker_job.h"
#include "clock.h"
#include "meta_record.h"
#include "wire_code.h"
#include "wire_describe_quorum.h"
#include "wire_update_features.h"

#define METADATA_TOPIC "__cluster_metadata"

/* --- DescribeQuorum --------------------------------------------------------------------- */

struct quorum {
    struct broker_item base;
    struct describe_quorum_response response;
    struct describe_quorum_response_topic_data topic;
    struct describe_quorum_response_partition_data partition;
    struct describe_quorum_response_replica_state voter;
    struct describe_quorum_response_node node;
    struct describe_quorum_response_listener listener;
};

static void answer_quorum(struct broker *b, struct broker_job *job)
{
    struct quorum *q = job->items;

    q->partition.error_code = q->base.error;
    broker_respond(b, &job->call, &q->response);
}

static void on_end_found(
    struct broker *b, void *context, const struct broker_store_answer *found)
{
    struct quorum *q = context;

    if (found->error == 0) {
        q->partition.high_watermark = found->offset;
        q->voter.log_end_offset = found->offset;
    }
    broker_item_end(b, &q->base, found->error, NULL);
}

static void find_end(struct broker *b, struct broker_item *item)
{
    broker_store_query(b, &broker_metadata_log, -1, 0, on_end_found, item);
}

/* All that is known but the end of the log. */
static void describe(struct broker_session *s, struct quorum *q)
{
    const struct broker *b = s->broker;
    const struct broker_listener *l = broker_session_listener(s);

    wire_set_defaults(&describe_quorum_response_partition_data_schema, &q->partition);
    wire_set_defaults(&describe_quorum_response_replica_state_schema, &q->voter);
    q->voter.replica_id = b->config.node_id;
    q->voter.replica_directory_id = b->config.directory;
    q->voter.log_end_offset = -1;
    q->voter.last_fetch_timestamp = clock_wall_ms(); /* from itself */
    q->voter.last_caught_up_timestamp = q->voter.last_fetch_timestamp;
    q->partition.leader_id = b->config.node_id;
    q->partition.leader_epoch = 0;
    q->partition.high_watermark = -1;
    q->partition.current_voters = (struct wire_array){.items = &q->voter, .count = 1};
    q->topic.topic_name = meta_view(METADATA_TOPIC);
    q->topic.partitions = (struct wire_array){.items = &q->partition, .count = 1};
    q->listener.name = meta_view(l->name);
    q->listener.host = meta_view(l->host);
    q->listener.port = (uint16_t)l->port;
    q->node.node_id = b->config.node_id;
    q->node.listeners = (struct wire_array){.items = &q->listener, .count = 1};
    q->response.topics = (struct wire_array){.items = &q->topic, .count = 1};
    q->response.nodes = (struct wire_array){.items = &q->node, .count = 1};
}

/* There is one log with a quorum, and one partition of it. */
static bool asks_for_the_log(const struct describe_quorum_request *r)
{
    const struct describe_quorum_request_topic_data *topic = r->topics.items;
    const struct describe_quorum_request_partition_data *partition =
        r->topics.count == 1 ? topic->partitions.items : NULL;

    return r->topics.count == 1 && topic->partitions.count == 1 &&
           meta_view_equal(topic->topic_name, meta_view(METADATA_TOPIC)) &&
           partition->partition_index == 0;
}

/* Every partition that was asked for, with one error. */
static void refuse_all(struct broker_session *s, const struct broker_call *call,
    const struct describe_quorum_request *r, int16_t code)
{
    struct broker *b = s->broker;
    const struct describe_quorum_request_topic_data *asked = r->topics.items;
    size_t count = r->topics.count > 0 ? (size_t)r->topics.count : 0;
    struct describe_quorum_response_topic_data *topics =
        arena_alloc(&b->arena, count, sizeof(*topics));
    struct describe_quorum_response response = {
        .topics = {.items = topics, .count = topics == NULL ? 0 : (int32_t)count}};

    for (size_t i = 0; topics != NULL && i < count; i++) {
        const struct describe_quorum_request_partition_data *parts =
            asked[i].partitions.items;
        size_t rows_wanted =
            asked[i].partitions.count > 0 ? (size_t)asked[i].partitions.count : 0;
        struct describe_quorum_response_partition_data *rows =
            arena_alloc(&b->arena, rows_wanted, sizeof(*rows));
        topics[i].topic_name = asked[i].topic_name;
        topics[i].partitions.items = rows;
        for (size_t k = 0; rows != NULL && k < rows_wanted; k++) {
            rows[k].partition_index = parts[k].partition_index;
            rows[k].error_code = code;
            topics[i].partitions.count++;
        }
    }
    broker_respond(b, call, &response);
}

void broker_on_describe_quorum(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct describe_quorum_request *r = request;

    if (!broker_may_cluster(s, POLICY_DESCRIBE, false)) {
        struct describe_quorum_response refused = {
            .error_code = WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED};
        refused.error_message = meta_view(broker_denial_text(s, refused.error_code));
        broker_respond(s->broker, call, &refused);
        return;
    }
    if (!asks_for_the_log(r)) {
        refuse_all(s, call, r, WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
        return;
    }
    struct broker_job *job =
        broker_job_new(call, 1, sizeof(struct quorum), answer_quorum);
    if (job == NULL) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    struct quorum *q = job->items;
    q->base = (struct broker_item){.job = job};
    describe(s, q);
    broker_job_run(s->broker, job, find_end);
    broker_job_release(s->broker, job);
}

/* --- UpdateFeatures --------------------------------------------------------------------- */

/* NULL: it is so already. */
static const char *check_update(
    const struct update_features_request_feature_update_key *update)
{
    if (!meta_view_equal(update->feature, meta_view(WIRE_FEATURE_METADATA))) {
        return "the broker does not have this feature";
    }
    return update->max_version_level == WIRE_FEATURE_METADATA_LEVEL
               ? NULL
               : "the broker has this feature at one level only, the present one";
}

void broker_on_update_features(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    struct broker *b = s->broker;
    const struct update_features_request *r = request;
    const struct update_features_request_feature_update_key *updates =
        r->feature_updates.items;
    size_t count = r->feature_updates.count > 0 ? (size_t)r->feature_updates.count : 0;
    struct update_features_response_updatable_feature_result *rows =
        arena_alloc(&b->arena, count, sizeof(*rows));
    struct update_features_response response = {0};

    if (!broker_may_cluster(s, POLICY_ALTER, false)) {
        response.error_code = WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED;
        response.error_message = meta_view(broker_denial_text(s, response.error_code));
        broker_respond(b, call, &response);
        return;
    }
    for (size_t i = 0; rows != NULL && i < count; i++) {
        const char *wrong = check_update(&updates[i]);
        rows[i].feature = updates[i].feature;
        if (wrong != NULL) { /* then nothing of the request is done */
            response.error_code = WIRE_CODE_INVALID_UPDATE_VERSION;
            response.error_message = meta_view(wrong);
            broker_respond(b, call, &response);
            return;
        }
    }
    response.results =
        (struct wire_array){.items = rows, .count = rows == NULL ? 0 : (int32_t)count};
    broker_respond(b, call, &response);
}
