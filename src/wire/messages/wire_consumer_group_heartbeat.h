/*
 * wire_consumer_group_heartbeat - ConsumerGroupHeartbeat, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_CONSUMER_GROUP_HEARTBEAT_H
#define WIRE_CONSUMER_GROUP_HEARTBEAT_H

#include "wire_message.h"

/* clang-format off */

#define consumer_group_heartbeat_request_topic_partitions_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), uuid, topic_id, "TopicId")                          \
    FIELD(S, SINCE(0), array(int32), partitions, "Partitions")
WIRE_STRUCT(consumer_group_heartbeat_request_topic_partitions);

#define consumer_group_heartbeat_request_FIELDS(S, FIELD)                             \
    FIELD(S, SINCE(0), string, group_id, "GroupId")                                   \
    FIELD(S, SINCE(0), string, member_id, "MemberId")                                 \
    FIELD(S, SINCE(0), int32, member_epoch, "MemberEpoch")                            \
    FIELD(S, SINCE(0), string, instance_id, "InstanceId", NULLABLE(SINCE(0)),         \
        DEFAULT_NULL)                                                                 \
    FIELD(S, SINCE(0), string, rack_id, "RackId", NULLABLE(SINCE(0)), DEFAULT_NULL)   \
    FIELD(S, SINCE(0), int32, rebalance_timeout_ms, "RebalanceTimeoutMs",             \
        DEFAULT(-1))                                                                  \
    FIELD(S, SINCE(0), array(string), subscribed_topic_names, "SubscribedTopicNames", \
        NULLABLE(SINCE(0)), DEFAULT_NULL)                                             \
    FIELD(S, SINCE(1), string, subscribed_topic_regex, "SubscribedTopicRegex",        \
        NULLABLE(SINCE(1)), DEFAULT_NULL)                                             \
    FIELD(S, SINCE(0), string, server_assignor, "ServerAssignor", NULLABLE(SINCE(0)), \
        DEFAULT_NULL)                                                                 \
    FIELD(S, SINCE(0), structs(consumer_group_heartbeat_request_topic_partitions),    \
        topic_partitions, "TopicPartitions", NULLABLE(SINCE(0)), DEFAULT_NULL)
WIRE_STRUCT(consumer_group_heartbeat_request);

#define consumer_group_heartbeat_response_topic_partitions_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), uuid, topic_id, "TopicId")                           \
    FIELD(S, SINCE(0), array(int32), partitions, "Partitions")
WIRE_STRUCT(consumer_group_heartbeat_response_topic_partitions);

#define consumer_group_heartbeat_response_assignment_FIELDS(S, FIELD)               \
    FIELD(S, SINCE(0), structs(consumer_group_heartbeat_response_topic_partitions), \
        topic_partitions, "TopicPartitions")
WIRE_STRUCT(consumer_group_heartbeat_response_assignment);

#define consumer_group_heartbeat_response_FIELDS(S, FIELD)                        \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                 \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)), \
        DEFAULT_NULL)                                                             \
    FIELD(S, SINCE(0), string, member_id, "MemberId", NULLABLE(SINCE(0)),         \
        DEFAULT_NULL)                                                             \
    FIELD(S, SINCE(0), int32, member_epoch, "MemberEpoch")                        \
    FIELD(S, SINCE(0), int32, heartbeat_interval_ms, "HeartbeatIntervalMs")       \
    FIELD(S, SINCE(0), optional(consumer_group_heartbeat_response_assignment),    \
        assignment, "Assignment", NULLABLE(SINCE(0)), DEFAULT_NULL)
WIRE_STRUCT(consumer_group_heartbeat_response);

/* clang-format on */

#endif
