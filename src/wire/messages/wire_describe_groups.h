/*
 * wire_describe_groups - DescribeGroups, request and response (notation: wire_message.h).
 */
#ifndef WIRE_DESCRIBE_GROUPS_H
#define WIRE_DESCRIBE_GROUPS_H

#include "wire_message.h"

/* clang-format off */

#define describe_groups_request_FIELDS(S, FIELD)            \
    FIELD(S, SINCE(0), array(string), groups, "Groups")     \
    FIELD(S, SINCE(3), bool, include_authorized_operations, \
        "IncludeAuthorizedOperations")
WIRE_STRUCT(describe_groups_request);

#define describe_groups_response_described_group_member_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, member_id, "MemberId")                    \
    FIELD(S, SINCE(4), string, group_instance_id, "GroupInstanceId",     \
        NULLABLE(SINCE(4)), DEFAULT_NULL)                                \
    FIELD(S, SINCE(0), string, client_id, "ClientId")                    \
    FIELD(S, SINCE(0), string, client_host, "ClientHost")                \
    FIELD(S, SINCE(0), bytes, member_metadata, "MemberMetadata")         \
    FIELD(S, SINCE(0), bytes, member_assignment, "MemberAssignment")
WIRE_STRUCT(describe_groups_response_described_group_member);

#define describe_groups_response_described_group_FIELDS(S, FIELD)                 \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(6), string, error_message, "ErrorMessage", NULLABLE(SINCE(6)), \
        DEFAULT_NULL)                                                             \
    FIELD(S, SINCE(0), string, group_id, "GroupId")                               \
    FIELD(S, SINCE(0), string, group_state, "GroupState")                         \
    FIELD(S, SINCE(0), string, protocol_type, "ProtocolType")                     \
    FIELD(S, SINCE(0), string, protocol_data, "ProtocolData")                     \
    FIELD(S, SINCE(0), structs(describe_groups_response_described_group_member),  \
        members, "Members")                                                       \
    FIELD(S, SINCE(3), int32, authorized_operations, "AuthorizedOperations",      \
        DEFAULT(INT32_MIN))
WIRE_STRUCT(describe_groups_response_described_group);

#define describe_groups_response_FIELDS(S, FIELD)                                 \
    FIELD(S, SINCE(1), int32, throttle_time_ms, "ThrottleTimeMs")                 \
    FIELD(S, SINCE(0), structs(describe_groups_response_described_group), groups, \
        "Groups")
WIRE_STRUCT(describe_groups_response);

/* clang-format on */

#endif
