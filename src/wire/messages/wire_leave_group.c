#include "wire_leave_group.h"

#include "wire_table.h"

WIRE_TABLE(leave_group_request_member_identity, "MemberIdentity")
WIRE_TABLE(leave_group_request, "LeaveGroupRequest")
WIRE_TABLE(leave_group_response_member_response, "MemberResponse")
WIRE_TABLE(leave_group_response, "LeaveGroupResponse")
