/*
 * wire_list_offsets - ListOffsets, request and response (notation: wire_message.h).
 */
#ifndef WIRE_LIST_OFFSETS_H
#define WIRE_LIST_OFFSETS_H

#include "wire_message.h"

/* clang-format off */

#define list_offsets_partition_FIELDS(S, FIELD)                           \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")          \
    FIELD(S, SINCE(4), int32, current_leader_epoch, "CurrentLeaderEpoch", \
        DEFAULT(-1))                                                      \
    FIELD(S, SINCE(0), int64, timestamp, "Timestamp")
WIRE_STRUCT(list_offsets_partition);

#define list_offsets_topic_FIELDS(S, FIELD)                                       \
    FIELD(S, SINCE(0), string, name, "Name")                                      \
    FIELD(S, SINCE(0), structs(list_offsets_partition), partitions, "Partitions")
WIRE_STRUCT(list_offsets_topic);

#define list_offsets_request_FIELDS(S, FIELD)                          \
    FIELD(S, SINCE(0),  int32, replica_id, "ReplicaId")                \
    FIELD(S, SINCE(2),  int8, isolation_level, "IsolationLevel")       \
    FIELD(S, SINCE(0),  structs(list_offsets_topic), topics, "Topics") \
    FIELD(S, SINCE(10), int32, timeout_ms, "TimeoutMs")
WIRE_STRUCT(list_offsets_request);

#define list_offsets_partition_response_FIELDS(S, FIELD)                \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")        \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                  \
    FIELD(S, SINCE(1), int64, timestamp, "Timestamp", DEFAULT(-1))      \
    FIELD(S, SINCE(1), int64, offset, "Offset", DEFAULT(-1))            \
    FIELD(S, SINCE(4), int32, leader_epoch, "LeaderEpoch", DEFAULT(-1))
WIRE_STRUCT(list_offsets_partition_response);

#define list_offsets_topic_response_FIELDS(S, FIELD)                         \
    FIELD(S, SINCE(0), string, name, "Name")                                 \
    FIELD(S, SINCE(0), structs(list_offsets_partition_response), partitions, \
        "Partitions")
WIRE_STRUCT(list_offsets_topic_response);

#define list_offsets_response_FIELDS(S, FIELD)                                 \
    FIELD(S, SINCE(2), int32, throttle_time_ms, "ThrottleTimeMs")              \
    FIELD(S, SINCE(0), structs(list_offsets_topic_response), topics, "Topics")
WIRE_STRUCT(list_offsets_response);

/* clang-format on */

#endif
