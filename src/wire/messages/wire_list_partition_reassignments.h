/*
 * wire_list_partition_reassignments - ListPartitionReassignments, request and response
 * (notation: wire_message.h).
 */
#ifndef WIRE_LIST_PARTITION_REASSIGNMENTS_H
#define WIRE_LIST_PARTITION_REASSIGNMENTS_H

#include "wire_message.h"

/* clang-format off */

#define list_partition_reassignments_topics_FIELDS(S, FIELD)                \
    FIELD(S, SINCE(0), string, name, "Name")                                \
    FIELD(S, SINCE(0), array(int32), partition_indexes, "PartitionIndexes")
WIRE_STRUCT(list_partition_reassignments_topics);

#define list_partition_reassignments_request_FIELDS(S, FIELD)                \
    FIELD(S, SINCE(0), int32, timeout_ms, "TimeoutMs", DEFAULT(60000))       \
    FIELD(S, SINCE(0), structs(list_partition_reassignments_topics), topics, \
        "Topics", NULLABLE(SINCE(0)), DEFAULT_NULL)
WIRE_STRUCT(list_partition_reassignments_request);

#define list_partition_reassignments_ongoing_partition_reassignment_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")                     \
    FIELD(S, SINCE(0), array(int32), replicas, "Replicas")                           \
    FIELD(S, SINCE(0), array(int32), adding_replicas, "AddingReplicas")              \
    FIELD(S, SINCE(0), array(int32), removing_replicas, "RemovingReplicas")
WIRE_STRUCT(list_partition_reassignments_ongoing_partition_reassignment);

#define list_partition_reassignments_ongoing_topic_reassignment_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, name, "Name")                                     \
    FIELD(S, SINCE(0),                                                           \
        structs(list_partition_reassignments_ongoing_partition_reassignment),    \
        partitions, "Partitions")
WIRE_STRUCT(list_partition_reassignments_ongoing_topic_reassignment);

#define list_partition_reassignments_response_FIELDS(S, FIELD)                    \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                 \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0))) \
    FIELD(S, SINCE(0),                                                            \
        structs(list_partition_reassignments_ongoing_topic_reassignment), topics, \
        "Topics")
WIRE_STRUCT(list_partition_reassignments_response);

/* clang-format on */

#endif
