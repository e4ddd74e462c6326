#include "wire_heartbeat.h"

#include "wire_table.h"

WIRE_TABLE(heartbeat_request, "HeartbeatRequest")
WIRE_TABLE(heartbeat_response, "HeartbeatResponse")
