/*
 * wire_describe_client_quotas - DescribeClientQuotas, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_DESCRIBE_CLIENT_QUOTAS_H
#define WIRE_DESCRIBE_CLIENT_QUOTAS_H

#include "wire_message.h"

/* clang-format off */

#define describe_client_quotas_request_component_data_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, entity_type, "EntityType")              \
    FIELD(S, SINCE(0), int8, match_type, "MatchType")                  \
    FIELD(S, SINCE(0), string, match, "Match", NULLABLE(SINCE(0)))
WIRE_STRUCT(describe_client_quotas_request_component_data);

#define describe_client_quotas_request_FIELDS(S, FIELD)                        \
    FIELD(S, SINCE(0), structs(describe_client_quotas_request_component_data), \
        components, "Components")                                              \
    FIELD(S, SINCE(0), bool, strict, "Strict")
WIRE_STRUCT(describe_client_quotas_request);

#define describe_client_quotas_response_entity_data_FIELDS(S, FIELD)          \
    FIELD(S, SINCE(0), string, entity_type, "EntityType")                     \
    FIELD(S, SINCE(0), string, entity_name, "EntityName", NULLABLE(SINCE(0)))
WIRE_STRUCT(describe_client_quotas_response_entity_data);

#define describe_client_quotas_response_value_data_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, key, "Key")                          \
    FIELD(S, SINCE(0), float64, value, "Value")
WIRE_STRUCT(describe_client_quotas_response_value_data);

#define describe_client_quotas_response_entry_data_FIELDS(S, FIELD)                  \
    FIELD(S, SINCE(0), structs(describe_client_quotas_response_entity_data), entity, \
        "Entity")                                                                    \
    FIELD(S, SINCE(0), structs(describe_client_quotas_response_value_data), values,  \
        "Values")
WIRE_STRUCT(describe_client_quotas_response_entry_data);

#define describe_client_quotas_response_FIELDS(S, FIELD)                             \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                    \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                               \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)))    \
    FIELD(S, SINCE(0), structs(describe_client_quotas_response_entry_data), entries, \
        "Entries", NULLABLE(SINCE(0)))
WIRE_STRUCT(describe_client_quotas_response);

/* clang-format on */

#endif
