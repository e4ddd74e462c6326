/*
 * wire_update_features - UpdateFeatures, request and response (notation: wire_message.h).
 */
#ifndef WIRE_UPDATE_FEATURES_H
#define WIRE_UPDATE_FEATURES_H

#include "wire_message.h"

/* clang-format off */

#define update_features_request_feature_update_key_FIELDS(S, FIELD)        \
    FIELD(S, SINCE(0),      string, feature, "Feature")                    \
    FIELD(S, SINCE(0),      int16, max_version_level, "MaxVersionLevel")   \
    FIELD(S, BETWEEN(0, 0), bool, allow_downgrade, "AllowDowngrade")       \
    FIELD(S, SINCE(1),      int8, upgrade_type, "UpgradeType", DEFAULT(1))
WIRE_STRUCT(update_features_request_feature_update_key);

#define update_features_request_FIELDS(S, FIELD)                            \
    FIELD(S, SINCE(0), int32, timeout_ms, "timeoutMs", DEFAULT(60000))      \
    FIELD(S, SINCE(0), structs(update_features_request_feature_update_key), \
        feature_updates, "FeatureUpdates")                                  \
    FIELD(S, SINCE(1), bool, validate_only, "ValidateOnly", DEFAULT(false))
WIRE_STRUCT(update_features_request);

#define update_features_response_updatable_feature_result_FIELDS(S, FIELD)        \
    FIELD(S, SINCE(0), string, feature, "Feature")                                \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)))
WIRE_STRUCT(update_features_response_updatable_feature_result);

#define update_features_response_FIELDS(S, FIELD)                            \
    FIELD(S, SINCE(0),      int32, throttle_time_ms, "ThrottleTimeMs")       \
    FIELD(S, SINCE(0),      int16, error_code, "ErrorCode")                  \
    FIELD(S, SINCE(0),      string, error_message, "ErrorMessage",           \
        NULLABLE(SINCE(0)))                                                  \
    FIELD(S, BETWEEN(0, 1),                                                  \
        structs(update_features_response_updatable_feature_result), results, \
        "Results")
WIRE_STRUCT(update_features_response);

/* clang-format on */

#endif
