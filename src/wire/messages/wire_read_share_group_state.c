#include "wire_read_share_group_state.h"

#include "wire_table.h"

WIRE_TABLE(read_share_group_state_request_partition_data, "PartitionData")
WIRE_TABLE(read_share_group_state_request_read_state_data, "ReadStateData")
WIRE_TABLE(read_share_group_state_request, "ReadShareGroupStateRequest")
WIRE_TABLE(read_share_group_state_response_state_batch, "StateBatch")
WIRE_TABLE(read_share_group_state_response_partition_result, "PartitionResult")
WIRE_TABLE(read_share_group_state_response_read_state_result, "ReadStateResult")
WIRE_TABLE(read_share_group_state_response, "ReadShareGroupStateResponse")
