#include "wire_offset_for_leader_epoch.h"

#include "wire_table.h"

WIRE_TABLE(offset_for_leader_epoch_request_offset_for_leader_partition,
    "OffsetForLeaderPartition")
WIRE_TABLE(
    offset_for_leader_epoch_request_offset_for_leader_topic, "OffsetForLeaderTopic")
WIRE_TABLE(offset_for_leader_epoch_request, "OffsetForLeaderEpochRequest")
WIRE_TABLE(offset_for_leader_epoch_response_epoch_end_offset, "EpochEndOffset")
WIRE_TABLE(offset_for_leader_epoch_response_offset_for_leader_topic_result,
    "OffsetForLeaderTopicResult")
WIRE_TABLE(offset_for_leader_epoch_response, "OffsetForLeaderEpochResponse")
