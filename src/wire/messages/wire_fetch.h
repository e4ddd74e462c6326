/*
 * wire_fetch - Fetch, request and response (notation: wire_message.h).
 */
#ifndef WIRE_FETCH_H
#define WIRE_FETCH_H

#include "wire_message.h"

/* clang-format off */

#define fetch_request_replica_state_FIELDS(S, FIELD)                       \
    FIELD(S, SINCE(15), int32, replica_id, "ReplicaId", DEFAULT(-1))       \
    FIELD(S, SINCE(15), int64, replica_epoch, "ReplicaEpoch", DEFAULT(-1))
WIRE_STRUCT(fetch_request_replica_state);

#define fetch_partition_FIELDS(S, FIELD)                                              \
    FIELD(S, SINCE(0),  int32, partition, "Partition")                                \
    FIELD(S, SINCE(9),  int32, current_leader_epoch, "CurrentLeaderEpoch",            \
        DEFAULT(-1))                                                                  \
    FIELD(S, SINCE(0),  int64, fetch_offset, "FetchOffset")                           \
    FIELD(S, SINCE(12), int32, last_fetched_epoch, "LastFetchedEpoch", DEFAULT(-1))   \
    FIELD(S, SINCE(5),  int64, log_start_offset, "LogStartOffset", DEFAULT(-1))       \
    FIELD(S, SINCE(0),  int32, partition_max_bytes, "PartitionMaxBytes")              \
    FIELD(S, SINCE(17), uuid, replica_directory_id, "ReplicaDirectoryId",             \
        TAGGED(0, SINCE(17)))                                                         \
    FIELD(S, SINCE(18), int64, high_watermark, "HighWatermark", TAGGED(1, SINCE(18)), \
        DEFAULT(INT64_MAX))
WIRE_STRUCT(fetch_partition);

#define fetch_topic_FIELDS(S, FIELD)                                             \
    FIELD(S, BETWEEN(0, 12), string, topic, "Topic")                             \
    FIELD(S, SINCE(13),      uuid, topic_id, "TopicId")                          \
    FIELD(S, SINCE(0),       structs(fetch_partition), partitions, "Partitions")
WIRE_STRUCT(fetch_topic);

#define fetch_request_forgotten_topic_FIELDS(S, FIELD)               \
    FIELD(S, BETWEEN(7, 12), string, topic, "Topic")                 \
    FIELD(S, SINCE(13),      uuid, topic_id, "TopicId")              \
    FIELD(S, SINCE(7),       array(int32), partitions, "Partitions")
WIRE_STRUCT(fetch_request_forgotten_topic);

#define fetch_request_FIELDS(S, FIELD)                                              \
    FIELD(S, SINCE(12),      string, cluster_id, "ClusterId", NULLABLE(SINCE(12)),  \
        TAGGED(0, SINCE(12)), DEFAULT_NULL)                                         \
    FIELD(S, BETWEEN(0, 14), int32, replica_id, "ReplicaId", DEFAULT(-1))           \
    FIELD(S, SINCE(15),      structure(fetch_request_replica_state), replica_state, \
        "ReplicaState", TAGGED(1, SINCE(15)))                                       \
    FIELD(S, SINCE(0),       int32, max_wait_ms, "MaxWaitMs")                       \
    FIELD(S, SINCE(0),       int32, min_bytes, "MinBytes")                          \
    FIELD(S, SINCE(3),       int32, max_bytes, "MaxBytes", DEFAULT(INT32_MAX))      \
    FIELD(S, SINCE(4),       int8, isolation_level, "IsolationLevel", DEFAULT(0))   \
    FIELD(S, SINCE(7),       int32, session_id, "SessionId", DEFAULT(0))            \
    FIELD(S, SINCE(7),       int32, session_epoch, "SessionEpoch", DEFAULT(-1))     \
    FIELD(S, SINCE(0),       structs(fetch_topic), topics, "Topics")                \
    FIELD(S, SINCE(7),       structs(fetch_request_forgotten_topic),                \
        forgotten_topics_data, "ForgottenTopicsData")                               \
    FIELD(S, SINCE(11),      string, rack_id, "RackId", DEFAULT_EMPTY)
WIRE_STRUCT(fetch_request);

#define fetch_response_epoch_end_offset_FIELDS(S, FIELD)             \
    FIELD(S, SINCE(12), int32, epoch, "Epoch", DEFAULT(-1))          \
    FIELD(S, SINCE(12), int64, end_offset, "EndOffset", DEFAULT(-1))
WIRE_STRUCT(fetch_response_epoch_end_offset);

#define fetch_response_leader_id_and_epoch_FIELDS(S, FIELD)              \
    FIELD(S, SINCE(12), int32, leader_id, "LeaderId", DEFAULT(-1))       \
    FIELD(S, SINCE(12), int32, leader_epoch, "LeaderEpoch", DEFAULT(-1))
WIRE_STRUCT(fetch_response_leader_id_and_epoch);

#define fetch_response_snapshot_id_FIELDS(S, FIELD)                 \
    FIELD(S, SINCE(0), int64, end_offset, "EndOffset", DEFAULT(-1)) \
    FIELD(S, SINCE(0), int32, epoch, "Epoch", DEFAULT(-1))
WIRE_STRUCT(fetch_response_snapshot_id);

#define fetch_response_aborted_transaction_FIELDS(S, FIELD) \
    FIELD(S, SINCE(4), int64, producer_id, "ProducerId")    \
    FIELD(S, SINCE(4), int64, first_offset, "FirstOffset")
WIRE_STRUCT(fetch_response_aborted_transaction);

#define fetch_response_partition_data_FIELDS(S, FIELD)                               \
    FIELD(S, SINCE(0),  int32, partition_index, "PartitionIndex")                    \
    FIELD(S, SINCE(0),  int16, error_code, "ErrorCode")                              \
    FIELD(S, SINCE(0),  int64, high_watermark, "HighWatermark")                      \
    FIELD(S, SINCE(4),  int64, last_stable_offset, "LastStableOffset", DEFAULT(-1))  \
    FIELD(S, SINCE(5),  int64, log_start_offset, "LogStartOffset", DEFAULT(-1))      \
    FIELD(S, SINCE(12), structure(fetch_response_epoch_end_offset), diverging_epoch, \
        "DivergingEpoch", TAGGED(0, SINCE(12)))                                      \
    FIELD(S, SINCE(12), structure(fetch_response_leader_id_and_epoch),               \
        current_leader, "CurrentLeader", TAGGED(1, SINCE(12)))                       \
    FIELD(S, SINCE(12), structure(fetch_response_snapshot_id), snapshot_id,          \
        "SnapshotId", TAGGED(2, SINCE(12)))                                          \
    FIELD(S, SINCE(4),  structs(fetch_response_aborted_transaction),                 \
        aborted_transactions, "AbortedTransactions", NULLABLE(SINCE(4)))             \
    FIELD(S, SINCE(11), int32, preferred_read_replica, "PreferredReadReplica",       \
        DEFAULT(-1))                                                                 \
    FIELD(S, SINCE(0),  records, records, "Records", NULLABLE(SINCE(0)))
WIRE_STRUCT(fetch_response_partition_data);

#define fetchable_topic_response_FIELDS(S, FIELD)                                \
    FIELD(S, BETWEEN(0, 12), string, topic, "Topic")                             \
    FIELD(S, SINCE(13),      uuid, topic_id, "TopicId")                          \
    FIELD(S, SINCE(0),       structs(fetch_response_partition_data), partitions, \
        "Partitions")
WIRE_STRUCT(fetchable_topic_response);

#define fetch_response_node_endpoint_FIELDS(S, FIELD)                            \
    FIELD(S, SINCE(16), int32, node_id, "NodeId")                                \
    FIELD(S, SINCE(16), string, host, "Host")                                    \
    FIELD(S, SINCE(16), int32, port, "Port")                                     \
    FIELD(S, SINCE(16), string, rack, "Rack", NULLABLE(SINCE(16)), DEFAULT_NULL)
WIRE_STRUCT(fetch_response_node_endpoint);

#define fetch_response_FIELDS(S, FIELD)                                            \
    FIELD(S, SINCE(1),  int32, throttle_time_ms, "ThrottleTimeMs")                 \
    FIELD(S, SINCE(7),  int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(7),  int32, session_id, "SessionId", DEFAULT(0))                \
    FIELD(S, SINCE(0),  structs(fetchable_topic_response), responses, "Responses") \
    FIELD(S, SINCE(16), structs(fetch_response_node_endpoint), node_endpoints,     \
        "NodeEndpoints", TAGGED(0, SINCE(16)))
WIRE_STRUCT(fetch_response);

/* clang-format on */

#endif
