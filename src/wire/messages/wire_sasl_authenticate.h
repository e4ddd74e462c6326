/*
 * wire_sasl_authenticate - SaslAuthenticate, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_SASL_AUTHENTICATE_H
#define WIRE_SASL_AUTHENTICATE_H

#include "wire_message.h"

/* clang-format off */

#define sasl_authenticate_request_FIELDS(S, FIELD)     \
    FIELD(S, SINCE(0), bytes, auth_bytes, "AuthBytes")
WIRE_STRUCT(sasl_authenticate_request);

#define sasl_authenticate_response_FIELDS(S, FIELD)                                 \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                              \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)))   \
    FIELD(S, SINCE(0), bytes, auth_bytes, "AuthBytes")                              \
    FIELD(S, SINCE(1), int64, session_lifetime_ms, "SessionLifetimeMs", DEFAULT(0))
WIRE_STRUCT(sasl_authenticate_response);

/* clang-format on */

#endif
