#include "wire_describe_groups.h"

#include "wire_table.h"

WIRE_TABLE(describe_groups_request, "DescribeGroupsRequest")
WIRE_TABLE(describe_groups_response_described_group_member, "DescribedGroupMember")
WIRE_TABLE(describe_groups_response_described_group, "DescribedGroup")
WIRE_TABLE(describe_groups_response, "DescribeGroupsResponse")
