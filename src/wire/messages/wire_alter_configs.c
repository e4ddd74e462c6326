#include "wire_alter_configs.h"

#include "wire_table.h"

WIRE_TABLE(alter_configs_request_alterable_config, "AlterableConfig")
WIRE_TABLE(alter_configs_resource, "AlterConfigsResource")
WIRE_TABLE(alter_configs_request, "AlterConfigsRequest")
WIRE_TABLE(alter_configs_resource_response, "AlterConfigsResourceResponse")
WIRE_TABLE(alter_configs_response, "AlterConfigsResponse")
