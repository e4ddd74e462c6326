/*
 * wire_share_group_heartbeat - ShareGroupHeartbeat, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_SHARE_GROUP_HEARTBEAT_H
#define WIRE_SHARE_GROUP_HEARTBEAT_H

#include "wire_message.h"

/* clang-format off */

#define share_group_heartbeat_request_FIELDS(S, FIELD)                                \
    FIELD(S, SINCE(0), string, group_id, "GroupId")                                   \
    FIELD(S, SINCE(0), string, member_id, "MemberId")                                 \
    FIELD(S, SINCE(0), int32, member_epoch, "MemberEpoch")                            \
    FIELD(S, SINCE(0), string, rack_id, "RackId", NULLABLE(SINCE(0)), DEFAULT_NULL)   \
    FIELD(S, SINCE(0), array(string), subscribed_topic_names, "SubscribedTopicNames", \
        NULLABLE(SINCE(0)), DEFAULT_NULL)
WIRE_STRUCT(share_group_heartbeat_request);

#define share_group_heartbeat_response_topic_partitions_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), uuid, topic_id, "TopicId")                        \
    FIELD(S, SINCE(0), array(int32), partitions, "Partitions")
WIRE_STRUCT(share_group_heartbeat_response_topic_partitions);

#define share_group_heartbeat_response_assignment_FIELDS(S, FIELD)               \
    FIELD(S, SINCE(0), structs(share_group_heartbeat_response_topic_partitions), \
        topic_partitions, "TopicPartitions")
WIRE_STRUCT(share_group_heartbeat_response_assignment);

#define share_group_heartbeat_response_FIELDS(S, FIELD)                           \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                 \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)), \
        DEFAULT_NULL)                                                             \
    FIELD(S, SINCE(0), string, member_id, "MemberId", NULLABLE(SINCE(0)),         \
        DEFAULT_NULL)                                                             \
    FIELD(S, SINCE(0), int32, member_epoch, "MemberEpoch")                        \
    FIELD(S, SINCE(0), int32, heartbeat_interval_ms, "HeartbeatIntervalMs")       \
    FIELD(S, SINCE(0), optional(share_group_heartbeat_response_assignment),       \
        assignment, "Assignment", NULLABLE(SINCE(0)), DEFAULT_NULL)
WIRE_STRUCT(share_group_heartbeat_response);

/* clang-format on */

#endif
