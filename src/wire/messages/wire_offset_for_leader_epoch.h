/*
 * wire_offset_for_leader_epoch - OffsetForLeaderEpoch, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_OFFSET_FOR_LEADER_EPOCH_H
#define WIRE_OFFSET_FOR_LEADER_EPOCH_H

#include "wire_message.h"

/* clang-format off */

#define offset_for_leader_epoch_request_offset_for_leader_partition_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), int32, partition, "Partition")                                \
    FIELD(S, SINCE(2), int32, current_leader_epoch, "CurrentLeaderEpoch",            \
        DEFAULT(-1))                                                                 \
    FIELD(S, SINCE(0), int32, leader_epoch, "LeaderEpoch")
WIRE_STRUCT(offset_for_leader_epoch_request_offset_for_leader_partition);

#define offset_for_leader_epoch_request_offset_for_leader_topic_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, topic, "Topic")                                   \
    FIELD(S, SINCE(0),                                                           \
        structs(offset_for_leader_epoch_request_offset_for_leader_partition),    \
        partitions, "Partitions")
WIRE_STRUCT(offset_for_leader_epoch_request_offset_for_leader_topic);

#define offset_for_leader_epoch_request_FIELDS(S, FIELD)                          \
    FIELD(S, SINCE(3), int32, replica_id, "ReplicaId", DEFAULT(-2))               \
    FIELD(S, SINCE(0),                                                            \
        structs(offset_for_leader_epoch_request_offset_for_leader_topic), topics, \
        "Topics")
WIRE_STRUCT(offset_for_leader_epoch_request);

#define offset_for_leader_epoch_response_epoch_end_offset_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                     \
    FIELD(S, SINCE(0), int32, partition, "Partition")                      \
    FIELD(S, SINCE(1), int32, leader_epoch, "LeaderEpoch", DEFAULT(-1))    \
    FIELD(S, SINCE(0), int64, end_offset, "EndOffset", DEFAULT(-1))
WIRE_STRUCT(offset_for_leader_epoch_response_epoch_end_offset);

#define offset_for_leader_epoch_response_offset_for_leader_topic_result_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, topic, "Topic")                                           \
    FIELD(S, SINCE(0), structs(offset_for_leader_epoch_response_epoch_end_offset),       \
        partitions, "Partitions")
WIRE_STRUCT(offset_for_leader_epoch_response_offset_for_leader_topic_result);

#define offset_for_leader_epoch_response_FIELDS(S, FIELD)                         \
    FIELD(S, SINCE(2), int32, throttle_time_ms, "ThrottleTimeMs")                 \
    FIELD(S, SINCE(0),                                                            \
        structs(offset_for_leader_epoch_response_offset_for_leader_topic_result), \
        topics, "Topics")
WIRE_STRUCT(offset_for_leader_epoch_response);

/* clang-format on */

#endif
