/*
 * wire_delete_records - DeleteRecords, request and response (notation: wire_message.h).
 */
#ifndef WIRE_DELETE_RECORDS_H
#define WIRE_DELETE_RECORDS_H

#include "wire_message.h"

/* clang-format off */

#define delete_records_partition_FIELDS(S, FIELD)                \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex") \
    FIELD(S, SINCE(0), int64, offset, "Offset")
WIRE_STRUCT(delete_records_partition);

#define delete_records_topic_FIELDS(S, FIELD)                                       \
    FIELD(S, SINCE(0), string, name, "Name")                                        \
    FIELD(S, SINCE(0), structs(delete_records_partition), partitions, "Partitions")
WIRE_STRUCT(delete_records_topic);

#define delete_records_request_FIELDS(S, FIELD)                         \
    FIELD(S, SINCE(0), structs(delete_records_topic), topics, "Topics") \
    FIELD(S, SINCE(0), int32, timeout_ms, "TimeoutMs")
WIRE_STRUCT(delete_records_request);

#define delete_records_partition_result_FIELDS(S, FIELD)         \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex") \
    FIELD(S, SINCE(0), int64, low_watermark, "LowWatermark")     \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")
WIRE_STRUCT(delete_records_partition_result);

#define delete_records_topic_result_FIELDS(S, FIELD)                         \
    FIELD(S, SINCE(0), string, name, "Name")                                 \
    FIELD(S, SINCE(0), structs(delete_records_partition_result), partitions, \
        "Partitions")
WIRE_STRUCT(delete_records_topic_result);

#define delete_records_response_FIELDS(S, FIELD)                               \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")              \
    FIELD(S, SINCE(0), structs(delete_records_topic_result), topics, "Topics")
WIRE_STRUCT(delete_records_response);

/* clang-format on */

#endif
