/*
 * wire_describe_quorum - DescribeQuorum, request and response (notation: wire_message.h).
 */
#ifndef WIRE_DESCRIBE_QUORUM_H
#define WIRE_DESCRIBE_QUORUM_H

#include "wire_message.h"

/* clang-format off */

#define describe_quorum_request_partition_data_FIELDS(S, FIELD)  \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")
WIRE_STRUCT(describe_quorum_request_partition_data);

#define describe_quorum_request_topic_data_FIELDS(S, FIELD)                         \
    FIELD(S, SINCE(0), string, topic_name, "TopicName")                             \
    FIELD(S, SINCE(0), structs(describe_quorum_request_partition_data), partitions, \
        "Partitions")
WIRE_STRUCT(describe_quorum_request_topic_data);

#define describe_quorum_request_FIELDS(S, FIELD)                                      \
    FIELD(S, SINCE(0), structs(describe_quorum_request_topic_data), topics, "Topics")
WIRE_STRUCT(describe_quorum_request);

#define describe_quorum_response_replica_state_FIELDS(S, FIELD)                  \
    FIELD(S, SINCE(0), int32, replica_id, "ReplicaId")                           \
    FIELD(S, SINCE(2), uuid, replica_directory_id, "ReplicaDirectoryId")         \
    FIELD(S, SINCE(0), int64, log_end_offset, "LogEndOffset")                    \
    FIELD(S, SINCE(1), int64, last_fetch_timestamp, "LastFetchTimestamp",        \
        DEFAULT(-1))                                                             \
    FIELD(S, SINCE(1), int64, last_caught_up_timestamp, "LastCaughtUpTimestamp", \
        DEFAULT(-1))
WIRE_STRUCT(describe_quorum_response_replica_state);

#define describe_quorum_response_partition_data_FIELDS(S, FIELD)                   \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")                   \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                             \
    FIELD(S, SINCE(2), string, error_message, "ErrorMessage", NULLABLE(SINCE(2)))  \
    FIELD(S, SINCE(0), int32, leader_id, "LeaderId")                               \
    FIELD(S, SINCE(0), int32, leader_epoch, "LeaderEpoch")                         \
    FIELD(S, SINCE(0), int64, high_watermark, "HighWatermark")                     \
    FIELD(S, SINCE(0), structs(describe_quorum_response_replica_state),            \
        current_voters, "CurrentVoters")                                           \
    FIELD(S, SINCE(0), structs(describe_quorum_response_replica_state), observers, \
        "Observers")
WIRE_STRUCT(describe_quorum_response_partition_data);

#define describe_quorum_response_topic_data_FIELDS(S, FIELD)                         \
    FIELD(S, SINCE(0), string, topic_name, "TopicName")                              \
    FIELD(S, SINCE(0), structs(describe_quorum_response_partition_data), partitions, \
        "Partitions")
WIRE_STRUCT(describe_quorum_response_topic_data);

#define describe_quorum_response_listener_FIELDS(S, FIELD) \
    FIELD(S, SINCE(2), string, name, "Name")               \
    FIELD(S, SINCE(2), string, host, "Host")               \
    FIELD(S, SINCE(2), uint16, port, "Port")
WIRE_STRUCT(describe_quorum_response_listener);

#define describe_quorum_response_node_FIELDS(S, FIELD)                        \
    FIELD(S, SINCE(2), int32, node_id, "NodeId")                              \
    FIELD(S, SINCE(2), structs(describe_quorum_response_listener), listeners, \
        "Listeners")
WIRE_STRUCT(describe_quorum_response_node);

#define describe_quorum_response_FIELDS(S, FIELD)                                 \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(2), string, error_message, "ErrorMessage", NULLABLE(SINCE(2))) \
    FIELD(S, SINCE(0), structs(describe_quorum_response_topic_data), topics,      \
        "Topics")                                                                 \
    FIELD(S, SINCE(2), structs(describe_quorum_response_node), nodes, "Nodes")
WIRE_STRUCT(describe_quorum_response);

/* clang-format on */

#endif
