/*
 * wire_sync_group - SyncGroup, request and response (notation: wire_message.h).
 */
#ifndef WIRE_SYNC_GROUP_H
#define WIRE_SYNC_GROUP_H

#include "wire_message.h"

/* clang-format off */

#define sync_group_request_assignment_FIELDS(S, FIELD)  \
    FIELD(S, SINCE(0), string, member_id, "MemberId")   \
    FIELD(S, SINCE(0), bytes, assignment, "Assignment")
WIRE_STRUCT(sync_group_request_assignment);

#define sync_group_request_FIELDS(S, FIELD)                                       \
    FIELD(S, SINCE(0), string, group_id, "GroupId")                               \
    FIELD(S, SINCE(0), int32, generation_id, "GenerationId")                      \
    FIELD(S, SINCE(0), string, member_id, "MemberId")                             \
    FIELD(S, SINCE(3), string, group_instance_id, "GroupInstanceId",              \
        NULLABLE(SINCE(3)), DEFAULT_NULL)                                         \
    FIELD(S, SINCE(5), string, protocol_type, "ProtocolType", NULLABLE(SINCE(5)), \
        DEFAULT_NULL)                                                             \
    FIELD(S, SINCE(5), string, protocol_name, "ProtocolName", NULLABLE(SINCE(5)), \
        DEFAULT_NULL)                                                             \
    FIELD(S, SINCE(0), structs(sync_group_request_assignment), assignments,       \
        "Assignments")
WIRE_STRUCT(sync_group_request);

#define sync_group_response_FIELDS(S, FIELD)                                      \
    FIELD(S, SINCE(1), int32, throttle_time_ms, "ThrottleTimeMs")                 \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(5), string, protocol_type, "ProtocolType", NULLABLE(SINCE(5)), \
        DEFAULT_NULL)                                                             \
    FIELD(S, SINCE(5), string, protocol_name, "ProtocolName", NULLABLE(SINCE(5)), \
        DEFAULT_NULL)                                                             \
    FIELD(S, SINCE(0), bytes, assignment, "Assignment")
WIRE_STRUCT(sync_group_response);

/* clang-format on */

#endif
