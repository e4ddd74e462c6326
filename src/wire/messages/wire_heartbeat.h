/*
 * wire_heartbeat - Heartbeat, request and response (notation: wire_message.h).
 */
#ifndef WIRE_HEARTBEAT_H
#define WIRE_HEARTBEAT_H

#include "wire_message.h"

/* clang-format off */

#define heartbeat_request_FIELDS(S, FIELD)                           \
    FIELD(S, SINCE(0), string, group_id, "GroupId")                  \
    FIELD(S, SINCE(0), int32, generation_id, "GenerationId")         \
    FIELD(S, SINCE(0), string, member_id, "MemberId")                \
    FIELD(S, SINCE(3), string, group_instance_id, "GroupInstanceId", \
        NULLABLE(SINCE(3)), DEFAULT_NULL)
WIRE_STRUCT(heartbeat_request);

#define heartbeat_response_FIELDS(S, FIELD)                       \
    FIELD(S, SINCE(1), int32, throttle_time_ms, "ThrottleTimeMs") \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")
WIRE_STRUCT(heartbeat_response);

/* clang-format on */

#endif
