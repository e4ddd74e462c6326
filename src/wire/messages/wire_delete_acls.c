#include "wire_delete_acls.h"

#include "wire_table.h"

WIRE_TABLE(delete_acls_filter, "DeleteAclsFilter")
WIRE_TABLE(delete_acls_request, "DeleteAclsRequest")
WIRE_TABLE(delete_acls_matching_acl, "DeleteAclsMatchingAcl")
WIRE_TABLE(delete_acls_filter_result, "DeleteAclsFilterResult")
WIRE_TABLE(delete_acls_response, "DeleteAclsResponse")
