/*
 * wire_unregister_broker - UnregisterBroker, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_UNREGISTER_BROKER_H
#define WIRE_UNREGISTER_BROKER_H

#include "wire_message.h"

/* clang-format off */

#define unregister_broker_request_FIELDS(S, FIELD)   \
    FIELD(S, SINCE(0), int32, broker_id, "BrokerId")
WIRE_STRUCT(unregister_broker_request);

#define unregister_broker_response_FIELDS(S, FIELD)                               \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                 \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)))
WIRE_STRUCT(unregister_broker_response);

/* clang-format on */

#endif
