/*
 * wire_delete_acls - DeleteAcls, request and response (notation: wire_message.h).
 */
#ifndef WIRE_DELETE_ACLS_H
#define WIRE_DELETE_ACLS_H

#include "wire_message.h"

/* clang-format off */

#define delete_acls_filter_FIELDS(S, FIELD)                                        \
    FIELD(S, SINCE(0), int8, resource_type_filter, "ResourceTypeFilter")           \
    FIELD(S, SINCE(0), string, resource_name_filter, "ResourceNameFilter",         \
        NULLABLE(SINCE(0)))                                                        \
    FIELD(S, SINCE(1), int8, pattern_type_filter, "PatternTypeFilter", DEFAULT(3)) \
    FIELD(S, SINCE(0), string, principal_filter, "PrincipalFilter",                \
        NULLABLE(SINCE(0)))                                                        \
    FIELD(S, SINCE(0), string, host_filter, "HostFilter", NULLABLE(SINCE(0)))      \
    FIELD(S, SINCE(0), int8, operation, "Operation")                               \
    FIELD(S, SINCE(0), int8, permission_type, "PermissionType")
WIRE_STRUCT(delete_acls_filter);

#define delete_acls_request_FIELDS(S, FIELD)                            \
    FIELD(S, SINCE(0), structs(delete_acls_filter), filters, "Filters")
WIRE_STRUCT(delete_acls_request);

#define delete_acls_matching_acl_FIELDS(S, FIELD)                                 \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0))) \
    FIELD(S, SINCE(0), int8, resource_type, "ResourceType")                       \
    FIELD(S, SINCE(0), string, resource_name, "ResourceName")                     \
    FIELD(S, SINCE(1), int8, pattern_type, "PatternType", DEFAULT(3))             \
    FIELD(S, SINCE(0), string, principal, "Principal")                            \
    FIELD(S, SINCE(0), string, host, "Host")                                      \
    FIELD(S, SINCE(0), int8, operation, "Operation")                              \
    FIELD(S, SINCE(0), int8, permission_type, "PermissionType")
WIRE_STRUCT(delete_acls_matching_acl);

#define delete_acls_filter_result_FIELDS(S, FIELD)                                \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0))) \
    FIELD(S, SINCE(0), structs(delete_acls_matching_acl), matching_acls,          \
        "MatchingAcls")
WIRE_STRUCT(delete_acls_filter_result);

#define delete_acls_response_FIELDS(S, FIELD)                              \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")          \
    FIELD(S, SINCE(0), structs(delete_acls_filter_result), filter_results, \
        "FilterResults")
WIRE_STRUCT(delete_acls_response);

/* clang-format on */

#endif
