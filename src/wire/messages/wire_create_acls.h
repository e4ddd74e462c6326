/*
 * wire_create_acls - CreateAcls, request and response (notation: wire_message.h).
 */
#ifndef WIRE_CREATE_ACLS_H
#define WIRE_CREATE_ACLS_H

#include "wire_message.h"

/* clang-format off */

#define create_acls_request_acl_creation_FIELDS(S, FIELD)                  \
    FIELD(S, SINCE(0), int8, resource_type, "ResourceType")                \
    FIELD(S, SINCE(0), string, resource_name, "ResourceName")              \
    FIELD(S, SINCE(1), int8, resource_pattern_type, "ResourcePatternType", \
        DEFAULT(3))                                                        \
    FIELD(S, SINCE(0), string, principal, "Principal")                     \
    FIELD(S, SINCE(0), string, host, "Host")                               \
    FIELD(S, SINCE(0), int8, operation, "Operation")                       \
    FIELD(S, SINCE(0), int8, permission_type, "PermissionType")
WIRE_STRUCT(create_acls_request_acl_creation);

#define create_acls_request_FIELDS(S, FIELD)                                 \
    FIELD(S, SINCE(0), structs(create_acls_request_acl_creation), creations, \
        "Creations")
WIRE_STRUCT(create_acls_request);

#define create_acls_response_acl_creation_result_FIELDS(S, FIELD)                 \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)))
WIRE_STRUCT(create_acls_response_acl_creation_result);

#define create_acls_response_FIELDS(S, FIELD)                                      \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                  \
    FIELD(S, SINCE(0), structs(create_acls_response_acl_creation_result), results, \
        "Results")
WIRE_STRUCT(create_acls_response);

/* clang-format on */

#endif
