#include "wire_get_telemetry_subscriptions.h"

#include "wire_table.h"

WIRE_TABLE(get_telemetry_subscriptions_request, "GetTelemetrySubscriptionsRequest")
WIRE_TABLE(get_telemetry_subscriptions_response, "GetTelemetrySubscriptionsResponse")
