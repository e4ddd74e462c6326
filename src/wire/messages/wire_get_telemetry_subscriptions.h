/*
 * wire_get_telemetry_subscriptions - GetTelemetrySubscriptions, request and response
 * (notation: wire_message.h).
 */
#ifndef WIRE_GET_TELEMETRY_SUBSCRIPTIONS_H
#define WIRE_GET_TELEMETRY_SUBSCRIPTIONS_H

#include "wire_message.h"

/* clang-format off */

#define get_telemetry_subscriptions_request_FIELDS(S, FIELD)         \
    FIELD(S, SINCE(0), uuid, client_instance_id, "ClientInstanceId")
WIRE_STRUCT(get_telemetry_subscriptions_request);

#define get_telemetry_subscriptions_response_FIELDS(S, FIELD)                \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")            \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                       \
    FIELD(S, SINCE(0), uuid, client_instance_id, "ClientInstanceId")         \
    FIELD(S, SINCE(0), int32, subscription_id, "SubscriptionId")             \
    FIELD(S, SINCE(0), array(int8), accepted_compression_types,              \
        "AcceptedCompressionTypes")                                          \
    FIELD(S, SINCE(0), int32, push_interval_ms, "PushIntervalMs")            \
    FIELD(S, SINCE(0), int32, telemetry_max_bytes, "TelemetryMaxBytes")      \
    FIELD(S, SINCE(0), bool, delta_temporality, "DeltaTemporality")          \
    FIELD(S, SINCE(0), array(string), requested_metrics, "RequestedMetrics")
WIRE_STRUCT(get_telemetry_subscriptions_response);

/* clang-format on */

#endif
