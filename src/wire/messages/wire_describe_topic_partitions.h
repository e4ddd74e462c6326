/*
 * wire_describe_topic_partitions - DescribeTopicPartitions, request and response
 * (notation: wire_message.h).
 */
#ifndef WIRE_DESCRIBE_TOPIC_PARTITIONS_H
#define WIRE_DESCRIBE_TOPIC_PARTITIONS_H

#include "wire_message.h"

/* clang-format off */

#define describe_topic_partitions_request_topic_request_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, name, "Name")
WIRE_STRUCT(describe_topic_partitions_request_topic_request);

#define describe_topic_partitions_request_cursor_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, topic_name, "TopicName")           \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")
WIRE_STRUCT(describe_topic_partitions_request_cursor);

#define describe_topic_partitions_request_FIELDS(S, FIELD)                         \
    FIELD(S, SINCE(0), structs(describe_topic_partitions_request_topic_request),   \
        topics, "Topics")                                                          \
    FIELD(S, SINCE(0), int32, response_partition_limit, "ResponsePartitionLimit",  \
        DEFAULT(2000))                                                             \
    FIELD(S, SINCE(0), optional(describe_topic_partitions_request_cursor), cursor, \
        "Cursor", NULLABLE(SINCE(0)), DEFAULT_NULL)
WIRE_STRUCT(describe_topic_partitions_request);

#define describe_topic_partitions_response_partition_FIELDS(S, FIELD)     \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                    \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")          \
    FIELD(S, SINCE(0), int32, leader_id, "LeaderId")                      \
    FIELD(S, SINCE(0), int32, leader_epoch, "LeaderEpoch", DEFAULT(-1))   \
    FIELD(S, SINCE(0), array(int32), replica_nodes, "ReplicaNodes")       \
    FIELD(S, SINCE(0), array(int32), isr_nodes, "IsrNodes")               \
    FIELD(S, SINCE(0), array(int32), eligible_leader_replicas,            \
        "EligibleLeaderReplicas", NULLABLE(SINCE(0)), DEFAULT_NULL)       \
    FIELD(S, SINCE(0), array(int32), last_known_elr, "LastKnownElr",      \
        NULLABLE(SINCE(0)), DEFAULT_NULL)                                 \
    FIELD(S, SINCE(0), array(int32), offline_replicas, "OfflineReplicas")
WIRE_STRUCT(describe_topic_partitions_response_partition);

#define describe_topic_partitions_response_topic_FIELDS(S, FIELD)             \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                        \
    FIELD(S, SINCE(0), string, name, "Name", NULLABLE(SINCE(0)))              \
    FIELD(S, SINCE(0), uuid, topic_id, "TopicId")                             \
    FIELD(S, SINCE(0), bool, is_internal, "IsInternal", DEFAULT(false))       \
    FIELD(S, SINCE(0), structs(describe_topic_partitions_response_partition), \
        partitions, "Partitions")                                             \
    FIELD(S, SINCE(0), int32, topic_authorized_operations,                    \
        "TopicAuthorizedOperations", DEFAULT(INT32_MIN))
WIRE_STRUCT(describe_topic_partitions_response_topic);

#define describe_topic_partitions_response_cursor_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, topic_name, "TopicName")            \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")
WIRE_STRUCT(describe_topic_partitions_response_cursor);

#define describe_topic_partitions_response_FIELDS(S, FIELD)                       \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                 \
    FIELD(S, SINCE(0), structs(describe_topic_partitions_response_topic), topics, \
        "Topics")                                                                 \
    FIELD(S, SINCE(0), optional(describe_topic_partitions_response_cursor),       \
        next_cursor, "NextCursor", NULLABLE(SINCE(0)), DEFAULT_NULL)
WIRE_STRUCT(describe_topic_partitions_response);

/* clang-format on */

#endif
