#include "wire_incremental_alter_configs.h"

#include "wire_table.h"

WIRE_TABLE(incremental_alter_configs_request_alterable_config, "AlterableConfig")
WIRE_TABLE(
    incremental_alter_configs_request_alter_configs_resource, "AlterConfigsResource")
WIRE_TABLE(incremental_alter_configs_request, "IncrementalAlterConfigsRequest")
WIRE_TABLE(incremental_alter_configs_alter_configs_resource_response,
    "AlterConfigsResourceResponse")
WIRE_TABLE(incremental_alter_configs_response, "IncrementalAlterConfigsResponse")
