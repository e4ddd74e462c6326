/*
 * wire_create_delegation_token - CreateDelegationToken, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_CREATE_DELEGATION_TOKEN_H
#define WIRE_CREATE_DELEGATION_TOKEN_H

#include "wire_message.h"

/* clang-format off */

#define create_delegation_token_request_creatable_renewers_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, principal_type, "PrincipalType")             \
    FIELD(S, SINCE(0), string, principal_name, "PrincipalName")
WIRE_STRUCT(create_delegation_token_request_creatable_renewers);

#define create_delegation_token_request_FIELDS(S, FIELD)                            \
    FIELD(S, SINCE(3), string, owner_principal_type, "OwnerPrincipalType",          \
        NULLABLE(SINCE(3)))                                                         \
    FIELD(S, SINCE(3), string, owner_principal_name, "OwnerPrincipalName",          \
        NULLABLE(SINCE(3)))                                                         \
    FIELD(S, SINCE(0), structs(create_delegation_token_request_creatable_renewers), \
        renewers, "Renewers")                                                       \
    FIELD(S, SINCE(0), int64, max_lifetime_ms, "MaxLifetimeMs")
WIRE_STRUCT(create_delegation_token_request);

#define create_delegation_token_response_FIELDS(S, FIELD)               \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                  \
    FIELD(S, SINCE(0), string, principal_type, "PrincipalType")         \
    FIELD(S, SINCE(0), string, principal_name, "PrincipalName")         \
    FIELD(S, SINCE(3), string, token_requester_principal_type,          \
        "TokenRequesterPrincipalType")                                  \
    FIELD(S, SINCE(3), string, token_requester_principal_name,          \
        "TokenRequesterPrincipalName")                                  \
    FIELD(S, SINCE(0), int64, issue_timestamp_ms, "IssueTimestampMs")   \
    FIELD(S, SINCE(0), int64, expiry_timestamp_ms, "ExpiryTimestampMs") \
    FIELD(S, SINCE(0), int64, max_timestamp_ms, "MaxTimestampMs")       \
    FIELD(S, SINCE(0), string, token_id, "TokenId")                     \
    FIELD(S, SINCE(0), bytes, hmac, "Hmac")                             \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")
WIRE_STRUCT(create_delegation_token_response);

/* clang-format on */

#endif
