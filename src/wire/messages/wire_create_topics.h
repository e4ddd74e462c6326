/*
 * wire_create_topics - CreateTopics, request and response (notation: wire_message.h).
 */
#ifndef WIRE_CREATE_TOPICS_H
#define WIRE_CREATE_TOPICS_H

#include "wire_message.h"

/* clang-format off */

#define create_topics_request_creatable_replica_assignment_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")            \
    FIELD(S, SINCE(0), array(int32), broker_ids, "BrokerIds")
WIRE_STRUCT(create_topics_request_creatable_replica_assignment);

#define create_topics_request_creatable_topic_config_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, name, "Name")                          \
    FIELD(S, SINCE(0), string, value, "Value", NULLABLE(SINCE(0)))
WIRE_STRUCT(create_topics_request_creatable_topic_config);

#define create_topics_request_creatable_topic_FIELDS(S, FIELD)                      \
    FIELD(S, SINCE(0), string, name, "Name")                                        \
    FIELD(S, SINCE(0), int32, num_partitions, "NumPartitions")                      \
    FIELD(S, SINCE(0), int16, replication_factor, "ReplicationFactor")              \
    FIELD(S, SINCE(0), structs(create_topics_request_creatable_replica_assignment), \
        assignments, "Assignments")                                                 \
    FIELD(S, SINCE(0), structs(create_topics_request_creatable_topic_config),       \
        configs, "Configs")
WIRE_STRUCT(create_topics_request_creatable_topic);

#define create_topics_request_FIELDS(S, FIELD)                                 \
    FIELD(S, SINCE(0), structs(create_topics_request_creatable_topic), topics, \
        "Topics")                                                              \
    FIELD(S, SINCE(0), int32, timeout_ms, "timeoutMs", DEFAULT(60000))         \
    FIELD(S, SINCE(1), bool, validate_only, "validateOnly", DEFAULT(false))
WIRE_STRUCT(create_topics_request);

#define create_topics_response_creatable_topic_configs_FIELDS(S, FIELD)  \
    FIELD(S, SINCE(5), string, name, "Name")                             \
    FIELD(S, SINCE(5), string, value, "Value", NULLABLE(SINCE(5)))       \
    FIELD(S, SINCE(5), bool, read_only, "ReadOnly")                      \
    FIELD(S, SINCE(5), int8, config_source, "ConfigSource", DEFAULT(-1)) \
    FIELD(S, SINCE(5), bool, is_sensitive, "IsSensitive")
WIRE_STRUCT(create_topics_response_creatable_topic_configs);

#define create_topics_response_creatable_topic_result_FIELDS(S, FIELD)              \
    FIELD(S, SINCE(0), string, name, "Name")                                        \
    FIELD(S, SINCE(7), uuid, topic_id, "TopicId")                                   \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                              \
    FIELD(S, SINCE(1), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)))   \
    FIELD(S, SINCE(5), int16, topic_config_error_code, "TopicConfigErrorCode",      \
        TAGGED(0, SINCE(5)))                                                        \
    FIELD(S, SINCE(5), int32, num_partitions, "NumPartitions", DEFAULT(-1))         \
    FIELD(S, SINCE(5), int16, replication_factor, "ReplicationFactor", DEFAULT(-1)) \
    FIELD(S, SINCE(5), structs(create_topics_response_creatable_topic_configs),     \
        configs, "Configs", NULLABLE(SINCE(5)))
WIRE_STRUCT(create_topics_response_creatable_topic_result);

#define create_topics_response_FIELDS(S, FIELD)                                \
    FIELD(S, SINCE(2), int32, throttle_time_ms, "ThrottleTimeMs")              \
    FIELD(S, SINCE(0), structs(create_topics_response_creatable_topic_result), \
        topics, "Topics")
WIRE_STRUCT(create_topics_response);

/* clang-format on */

#endif
