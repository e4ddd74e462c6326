/*
 * wire_alter_client_quotas - AlterClientQuotas, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_ALTER_CLIENT_QUOTAS_H
#define WIRE_ALTER_CLIENT_QUOTAS_H

#include "wire_message.h"

/* clang-format off */

#define alter_client_quotas_request_entity_data_FIELDS(S, FIELD)              \
    FIELD(S, SINCE(0), string, entity_type, "EntityType")                     \
    FIELD(S, SINCE(0), string, entity_name, "EntityName", NULLABLE(SINCE(0)))
WIRE_STRUCT(alter_client_quotas_request_entity_data);

#define alter_client_quotas_request_op_data_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, key, "Key")                   \
    FIELD(S, SINCE(0), float64, value, "Value")              \
    FIELD(S, SINCE(0), bool, remove, "Remove")
WIRE_STRUCT(alter_client_quotas_request_op_data);

#define alter_client_quotas_request_entry_data_FIELDS(S, FIELD)                  \
    FIELD(S, SINCE(0), structs(alter_client_quotas_request_entity_data), entity, \
        "Entity")                                                                \
    FIELD(S, SINCE(0), structs(alter_client_quotas_request_op_data), ops, "Ops")
WIRE_STRUCT(alter_client_quotas_request_entry_data);

#define alter_client_quotas_request_FIELDS(S, FIELD)                             \
    FIELD(S, SINCE(0), structs(alter_client_quotas_request_entry_data), entries, \
        "Entries")                                                               \
    FIELD(S, SINCE(0), bool, validate_only, "ValidateOnly")
WIRE_STRUCT(alter_client_quotas_request);

#define alter_client_quotas_response_entity_data_FIELDS(S, FIELD)             \
    FIELD(S, SINCE(0), string, entity_type, "EntityType")                     \
    FIELD(S, SINCE(0), string, entity_name, "EntityName", NULLABLE(SINCE(0)))
WIRE_STRUCT(alter_client_quotas_response_entity_data);

#define alter_client_quotas_response_entry_data_FIELDS(S, FIELD)                  \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0))) \
    FIELD(S, SINCE(0), structs(alter_client_quotas_response_entity_data), entity, \
        "Entity")
WIRE_STRUCT(alter_client_quotas_response_entry_data);

#define alter_client_quotas_response_FIELDS(S, FIELD)                             \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                 \
    FIELD(S, SINCE(0), structs(alter_client_quotas_response_entry_data), entries, \
        "Entries")
WIRE_STRUCT(alter_client_quotas_response);

/* clang-format on */

#endif
