#include "wire_offset_commit.h"

#include "wire_table.h"

WIRE_TABLE(offset_commit_request_partition, "OffsetCommitRequestPartition")
WIRE_TABLE(offset_commit_request_topic, "OffsetCommitRequestTopic")
WIRE_TABLE(offset_commit_request, "OffsetCommitRequest")
WIRE_TABLE(offset_commit_response_partition, "OffsetCommitResponsePartition")
WIRE_TABLE(offset_commit_response_topic, "OffsetCommitResponseTopic")
WIRE_TABLE(offset_commit_response, "OffsetCommitResponse")
