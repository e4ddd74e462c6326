/*
 * wire_create_partitions - CreatePartitions, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_CREATE_PARTITIONS_H
#define WIRE_CREATE_PARTITIONS_H

#include "wire_message.h"

/* clang-format off */

#define create_partitions_assignment_FIELDS(S, FIELD)         \
    FIELD(S, SINCE(0), array(int32), broker_ids, "BrokerIds")
WIRE_STRUCT(create_partitions_assignment);

#define create_partitions_topic_FIELDS(S, FIELD)                           \
    FIELD(S, SINCE(0), string, name, "Name")                               \
    FIELD(S, SINCE(0), int32, count, "Count")                              \
    FIELD(S, SINCE(0), structs(create_partitions_assignment), assignments, \
        "Assignments", NULLABLE(SINCE(0)))
WIRE_STRUCT(create_partitions_topic);

#define create_partitions_request_FIELDS(S, FIELD)                         \
    FIELD(S, SINCE(0), structs(create_partitions_topic), topics, "Topics") \
    FIELD(S, SINCE(0), int32, timeout_ms, "TimeoutMs")                     \
    FIELD(S, SINCE(0), bool, validate_only, "ValidateOnly")
WIRE_STRUCT(create_partitions_request);

#define create_partitions_topic_result_FIELDS(S, FIELD)                           \
    FIELD(S, SINCE(0), string, name, "Name")                                      \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)), \
        DEFAULT_NULL)
WIRE_STRUCT(create_partitions_topic_result);

#define create_partitions_response_FIELDS(S, FIELD)                                 \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                   \
    FIELD(S, SINCE(0), structs(create_partitions_topic_result), results, "Results")
WIRE_STRUCT(create_partitions_response);

/* clang-format on */

#endif
