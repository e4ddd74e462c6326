#include "wire_create_acls.h"

#include "wire_table.h"

WIRE_TABLE(create_acls_request_acl_creation, "AclCreation")
WIRE_TABLE(create_acls_request, "CreateAclsRequest")
WIRE_TABLE(create_acls_response_acl_creation_result, "AclCreationResult")
WIRE_TABLE(create_acls_response, "CreateAclsResponse")
