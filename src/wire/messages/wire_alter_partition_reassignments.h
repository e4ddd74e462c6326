/*
 * wire_alter_partition_reassignments - AlterPartitionReassignments, request and response
 * (notation: wire_message.h).
 */
#ifndef WIRE_ALTER_PARTITION_REASSIGNMENTS_H
#define WIRE_ALTER_PARTITION_REASSIGNMENTS_H

#include "wire_message.h"

/* clang-format off */

#define alter_partition_reassignments_request_reassignable_partition_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")                      \
    FIELD(S, SINCE(0), array(int32), replicas, "Replicas", NULLABLE(SINCE(0)),        \
        DEFAULT_NULL)
WIRE_STRUCT(alter_partition_reassignments_request_reassignable_partition);

#define alter_partition_reassignments_request_reassignable_topic_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, name, "Name")                                      \
    FIELD(S, SINCE(0),                                                            \
        structs(alter_partition_reassignments_request_reassignable_partition),    \
        partitions, "Partitions")
WIRE_STRUCT(alter_partition_reassignments_request_reassignable_topic);

#define alter_partition_reassignments_request_FIELDS(S, FIELD)                     \
    FIELD(S, SINCE(0), int32, timeout_ms, "TimeoutMs", DEFAULT(60000))             \
    FIELD(S, SINCE(1), bool, allow_replication_factor_change,                      \
        "AllowReplicationFactorChange", DEFAULT(true))                             \
    FIELD(S, SINCE(0),                                                             \
        structs(alter_partition_reassignments_request_reassignable_topic), topics, \
        "Topics")
WIRE_STRUCT(alter_partition_reassignments_request);

#define alter_partition_reassignments_reassignable_partition_response_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")                       \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                                 \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)))
WIRE_STRUCT(alter_partition_reassignments_reassignable_partition_response);

#define alter_partition_reassignments_reassignable_topic_response_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, name, "Name")                                       \
    FIELD(S, SINCE(0),                                                             \
        structs(alter_partition_reassignments_reassignable_partition_response),    \
        partitions, "Partitions")
WIRE_STRUCT(alter_partition_reassignments_reassignable_topic_response);

#define alter_partition_reassignments_response_FIELDS(S, FIELD)                   \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                 \
    FIELD(S, SINCE(1), bool, allow_replication_factor_change,                     \
        "AllowReplicationFactorChange", DEFAULT(true))                            \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0))) \
    FIELD(S, SINCE(0),                                                            \
        structs(alter_partition_reassignments_reassignable_topic_response),       \
        responses, "Responses")
WIRE_STRUCT(alter_partition_reassignments_response);

/* clang-format on */

#endif
