#include "wire_describe_client_quotas.h"

#include "wire_table.h"

WIRE_TABLE(describe_client_quotas_request_component_data, "ComponentData")
WIRE_TABLE(describe_client_quotas_request, "DescribeClientQuotasRequest")
WIRE_TABLE(describe_client_quotas_response_entity_data, "EntityData")
WIRE_TABLE(describe_client_quotas_response_value_data, "ValueData")
WIRE_TABLE(describe_client_quotas_response_entry_data, "EntryData")
WIRE_TABLE(describe_client_quotas_response, "DescribeClientQuotasResponse")
