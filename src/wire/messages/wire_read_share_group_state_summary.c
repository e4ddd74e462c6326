#include "wire_read_share_group_state_summary.h"

#include "wire_table.h"

WIRE_TABLE(read_share_group_state_summary_request_partition_data, "PartitionData")
WIRE_TABLE(read_share_group_state_summary_request_read_state_summary_data,
    "ReadStateSummaryData")
WIRE_TABLE(read_share_group_state_summary_request, "ReadShareGroupStateSummaryRequest")
WIRE_TABLE(read_share_group_state_summary_response_partition_result, "PartitionResult")
WIRE_TABLE(
    read_share_group_state_summary_read_state_summary_result, "ReadStateSummaryResult")
WIRE_TABLE(read_share_group_state_summary_response, "ReadShareGroupStateSummaryResponse")
