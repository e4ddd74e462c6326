#include "wire_list_config_resources.h"

#include "wire_table.h"

WIRE_TABLE(list_config_resources_request, "ListConfigResourcesRequest")
WIRE_TABLE(list_config_resources_response_config_resource, "ConfigResource")
WIRE_TABLE(list_config_resources_response, "ListConfigResourcesResponse")
