#include "wire_delete_groups.h"

#include "wire_table.h"

WIRE_TABLE(delete_groups_request, "DeleteGroupsRequest")
WIRE_TABLE(delete_groups_response_deletable_group_result, "DeletableGroupResult")
WIRE_TABLE(delete_groups_response, "DeleteGroupsResponse")
