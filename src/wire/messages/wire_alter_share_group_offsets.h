/*
 * wire_alter_share_group_offsets - AlterShareGroupOffsets, request and response
 * (notation: wire_message.h).
 */
#ifndef WIRE_ALTER_SHARE_GROUP_OFFSETS_H
#define WIRE_ALTER_SHARE_GROUP_OFFSETS_H

#include "wire_message.h"

/* clang-format off */

#define alter_share_group_offsets_request_partition_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")     \
    FIELD(S, SINCE(0), int64, start_offset, "StartOffset")
WIRE_STRUCT(alter_share_group_offsets_request_partition);

#define alter_share_group_offsets_request_topic_FIELDS(S, FIELD)             \
    FIELD(S, SINCE(0), string, topic_name, "TopicName")                      \
    FIELD(S, SINCE(0), structs(alter_share_group_offsets_request_partition), \
        partitions, "Partitions")
WIRE_STRUCT(alter_share_group_offsets_request_topic);

#define alter_share_group_offsets_request_FIELDS(S, FIELD)                       \
    FIELD(S, SINCE(0), string, group_id, "GroupId")                              \
    FIELD(S, SINCE(0), structs(alter_share_group_offsets_request_topic), topics, \
        "Topics")
WIRE_STRUCT(alter_share_group_offsets_request);

#define alter_share_group_offsets_response_partition_FIELDS(S, FIELD)             \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")                  \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)), \
        DEFAULT_NULL)
WIRE_STRUCT(alter_share_group_offsets_response_partition);

#define alter_share_group_offsets_response_topic_FIELDS(S, FIELD)             \
    FIELD(S, SINCE(0), string, topic_name, "TopicName")                       \
    FIELD(S, SINCE(0), uuid, topic_id, "TopicId")                             \
    FIELD(S, SINCE(0), structs(alter_share_group_offsets_response_partition), \
        partitions, "Partitions")
WIRE_STRUCT(alter_share_group_offsets_response_topic);

#define alter_share_group_offsets_response_FIELDS(S, FIELD)                          \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                    \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                               \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)),    \
        DEFAULT_NULL)                                                                \
    FIELD(S, SINCE(0), structs(alter_share_group_offsets_response_topic), responses, \
        "Responses")
WIRE_STRUCT(alter_share_group_offsets_response);

/* clang-format on */

#endif
