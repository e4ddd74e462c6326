/*
 * wire_describe_acls - DescribeAcls, request and response (notation: wire_message.h).
 */
#ifndef WIRE_DESCRIBE_ACLS_H
#define WIRE_DESCRIBE_ACLS_H

#include "wire_message.h"

/* clang-format off */

#define describe_acls_request_FIELDS(S, FIELD)                                     \
    FIELD(S, SINCE(0), int8, resource_type_filter, "ResourceTypeFilter")           \
    FIELD(S, SINCE(0), string, resource_name_filter, "ResourceNameFilter",         \
        NULLABLE(SINCE(0)))                                                        \
    FIELD(S, SINCE(1), int8, pattern_type_filter, "PatternTypeFilter", DEFAULT(3)) \
    FIELD(S, SINCE(0), string, principal_filter, "PrincipalFilter",                \
        NULLABLE(SINCE(0)))                                                        \
    FIELD(S, SINCE(0), string, host_filter, "HostFilter", NULLABLE(SINCE(0)))      \
    FIELD(S, SINCE(0), int8, operation, "Operation")                               \
    FIELD(S, SINCE(0), int8, permission_type, "PermissionType")
WIRE_STRUCT(describe_acls_request);

#define describe_acls_response_acl_description_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, principal, "Principal")          \
    FIELD(S, SINCE(0), string, host, "Host")                    \
    FIELD(S, SINCE(0), int8, operation, "Operation")            \
    FIELD(S, SINCE(0), int8, permission_type, "PermissionType")
WIRE_STRUCT(describe_acls_response_acl_description);

#define describe_acls_resource_FIELDS(S, FIELD)                                       \
    FIELD(S, SINCE(0), int8, resource_type, "ResourceType")                           \
    FIELD(S, SINCE(0), string, resource_name, "ResourceName")                         \
    FIELD(S, SINCE(1), int8, pattern_type, "PatternType", DEFAULT(3))                 \
    FIELD(S, SINCE(0), structs(describe_acls_response_acl_description), acls, "Acls")
WIRE_STRUCT(describe_acls_resource);

#define describe_acls_response_FIELDS(S, FIELD)                                   \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                 \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0))) \
    FIELD(S, SINCE(0), structs(describe_acls_resource), resources, "Resources")
WIRE_STRUCT(describe_acls_response);

/* clang-format on */

#endif
