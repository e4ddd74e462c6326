/*
 * wire_metadata - Metadata, request and response (notation: wire_message.h).
 */
#ifndef WIRE_METADATA_H
#define WIRE_METADATA_H

#include "wire_message.h"

/* clang-format off */

#define metadata_request_topic_FIELDS(S, FIELD)                    \
    FIELD(S, SINCE(10), uuid, topic_id, "TopicId")                 \
    FIELD(S, SINCE(0),  string, name, "Name", NULLABLE(SINCE(10)))
WIRE_STRUCT(metadata_request_topic);

#define metadata_request_FIELDS(S, FIELD)                                       \
    FIELD(S, SINCE(0),       structs(metadata_request_topic), topics, "Topics", \
        NULLABLE(SINCE(1)))                                                     \
    FIELD(S, SINCE(4),       bool, allow_auto_topic_creation,                   \
        "AllowAutoTopicCreation", DEFAULT(true))                                \
    FIELD(S, BETWEEN(8, 10), bool, include_cluster_authorized_operations,       \
        "IncludeClusterAuthorizedOperations")                                   \
    FIELD(S, SINCE(8),       bool, include_topic_authorized_operations,         \
        "IncludeTopicAuthorizedOperations")
WIRE_STRUCT(metadata_request);

#define metadata_response_broker_FIELDS(S, FIELD)                              \
    FIELD(S, SINCE(0), int32, node_id, "NodeId")                               \
    FIELD(S, SINCE(0), string, host, "Host")                                   \
    FIELD(S, SINCE(0), int32, port, "Port")                                    \
    FIELD(S, SINCE(1), string, rack, "Rack", NULLABLE(SINCE(1)), DEFAULT_NULL)
WIRE_STRUCT(metadata_response_broker);

#define metadata_response_partition_FIELDS(S, FIELD)                      \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                    \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")          \
    FIELD(S, SINCE(0), int32, leader_id, "LeaderId")                      \
    FIELD(S, SINCE(7), int32, leader_epoch, "LeaderEpoch", DEFAULT(-1))   \
    FIELD(S, SINCE(0), array(int32), replica_nodes, "ReplicaNodes")       \
    FIELD(S, SINCE(0), array(int32), isr_nodes, "IsrNodes")               \
    FIELD(S, SINCE(5), array(int32), offline_replicas, "OfflineReplicas")
WIRE_STRUCT(metadata_response_partition);

#define metadata_response_topic_FIELDS(S, FIELD)                          \
    FIELD(S, SINCE(0),  int16, error_code, "ErrorCode")                   \
    FIELD(S, SINCE(0),  string, name, "Name", NULLABLE(SINCE(12)))        \
    FIELD(S, SINCE(10), uuid, topic_id, "TopicId")                        \
    FIELD(S, SINCE(1),  bool, is_internal, "IsInternal", DEFAULT(false))  \
    FIELD(S, SINCE(0),  structs(metadata_response_partition), partitions, \
        "Partitions")                                                     \
    FIELD(S, SINCE(8),  int32, topic_authorized_operations,               \
        "TopicAuthorizedOperations", DEFAULT(INT32_MIN))
WIRE_STRUCT(metadata_response_topic);

#define metadata_response_FIELDS(S, FIELD)                                          \
    FIELD(S, SINCE(3),       int32, throttle_time_ms, "ThrottleTimeMs")             \
    FIELD(S, SINCE(0),       structs(metadata_response_broker), brokers, "Brokers") \
    FIELD(S, SINCE(2),       string, cluster_id, "ClusterId", NULLABLE(SINCE(2)),   \
        DEFAULT_NULL)                                                               \
    FIELD(S, SINCE(1),       int32, controller_id, "ControllerId", DEFAULT(-1))     \
    FIELD(S, SINCE(0),       structs(metadata_response_topic), topics, "Topics")    \
    FIELD(S, BETWEEN(8, 10), int32, cluster_authorized_operations,                  \
        "ClusterAuthorizedOperations", DEFAULT(INT32_MIN))                          \
    FIELD(S, SINCE(13),      int16, error_code, "ErrorCode")
WIRE_STRUCT(metadata_response);

/* clang-format on */

#endif
