#include "wire_join_group.h"

#include "wire_table.h"

WIRE_TABLE(join_group_request_protocol, "JoinGroupRequestProtocol")
WIRE_TABLE(join_group_request, "JoinGroupRequest")
WIRE_TABLE(join_group_response_member, "JoinGroupResponseMember")
WIRE_TABLE(join_group_response, "JoinGroupResponse")
