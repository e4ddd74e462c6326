#include "wire_add_partitions_to_txn.h"

#include "wire_table.h"

WIRE_TABLE(add_partitions_to_txn_topic, "AddPartitionsToTxnTopic")
WIRE_TABLE(add_partitions_to_txn_transaction, "AddPartitionsToTxnTransaction")
WIRE_TABLE(add_partitions_to_txn_request, "AddPartitionsToTxnRequest")
WIRE_TABLE(add_partitions_to_txn_partition_result, "AddPartitionsToTxnPartitionResult")
WIRE_TABLE(add_partitions_to_txn_topic_result, "AddPartitionsToTxnTopicResult")
WIRE_TABLE(add_partitions_to_txn_result, "AddPartitionsToTxnResult")
WIRE_TABLE(add_partitions_to_txn_response, "AddPartitionsToTxnResponse")
