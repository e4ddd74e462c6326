#include "wire_create_delegation_token.h"

#include "wire_table.h"

WIRE_TABLE(create_delegation_token_request_creatable_renewers, "CreatableRenewers")
WIRE_TABLE(create_delegation_token_request, "CreateDelegationTokenRequest")
WIRE_TABLE(create_delegation_token_response, "CreateDelegationTokenResponse")
