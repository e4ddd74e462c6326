/*
 * wire_leave_group - LeaveGroup, request and response (notation: wire_message.h).
 */
#ifndef WIRE_LEAVE_GROUP_H
#define WIRE_LEAVE_GROUP_H

#include "wire_message.h"

/* clang-format off */

#define leave_group_request_member_identity_FIELDS(S, FIELD)                       \
    FIELD(S, SINCE(3), string, member_id, "MemberId")                              \
    FIELD(S, SINCE(3), string, group_instance_id, "GroupInstanceId",               \
        NULLABLE(SINCE(3)), DEFAULT_NULL)                                          \
    FIELD(S, SINCE(5), string, reason, "Reason", NULLABLE(SINCE(5)), DEFAULT_NULL)
WIRE_STRUCT(leave_group_request_member_identity);

#define leave_group_request_FIELDS(S, FIELD)                                       \
    FIELD(S, SINCE(0),      string, group_id, "GroupId")                           \
    FIELD(S, BETWEEN(0, 2), string, member_id, "MemberId")                         \
    FIELD(S, SINCE(3),      structs(leave_group_request_member_identity), members, \
        "Members")
WIRE_STRUCT(leave_group_request);

#define leave_group_response_member_response_FIELDS(S, FIELD)        \
    FIELD(S, SINCE(3), string, member_id, "MemberId")                \
    FIELD(S, SINCE(3), string, group_instance_id, "GroupInstanceId", \
        NULLABLE(SINCE(3)))                                          \
    FIELD(S, SINCE(3), int16, error_code, "ErrorCode")
WIRE_STRUCT(leave_group_response_member_response);

#define leave_group_response_FIELDS(S, FIELD)                                  \
    FIELD(S, SINCE(1), int32, throttle_time_ms, "ThrottleTimeMs")              \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                         \
    FIELD(S, SINCE(3), structs(leave_group_response_member_response), members, \
        "Members")
WIRE_STRUCT(leave_group_response);

/* clang-format on */

#endif
