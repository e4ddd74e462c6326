/*
 * wire_alter_configs - AlterConfigs, request and response (notation: wire_message.h).
 */
#ifndef WIRE_ALTER_CONFIGS_H
#define WIRE_ALTER_CONFIGS_H

#include "wire_message.h"

/* clang-format off */

#define alter_configs_request_alterable_config_FIELDS(S, FIELD)    \
    FIELD(S, SINCE(0), string, name, "Name")                       \
    FIELD(S, SINCE(0), string, value, "Value", NULLABLE(SINCE(0)))
WIRE_STRUCT(alter_configs_request_alterable_config);

#define alter_configs_resource_FIELDS(S, FIELD)                                  \
    FIELD(S, SINCE(0), int8, resource_type, "ResourceType")                      \
    FIELD(S, SINCE(0), string, resource_name, "ResourceName")                    \
    FIELD(S, SINCE(0), structs(alter_configs_request_alterable_config), configs, \
        "Configs")
WIRE_STRUCT(alter_configs_resource);

#define alter_configs_request_FIELDS(S, FIELD)                                  \
    FIELD(S, SINCE(0), structs(alter_configs_resource), resources, "Resources") \
    FIELD(S, SINCE(0), bool, validate_only, "ValidateOnly")
WIRE_STRUCT(alter_configs_request);

#define alter_configs_resource_response_FIELDS(S, FIELD)                          \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0))) \
    FIELD(S, SINCE(0), int8, resource_type, "ResourceType")                       \
    FIELD(S, SINCE(0), string, resource_name, "ResourceName")
WIRE_STRUCT(alter_configs_resource_response);

#define alter_configs_response_FIELDS(S, FIELD)                             \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")           \
    FIELD(S, SINCE(0), structs(alter_configs_resource_response), responses, \
        "Responses")
WIRE_STRUCT(alter_configs_response);

/* clang-format on */

#endif
