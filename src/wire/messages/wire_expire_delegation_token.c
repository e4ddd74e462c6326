#include "wire_expire_delegation_token.h"

#include "wire_table.h"

WIRE_TABLE(expire_delegation_token_request, "ExpireDelegationTokenRequest")
WIRE_TABLE(expire_delegation_token_response, "ExpireDelegationTokenResponse")
