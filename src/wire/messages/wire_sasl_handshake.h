/*
 * wire_sasl_handshake - SaslHandshake, request and response (notation: wire_message.h).
 */
#ifndef WIRE_SASL_HANDSHAKE_H
#define WIRE_SASL_HANDSHAKE_H

#include "wire_message.h"

/* clang-format off */

#define sasl_handshake_request_FIELDS(S, FIELD)        \
    FIELD(S, SINCE(0), string, mechanism, "Mechanism")
WIRE_STRUCT(sasl_handshake_request);

#define sasl_handshake_response_FIELDS(S, FIELD)                \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")          \
    FIELD(S, SINCE(0), array(string), mechanisms, "Mechanisms")
WIRE_STRUCT(sasl_handshake_response);

/* clang-format on */

#endif
