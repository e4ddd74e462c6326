/*
 * wire_push_telemetry - PushTelemetry, request and response (notation: wire_message.h).
 */
#ifndef WIRE_PUSH_TELEMETRY_H
#define WIRE_PUSH_TELEMETRY_H

#include "wire_message.h"

/* clang-format off */

#define push_telemetry_request_FIELDS(S, FIELD)                      \
    FIELD(S, SINCE(0), uuid, client_instance_id, "ClientInstanceId") \
    FIELD(S, SINCE(0), int32, subscription_id, "SubscriptionId")     \
    FIELD(S, SINCE(0), bool, terminating, "Terminating")             \
    FIELD(S, SINCE(0), int8, compression_type, "CompressionType")    \
    FIELD(S, SINCE(0), bytes, metrics, "Metrics")
WIRE_STRUCT(push_telemetry_request);

#define push_telemetry_response_FIELDS(S, FIELD)                  \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs") \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")
WIRE_STRUCT(push_telemetry_response);

/* clang-format on */

#endif
