/*
 * wire_consumer_group_describe - ConsumerGroupDescribe, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_CONSUMER_GROUP_DESCRIBE_H
#define WIRE_CONSUMER_GROUP_DESCRIBE_H

#include "wire_message.h"

/* clang-format off */

#define consumer_group_describe_request_FIELDS(S, FIELD)     \
    FIELD(S, SINCE(0), array(string), group_ids, "GroupIds") \
    FIELD(S, SINCE(0), bool, include_authorized_operations,  \
        "IncludeAuthorizedOperations")
WIRE_STRUCT(consumer_group_describe_request);

#define consumer_group_describe_response_topic_partitions_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), uuid, topic_id, "TopicId")                          \
    FIELD(S, SINCE(0), string, topic_name, "TopicName")                    \
    FIELD(S, SINCE(0), array(int32), partitions, "Partitions")
WIRE_STRUCT(consumer_group_describe_response_topic_partitions);

#define consumer_group_describe_response_assignment_FIELDS(S, FIELD)               \
    FIELD(S, SINCE(0), structs(consumer_group_describe_response_topic_partitions), \
        topic_partitions, "TopicPartitions")
WIRE_STRUCT(consumer_group_describe_response_assignment);

#define consumer_group_describe_response_member_FIELDS(S, FIELD)                      \
    FIELD(S, SINCE(0), string, member_id, "MemberId")                                 \
    FIELD(S, SINCE(0), string, instance_id, "InstanceId", NULLABLE(SINCE(0)),         \
        DEFAULT_NULL)                                                                 \
    FIELD(S, SINCE(0), string, rack_id, "RackId", NULLABLE(SINCE(0)), DEFAULT_NULL)   \
    FIELD(S, SINCE(0), int32, member_epoch, "MemberEpoch")                            \
    FIELD(S, SINCE(0), string, client_id, "ClientId")                                 \
    FIELD(S, SINCE(0), string, client_host, "ClientHost")                             \
    FIELD(S, SINCE(0), array(string), subscribed_topic_names, "SubscribedTopicNames") \
    FIELD(S, SINCE(0), string, subscribed_topic_regex, "SubscribedTopicRegex",        \
        NULLABLE(SINCE(0)), DEFAULT_NULL)                                             \
    FIELD(S, SINCE(0), structure(consumer_group_describe_response_assignment),        \
        assignment, "Assignment")                                                     \
    FIELD(S, SINCE(0), structure(consumer_group_describe_response_assignment),        \
        target_assignment, "TargetAssignment")                                        \
    FIELD(S, SINCE(1), int8, member_type, "MemberType", DEFAULT(-1))
WIRE_STRUCT(consumer_group_describe_response_member);

#define consumer_group_describe_response_described_group_FIELDS(S, FIELD)         \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)), \
        DEFAULT_NULL)                                                             \
    FIELD(S, SINCE(0), string, group_id, "GroupId")                               \
    FIELD(S, SINCE(0), string, group_state, "GroupState")                         \
    FIELD(S, SINCE(0), int32, group_epoch, "GroupEpoch")                          \
    FIELD(S, SINCE(0), int32, assignment_epoch, "AssignmentEpoch")                \
    FIELD(S, SINCE(0), string, assignor_name, "AssignorName")                     \
    FIELD(S, SINCE(0), structs(consumer_group_describe_response_member), members, \
        "Members")                                                                \
    FIELD(S, SINCE(0), int32, authorized_operations, "AuthorizedOperations",      \
        DEFAULT(INT32_MIN))
WIRE_STRUCT(consumer_group_describe_response_described_group);

#define consumer_group_describe_response_FIELDS(S, FIELD)                         \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                 \
    FIELD(S, SINCE(0), structs(consumer_group_describe_response_described_group), \
        groups, "Groups")
WIRE_STRUCT(consumer_group_describe_response);

/* clang-format on */

#endif
