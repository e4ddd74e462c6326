/*
 * wire_find_coordinator - FindCoordinator, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_FIND_COORDINATOR_H
#define WIRE_FIND_COORDINATOR_H

#include "wire_message.h"

/* clang-format off */

#define find_coordinator_request_FIELDS(S, FIELD)                               \
    FIELD(S, BETWEEN(0, 3), string, key, "Key")                                 \
    FIELD(S, SINCE(1),      int8, key_type, "KeyType", DEFAULT(0))              \
    FIELD(S, SINCE(4),      array(string), coordinator_keys, "CoordinatorKeys")
WIRE_STRUCT(find_coordinator_request);

#define find_coordinator_response_coordinator_FIELDS(S, FIELD)                    \
    FIELD(S, SINCE(4), string, key, "Key")                                        \
    FIELD(S, SINCE(4), int32, node_id, "NodeId")                                  \
    FIELD(S, SINCE(4), string, host, "Host")                                      \
    FIELD(S, SINCE(4), int32, port, "Port")                                       \
    FIELD(S, SINCE(4), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(4), string, error_message, "ErrorMessage", NULLABLE(SINCE(4)))
WIRE_STRUCT(find_coordinator_response_coordinator);

#define find_coordinator_response_FIELDS(S, FIELD)                          \
    FIELD(S, SINCE(1),      int32, throttle_time_ms, "ThrottleTimeMs")      \
    FIELD(S, BETWEEN(0, 3), int16, error_code, "ErrorCode")                 \
    FIELD(S, BETWEEN(1, 3), string, error_message, "ErrorMessage",          \
        NULLABLE(BETWEEN(1, 3)))                                            \
    FIELD(S, BETWEEN(0, 3), int32, node_id, "NodeId")                       \
    FIELD(S, BETWEEN(0, 3), string, host, "Host")                           \
    FIELD(S, BETWEEN(0, 3), int32, port, "Port")                            \
    FIELD(S, SINCE(4),      structs(find_coordinator_response_coordinator), \
        coordinators, "Coordinators")
WIRE_STRUCT(find_coordinator_response);

/* clang-format on */

#endif
