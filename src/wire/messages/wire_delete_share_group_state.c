#include "wire_delete_share_group_state.h"

#include "wire_table.h"

WIRE_TABLE(delete_share_group_state_request_partition_data, "PartitionData")
WIRE_TABLE(delete_share_group_state_request_delete_state_data, "DeleteStateData")
WIRE_TABLE(delete_share_group_state_request, "DeleteShareGroupStateRequest")
WIRE_TABLE(delete_share_group_state_response_partition_result, "PartitionResult")
WIRE_TABLE(delete_share_group_state_response_delete_state_result, "DeleteStateResult")
WIRE_TABLE(delete_share_group_state_response, "DeleteShareGroupStateResponse")
