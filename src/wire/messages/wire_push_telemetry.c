#include "wire_push_telemetry.h"

#include "wire_table.h"

WIRE_TABLE(push_telemetry_request, "PushTelemetryRequest")
WIRE_TABLE(push_telemetry_response, "PushTelemetryResponse")
