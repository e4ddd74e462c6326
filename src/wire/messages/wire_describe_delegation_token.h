/*
 * wire_describe_delegation_token - DescribeDelegationToken, request and response
 * (notation: wire_message.h).
 */
#ifndef WIRE_DESCRIBE_DELEGATION_TOKEN_H
#define WIRE_DESCRIBE_DELEGATION_TOKEN_H

#include "wire_message.h"

/* clang-format off */

#define describe_delegation_token_owner_FIELDS(S, FIELD)        \
    FIELD(S, SINCE(0), string, principal_type, "PrincipalType") \
    FIELD(S, SINCE(0), string, principal_name, "PrincipalName")
WIRE_STRUCT(describe_delegation_token_owner);

#define describe_delegation_token_request_FIELDS(S, FIELD)                         \
    FIELD(S, SINCE(0), structs(describe_delegation_token_owner), owners, "Owners", \
        NULLABLE(SINCE(0)))
WIRE_STRUCT(describe_delegation_token_request);

#define describe_delegation_token_described_delegation_token_renewer_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, principal_type, "PrincipalType")                       \
    FIELD(S, SINCE(0), string, principal_name, "PrincipalName")
WIRE_STRUCT(describe_delegation_token_described_delegation_token_renewer);

#define describe_delegation_token_response_described_delegation_token_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, principal_type, "PrincipalType")                        \
    FIELD(S, SINCE(0), string, principal_name, "PrincipalName")                        \
    FIELD(S, SINCE(3), string, token_requester_principal_type,                         \
        "TokenRequesterPrincipalType")                                                 \
    FIELD(S, SINCE(3), string, token_requester_principal_name,                         \
        "TokenRequesterPrincipalName")                                                 \
    FIELD(S, SINCE(0), int64, issue_timestamp, "IssueTimestamp")                       \
    FIELD(S, SINCE(0), int64, expiry_timestamp, "ExpiryTimestamp")                     \
    FIELD(S, SINCE(0), int64, max_timestamp, "MaxTimestamp")                           \
    FIELD(S, SINCE(0), string, token_id, "TokenId")                                    \
    FIELD(S, SINCE(0), bytes, hmac, "Hmac")                                            \
    FIELD(S, SINCE(0),                                                                 \
        structs(describe_delegation_token_described_delegation_token_renewer),         \
        renewers, "Renewers")
WIRE_STRUCT(describe_delegation_token_response_described_delegation_token);

#define describe_delegation_token_response_FIELDS(S, FIELD)                     \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                          \
    FIELD(S, SINCE(0),                                                          \
        structs(describe_delegation_token_response_described_delegation_token), \
        tokens, "Tokens")                                                       \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")
WIRE_STRUCT(describe_delegation_token_response);

/* clang-format on */

#endif
