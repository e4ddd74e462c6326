/*
 * wire_describe_share_group_offsets - DescribeShareGroupOffsets, request and response
 * (notation: wire_message.h).
 */
#ifndef WIRE_DESCRIBE_SHARE_GROUP_OFFSETS_H
#define WIRE_DESCRIBE_SHARE_GROUP_OFFSETS_H

#include "wire_message.h"

/* clang-format off */

#define describe_share_group_offsets_request_topic_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, topic_name, "TopicName")             \
    FIELD(S, SINCE(0), array(int32), partitions, "Partitions")
WIRE_STRUCT(describe_share_group_offsets_request_topic);

#define describe_share_group_offsets_request_group_FIELDS(S, FIELD)                 \
    FIELD(S, SINCE(0), string, group_id, "GroupId")                                 \
    FIELD(S, SINCE(0), structs(describe_share_group_offsets_request_topic), topics, \
        "Topics", NULLABLE(SINCE(0)))
WIRE_STRUCT(describe_share_group_offsets_request_group);

#define describe_share_group_offsets_request_FIELDS(S, FIELD)                       \
    FIELD(S, SINCE(0), structs(describe_share_group_offsets_request_group), groups, \
        "Groups")
WIRE_STRUCT(describe_share_group_offsets_request);

#define describe_share_group_offsets_response_partition_FIELDS(S, FIELD)          \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")                  \
    FIELD(S, SINCE(0), int64, start_offset, "StartOffset")                        \
    FIELD(S, SINCE(0), int32, leader_epoch, "LeaderEpoch")                        \
    FIELD(S, SINCE(1), int64, lag, "Lag", DEFAULT(-1))                            \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)), \
        DEFAULT_NULL)
WIRE_STRUCT(describe_share_group_offsets_response_partition);

#define describe_share_group_offsets_response_topic_FIELDS(S, FIELD)             \
    FIELD(S, SINCE(0), string, topic_name, "TopicName")                          \
    FIELD(S, SINCE(0), uuid, topic_id, "TopicId")                                \
    FIELD(S, SINCE(0), structs(describe_share_group_offsets_response_partition), \
        partitions, "Partitions")
WIRE_STRUCT(describe_share_group_offsets_response_topic);

#define describe_share_group_offsets_response_group_FIELDS(S, FIELD)                 \
    FIELD(S, SINCE(0), string, group_id, "GroupId")                                  \
    FIELD(S, SINCE(0), structs(describe_share_group_offsets_response_topic), topics, \
        "Topics")                                                                    \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                               \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)),    \
        DEFAULT_NULL)
WIRE_STRUCT(describe_share_group_offsets_response_group);

#define describe_share_group_offsets_response_FIELDS(S, FIELD)                       \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                    \
    FIELD(S, SINCE(0), structs(describe_share_group_offsets_response_group), groups, \
        "Groups")
WIRE_STRUCT(describe_share_group_offsets_response);

/* clang-format on */

#endif
