#include "wire_update_features.h"

#include "wire_table.h"

WIRE_TABLE(update_features_request_feature_update_key, "FeatureUpdateKey")
WIRE_TABLE(update_features_request, "UpdateFeaturesRequest")
WIRE_TABLE(update_features_response_updatable_feature_result, "UpdatableFeatureResult")
WIRE_TABLE(update_features_response, "UpdateFeaturesResponse")
