/*
 * wire_api_versions - ApiVersions, request and response (notation: wire_message.h).
 */
#ifndef WIRE_API_VERSIONS_H
#define WIRE_API_VERSIONS_H

#include "wire_message.h"

/* clang-format off */

#define api_versions_request_FIELDS(S, FIELD)                                    \
    FIELD(S, SINCE(3), string, client_software_name, "ClientSoftwareName")       \
    FIELD(S, SINCE(3), string, client_software_version, "ClientSoftwareVersion")
WIRE_STRUCT(api_versions_request);

#define api_versions_response_api_version_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), int16, api_key, "ApiKey")           \
    FIELD(S, SINCE(0), int16, min_version, "MinVersion")   \
    FIELD(S, SINCE(0), int16, max_version, "MaxVersion")
WIRE_STRUCT(api_versions_response_api_version);

#define api_versions_response_supported_feature_key_FIELDS(S, FIELD) \
    FIELD(S, SINCE(3), string, name, "Name")                         \
    FIELD(S, SINCE(3), int16, min_version, "MinVersion")             \
    FIELD(S, SINCE(3), int16, max_version, "MaxVersion")
WIRE_STRUCT(api_versions_response_supported_feature_key);

#define api_versions_response_finalized_feature_key_FIELDS(S, FIELD) \
    FIELD(S, SINCE(3), string, name, "Name")                         \
    FIELD(S, SINCE(3), int16, max_version_level, "MaxVersionLevel")  \
    FIELD(S, SINCE(3), int16, min_version_level, "MinVersionLevel")
WIRE_STRUCT(api_versions_response_finalized_feature_key);

#define api_versions_response_FIELDS(S, FIELD)                                    \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), structs(api_versions_response_api_version), api_keys,      \
        "ApiKeys")                                                                \
    FIELD(S, SINCE(1), int32, throttle_time_ms, "ThrottleTimeMs")                 \
    FIELD(S, SINCE(3), structs(api_versions_response_supported_feature_key),      \
        supported_features, "SupportedFeatures", TAGGED(0, SINCE(3)))             \
    FIELD(S, SINCE(3), int64, finalized_features_epoch, "FinalizedFeaturesEpoch", \
        TAGGED(1, SINCE(3)), DEFAULT(-1))                                         \
    FIELD(S, SINCE(3), structs(api_versions_response_finalized_feature_key),      \
        finalized_features, "FinalizedFeatures", TAGGED(2, SINCE(3)))             \
    FIELD(S, SINCE(3), bool, zk_migration_ready, "ZkMigrationReady",              \
        TAGGED(3, SINCE(3)), DEFAULT(false))
WIRE_STRUCT(api_versions_response);

/* clang-format on */

#endif
