#include "wire_admin.h"

#include "wire_table.h"

WIRE_TABLE(describe_sessions_request, "DescribeSessionsRequest")
WIRE_TABLE(describe_sessions_response_session, "Session")
WIRE_TABLE(describe_sessions_response, "DescribeSessionsResponse")
WIRE_TABLE(end_sessions_request, "EndSessionsRequest")
WIRE_TABLE(end_sessions_response, "EndSessionsResponse")
WIRE_TABLE(status_request, "StatusRequest")
WIRE_TABLE(status_response_process, "Process")
WIRE_TABLE(status_response_listener, "Listener")
WIRE_TABLE(status_response_part, "Part")
WIRE_TABLE(status_response_certificate, "Certificate")
WIRE_TABLE(status_response_policy, "Policy")
WIRE_TABLE(status_response, "StatusResponse")
WIRE_TABLE(reload_request, "ReloadRequest")
WIRE_TABLE(reload_response, "ReloadResponse")
WIRE_TABLE(describe_last_use_request, "DescribeLastUseRequest")
WIRE_TABLE(describe_last_use_response_user, "User")
WIRE_TABLE(describe_last_use_response, "DescribeLastUseResponse")
WIRE_TABLE(record_selftest_request, "RecordSelftestRequest")
WIRE_TABLE(record_selftest_response, "RecordSelftestResponse")
