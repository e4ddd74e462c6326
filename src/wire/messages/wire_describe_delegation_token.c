#include "wire_describe_delegation_token.h"

#include "wire_table.h"

WIRE_TABLE(describe_delegation_token_owner, "DescribeDelegationTokenOwner")
WIRE_TABLE(describe_delegation_token_request, "DescribeDelegationTokenRequest")
WIRE_TABLE(describe_delegation_token_described_delegation_token_renewer,
    "DescribedDelegationTokenRenewer")
WIRE_TABLE(describe_delegation_token_response_described_delegation_token,
    "DescribedDelegationToken")
WIRE_TABLE(describe_delegation_token_response, "DescribeDelegationTokenResponse")
