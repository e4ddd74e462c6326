#include "wire_renew_delegation_token.h"

#include "wire_table.h"

WIRE_TABLE(renew_delegation_token_request, "RenewDelegationTokenRequest")
WIRE_TABLE(renew_delegation_token_response, "RenewDelegationTokenResponse")
