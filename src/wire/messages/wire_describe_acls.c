#include "wire_describe_acls.h"

#include "wire_table.h"

WIRE_TABLE(describe_acls_request, "DescribeAclsRequest")
WIRE_TABLE(describe_acls_response_acl_description, "AclDescription")
WIRE_TABLE(describe_acls_resource, "DescribeAclsResource")
WIRE_TABLE(describe_acls_response, "DescribeAclsResponse")
