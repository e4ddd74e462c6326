/*
 * wire_describe_configs - DescribeConfigs, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_DESCRIBE_CONFIGS_H
#define WIRE_DESCRIBE_CONFIGS_H

#include "wire_message.h"

/* clang-format off */

#define describe_configs_resource_FIELDS(S, FIELD)                             \
    FIELD(S, SINCE(0), int8, resource_type, "ResourceType")                    \
    FIELD(S, SINCE(0), string, resource_name, "ResourceName")                  \
    FIELD(S, SINCE(0), array(string), configuration_keys, "ConfigurationKeys", \
        NULLABLE(SINCE(0)))
WIRE_STRUCT(describe_configs_resource);

#define describe_configs_request_FIELDS(S, FIELD)                                  \
    FIELD(S, SINCE(0), structs(describe_configs_resource), resources, "Resources") \
    FIELD(S, SINCE(1), bool, include_synonyms, "IncludeSynonyms", DEFAULT(false))  \
    FIELD(S, SINCE(3), bool, include_documentation, "IncludeDocumentation",        \
        DEFAULT(false))
WIRE_STRUCT(describe_configs_request);

#define describe_configs_synonym_FIELDS(S, FIELD)                  \
    FIELD(S, SINCE(1), string, name, "Name")                       \
    FIELD(S, SINCE(1), string, value, "Value", NULLABLE(SINCE(0))) \
    FIELD(S, SINCE(1), int8, source, "Source")
WIRE_STRUCT(describe_configs_synonym);

#define describe_configs_resource_result_FIELDS(S, FIELD)                          \
    FIELD(S, SINCE(0), string, name, "Name")                                       \
    FIELD(S, SINCE(0), string, value, "Value", NULLABLE(SINCE(0)))                 \
    FIELD(S, SINCE(0), bool, read_only, "ReadOnly")                                \
    FIELD(S, SINCE(1), int8, config_source, "ConfigSource", DEFAULT(-1))           \
    FIELD(S, SINCE(0), bool, is_sensitive, "IsSensitive")                          \
    FIELD(S, SINCE(1), structs(describe_configs_synonym), synonyms, "Synonyms")    \
    FIELD(S, SINCE(3), int8, config_type, "ConfigType", DEFAULT(0))                \
    FIELD(S, SINCE(3), string, documentation, "Documentation", NULLABLE(SINCE(0)))
WIRE_STRUCT(describe_configs_resource_result);

#define describe_configs_result_FIELDS(S, FIELD)                                      \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                                \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)))     \
    FIELD(S, SINCE(0), int8, resource_type, "ResourceType")                           \
    FIELD(S, SINCE(0), string, resource_name, "ResourceName")                         \
    FIELD(S, SINCE(0), structs(describe_configs_resource_result), configs, "Configs")
WIRE_STRUCT(describe_configs_result);

#define describe_configs_response_FIELDS(S, FIELD)                           \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")            \
    FIELD(S, SINCE(0), structs(describe_configs_result), results, "Results")
WIRE_STRUCT(describe_configs_response);

/* clang-format on */

#endif
