/*
 * wire_elect_leaders - ElectLeaders, request and response (notation: wire_message.h).
 */
#ifndef WIRE_ELECT_LEADERS_H
#define WIRE_ELECT_LEADERS_H

#include "wire_message.h"

/* clang-format off */

#define elect_leaders_request_topic_partitions_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, topic, "Topic")                  \
    FIELD(S, SINCE(0), array(int32), partitions, "Partitions")
WIRE_STRUCT(elect_leaders_request_topic_partitions);

#define elect_leaders_request_FIELDS(S, FIELD)                          \
    FIELD(S, SINCE(1), int8, election_type, "ElectionType")             \
    FIELD(S, SINCE(0), structs(elect_leaders_request_topic_partitions), \
        topic_partitions, "TopicPartitions", NULLABLE(SINCE(0)))        \
    FIELD(S, SINCE(0), int32, timeout_ms, "TimeoutMs", DEFAULT(60000))
WIRE_STRUCT(elect_leaders_request);

#define elect_leaders_response_partition_result_FIELDS(S, FIELD)                  \
    FIELD(S, SINCE(0), int32, partition_id, "PartitionId")                        \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)))
WIRE_STRUCT(elect_leaders_response_partition_result);

#define elect_leaders_response_replica_election_result_FIELDS(S, FIELD)  \
    FIELD(S, SINCE(0), string, topic, "Topic")                           \
    FIELD(S, SINCE(0), structs(elect_leaders_response_partition_result), \
        partition_result, "PartitionResult")
WIRE_STRUCT(elect_leaders_response_replica_election_result);

#define elect_leaders_response_FIELDS(S, FIELD)                                 \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")               \
    FIELD(S, SINCE(1), int16, error_code, "ErrorCode")                          \
    FIELD(S, SINCE(0), structs(elect_leaders_response_replica_election_result), \
        replica_election_results, "ReplicaElectionResults")
WIRE_STRUCT(elect_leaders_response);

/* clang-format on */

#endif
