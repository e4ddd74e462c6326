#include "wire_write_share_group_state.h"

#include "wire_table.h"

WIRE_TABLE(write_share_group_state_request_state_batch, "StateBatch")
WIRE_TABLE(write_share_group_state_request_partition_data, "PartitionData")
WIRE_TABLE(write_share_group_state_request_write_state_data, "WriteStateData")
WIRE_TABLE(write_share_group_state_request, "WriteShareGroupStateRequest")
WIRE_TABLE(write_share_group_state_response_partition_result, "PartitionResult")
WIRE_TABLE(write_share_group_state_response_write_state_result, "WriteStateResult")
WIRE_TABLE(write_share_group_state_response, "WriteShareGroupStateResponse")
