/*
 * wire_expire_delegation_token - ExpireDelegationToken, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_EXPIRE_DELEGATION_TOKEN_H
#define WIRE_EXPIRE_DELEGATION_TOKEN_H

#include "wire_message.h"

/* clang-format off */

#define expire_delegation_token_request_FIELDS(S, FIELD)                   \
    FIELD(S, SINCE(0), bytes, hmac, "Hmac")                                \
    FIELD(S, SINCE(0), int64, expiry_time_period_ms, "ExpiryTimePeriodMs")
WIRE_STRUCT(expire_delegation_token_request);

#define expire_delegation_token_response_FIELDS(S, FIELD)               \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                  \
    FIELD(S, SINCE(0), int64, expiry_timestamp_ms, "ExpiryTimestampMs") \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")
WIRE_STRUCT(expire_delegation_token_response);

/* clang-format on */

#endif
