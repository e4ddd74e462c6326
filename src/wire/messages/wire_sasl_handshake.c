#include "wire_sasl_handshake.h"

#include "wire_table.h"

WIRE_TABLE(sasl_handshake_request, "SaslHandshakeRequest")
WIRE_TABLE(sasl_handshake_response, "SaslHandshakeResponse")
