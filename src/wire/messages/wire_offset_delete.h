/*
 * wire_offset_delete - OffsetDelete, request and response (notation: wire_message.h).
 */
#ifndef WIRE_OFFSET_DELETE_H
#define WIRE_OFFSET_DELETE_H

#include "wire_message.h"

/* clang-format off */

#define offset_delete_request_partition_FIELDS(S, FIELD)         \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")
WIRE_STRUCT(offset_delete_request_partition);

#define offset_delete_request_topic_FIELDS(S, FIELD)                         \
    FIELD(S, SINCE(0), string, name, "Name")                                 \
    FIELD(S, SINCE(0), structs(offset_delete_request_partition), partitions, \
        "Partitions")
WIRE_STRUCT(offset_delete_request_topic);

#define offset_delete_request_FIELDS(S, FIELD)                                 \
    FIELD(S, SINCE(0), string, group_id, "GroupId")                            \
    FIELD(S, SINCE(0), structs(offset_delete_request_topic), topics, "Topics")
WIRE_STRUCT(offset_delete_request);

#define offset_delete_response_partition_FIELDS(S, FIELD)        \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex") \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")
WIRE_STRUCT(offset_delete_response_partition);

#define offset_delete_response_topic_FIELDS(S, FIELD)                         \
    FIELD(S, SINCE(0), string, name, "Name")                                  \
    FIELD(S, SINCE(0), structs(offset_delete_response_partition), partitions, \
        "Partitions")
WIRE_STRUCT(offset_delete_response_topic);

#define offset_delete_response_FIELDS(S, FIELD)                                 \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                          \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")               \
    FIELD(S, SINCE(0), structs(offset_delete_response_topic), topics, "Topics")
WIRE_STRUCT(offset_delete_response);

/* clang-format on */

#endif
