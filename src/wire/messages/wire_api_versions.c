#include "wire_api_versions.h"

#include "wire_table.h"

WIRE_TABLE(api_versions_request, "ApiVersionsRequest")
WIRE_TABLE(api_versions_response_api_version, "ApiVersion")
WIRE_TABLE(api_versions_response_supported_feature_key, "SupportedFeatureKey")
WIRE_TABLE(api_versions_response_finalized_feature_key, "FinalizedFeatureKey")
WIRE_TABLE(api_versions_response, "ApiVersionsResponse")
