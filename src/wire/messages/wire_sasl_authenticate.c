#include "wire_sasl_authenticate.h"

#include "wire_table.h"

WIRE_TABLE(sasl_authenticate_request, "SaslAuthenticateRequest")
WIRE_TABLE(sasl_authenticate_response, "SaslAuthenticateResponse")
