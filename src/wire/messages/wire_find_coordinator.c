#include "wire_find_coordinator.h"

#include "wire_table.h"

WIRE_TABLE(find_coordinator_request, "FindCoordinatorRequest")
WIRE_TABLE(find_coordinator_response_coordinator, "Coordinator")
WIRE_TABLE(find_coordinator_response, "FindCoordinatorResponse")
