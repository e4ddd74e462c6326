#include "wire_list_groups.h"

#include "wire_table.h"

WIRE_TABLE(list_groups_request, "ListGroupsRequest")
WIRE_TABLE(list_groups_response_listed_group, "ListedGroup")
WIRE_TABLE(list_groups_response, "ListGroupsResponse")
