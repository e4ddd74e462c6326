#include "wire_sync_group.h"

#include "wire_table.h"

WIRE_TABLE(sync_group_request_assignment, "SyncGroupRequestAssignment")
WIRE_TABLE(sync_group_request, "SyncGroupRequest")
WIRE_TABLE(sync_group_response, "SyncGroupResponse")
