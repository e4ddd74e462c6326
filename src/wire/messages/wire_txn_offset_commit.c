#include "wire_txn_offset_commit.h"

#include "wire_table.h"

WIRE_TABLE(txn_offset_commit_request_partition, "TxnOffsetCommitRequestPartition")
WIRE_TABLE(txn_offset_commit_request_topic, "TxnOffsetCommitRequestTopic")
WIRE_TABLE(txn_offset_commit_request, "TxnOffsetCommitRequest")
WIRE_TABLE(txn_offset_commit_response_partition, "TxnOffsetCommitResponsePartition")
WIRE_TABLE(txn_offset_commit_response_topic, "TxnOffsetCommitResponseTopic")
WIRE_TABLE(txn_offset_commit_response, "TxnOffsetCommitResponse")
