#include "wire_alter_client_quotas.h"

#include "wire_table.h"

WIRE_TABLE(alter_client_quotas_request_entity_data, "EntityData")
WIRE_TABLE(alter_client_quotas_request_op_data, "OpData")
WIRE_TABLE(alter_client_quotas_request_entry_data, "EntryData")
WIRE_TABLE(alter_client_quotas_request, "AlterClientQuotasRequest")
WIRE_TABLE(alter_client_quotas_response_entity_data, "EntityData")
WIRE_TABLE(alter_client_quotas_response_entry_data, "EntryData")
WIRE_TABLE(alter_client_quotas_response, "AlterClientQuotasResponse")
