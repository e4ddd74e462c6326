/*
 * wire_describe_log_dirs - DescribeLogDirs, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_DESCRIBE_LOG_DIRS_H
#define WIRE_DESCRIBE_LOG_DIRS_H

#include "wire_message.h"

/* clang-format off */

#define describe_log_dirs_request_describable_log_dir_topic_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, topic, "Topic")                               \
    FIELD(S, SINCE(0), array(int32), partitions, "Partitions")
WIRE_STRUCT(describe_log_dirs_request_describable_log_dir_topic);

#define describe_log_dirs_request_FIELDS(S, FIELD)                                   \
    FIELD(S, SINCE(0), structs(describe_log_dirs_request_describable_log_dir_topic), \
        topics, "Topics", NULLABLE(SINCE(0)))
WIRE_STRUCT(describe_log_dirs_request);

#define describe_log_dirs_partition_FIELDS(S, FIELD)             \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex") \
    FIELD(S, SINCE(0), int64, partition_size, "PartitionSize")   \
    FIELD(S, SINCE(0), int64, offset_lag, "OffsetLag")           \
    FIELD(S, SINCE(0), bool, is_future_key, "IsFutureKey")
WIRE_STRUCT(describe_log_dirs_partition);

#define describe_log_dirs_topic_FIELDS(S, FIELD)                         \
    FIELD(S, SINCE(0), string, name, "Name")                             \
    FIELD(S, SINCE(0), structs(describe_log_dirs_partition), partitions, \
        "Partitions")
WIRE_STRUCT(describe_log_dirs_topic);

#define describe_log_dirs_result_FIELDS(S, FIELD)                          \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                     \
    FIELD(S, SINCE(0), string, log_dir, "LogDir")                          \
    FIELD(S, SINCE(0), structs(describe_log_dirs_topic), topics, "Topics") \
    FIELD(S, SINCE(4), int64, total_bytes, "TotalBytes", DEFAULT(-1))      \
    FIELD(S, SINCE(4), int64, usable_bytes, "UsableBytes", DEFAULT(-1))    \
    FIELD(S, SINCE(5), bool, is_cordoned, "IsCordoned", DEFAULT(false))
WIRE_STRUCT(describe_log_dirs_result);

#define describe_log_dirs_response_FIELDS(S, FIELD)                           \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")             \
    FIELD(S, SINCE(3), int16, error_code, "ErrorCode")                        \
    FIELD(S, SINCE(0), structs(describe_log_dirs_result), results, "Results")
WIRE_STRUCT(describe_log_dirs_response);

/* clang-format on */

#endif
