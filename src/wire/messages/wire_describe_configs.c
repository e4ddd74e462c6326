#include "wire_describe_configs.h"

#include "wire_table.h"

WIRE_TABLE(describe_configs_resource, "DescribeConfigsResource")
WIRE_TABLE(describe_configs_request, "DescribeConfigsRequest")
WIRE_TABLE(describe_configs_synonym, "DescribeConfigsSynonym")
WIRE_TABLE(describe_configs_resource_result, "DescribeConfigsResourceResult")
WIRE_TABLE(describe_configs_result, "DescribeConfigsResult")
WIRE_TABLE(describe_configs_response, "DescribeConfigsResponse")
