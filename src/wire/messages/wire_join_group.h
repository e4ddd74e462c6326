/*
 * wire_join_group - JoinGroup, request and response (notation: wire_message.h).
 */
#ifndef WIRE_JOIN_GROUP_H
#define WIRE_JOIN_GROUP_H

#include "wire_message.h"

/* clang-format off */

#define join_group_request_protocol_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, name, "Name")         \
    FIELD(S, SINCE(0), bytes, metadata, "Metadata")
WIRE_STRUCT(join_group_request_protocol);

#define join_group_request_FIELDS(S, FIELD)                                          \
    FIELD(S, SINCE(0), string, group_id, "GroupId")                                  \
    FIELD(S, SINCE(0), int32, session_timeout_ms, "SessionTimeoutMs")                \
    FIELD(S, SINCE(1), int32, rebalance_timeout_ms, "RebalanceTimeoutMs",            \
        DEFAULT(-1))                                                                 \
    FIELD(S, SINCE(0), string, member_id, "MemberId")                                \
    FIELD(S, SINCE(5), string, group_instance_id, "GroupInstanceId",                 \
        NULLABLE(SINCE(5)), DEFAULT_NULL)                                            \
    FIELD(S, SINCE(0), string, protocol_type, "ProtocolType")                        \
    FIELD(S, SINCE(0), structs(join_group_request_protocol), protocols, "Protocols") \
    FIELD(S, SINCE(8), string, reason, "Reason", NULLABLE(SINCE(8)), DEFAULT_NULL)
WIRE_STRUCT(join_group_request);

#define join_group_response_member_FIELDS(S, FIELD)                  \
    FIELD(S, SINCE(0), string, member_id, "MemberId")                \
    FIELD(S, SINCE(5), string, group_instance_id, "GroupInstanceId", \
        NULLABLE(SINCE(5)), DEFAULT_NULL)                            \
    FIELD(S, SINCE(0), bytes, metadata, "Metadata")
WIRE_STRUCT(join_group_response_member);

#define join_group_response_FIELDS(S, FIELD)                                      \
    FIELD(S, SINCE(2), int32, throttle_time_ms, "ThrottleTimeMs")                 \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), int32, generation_id, "GenerationId", DEFAULT(-1))         \
    FIELD(S, SINCE(7), string, protocol_type, "ProtocolType", NULLABLE(SINCE(7)), \
        DEFAULT_NULL)                                                             \
    FIELD(S, SINCE(0), string, protocol_name, "ProtocolName", NULLABLE(SINCE(7))) \
    FIELD(S, SINCE(0), string, leader, "Leader")                                  \
    FIELD(S, SINCE(9), bool, skip_assignment, "SkipAssignment", DEFAULT(false))   \
    FIELD(S, SINCE(0), string, member_id, "MemberId")                             \
    FIELD(S, SINCE(0), structs(join_group_response_member), members, "Members")
WIRE_STRUCT(join_group_response);

/* clang-format on */

#endif
