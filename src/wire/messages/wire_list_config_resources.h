/*
 * wire_list_config_resources - ListConfigResources, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_LIST_CONFIG_RESOURCES_H
#define WIRE_LIST_CONFIG_RESOURCES_H

#include "wire_message.h"

/* clang-format off */

#define list_config_resources_request_FIELDS(S, FIELD)               \
    FIELD(S, SINCE(1), array(int8), resource_types, "ResourceTypes")
WIRE_STRUCT(list_config_resources_request);

#define list_config_resources_response_config_resource_FIELDS(S, FIELD)  \
    FIELD(S, SINCE(0), string, resource_name, "ResourceName")            \
    FIELD(S, SINCE(1), int8, resource_type, "ResourceType", DEFAULT(16))
WIRE_STRUCT(list_config_resources_response_config_resource);

#define list_config_resources_response_FIELDS(S, FIELD)                         \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")               \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                          \
    FIELD(S, SINCE(0), structs(list_config_resources_response_config_resource), \
        config_resources, "ConfigResources")
WIRE_STRUCT(list_config_resources_response);

/* clang-format on */

#endif
