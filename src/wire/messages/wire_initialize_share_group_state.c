#include "wire_initialize_share_group_state.h"

#include "wire_table.h"

WIRE_TABLE(initialize_share_group_state_request_partition_data, "PartitionData")
WIRE_TABLE(
    initialize_share_group_state_request_initialize_state_data, "InitializeStateData")
WIRE_TABLE(initialize_share_group_state_request, "InitializeShareGroupStateRequest")
WIRE_TABLE(initialize_share_group_state_response_partition_result, "PartitionResult")
WIRE_TABLE(initialize_share_group_state_response_initialize_state_result,
    "InitializeStateResult")
WIRE_TABLE(initialize_share_group_state_response, "InitializeShareGroupStateResponse")
