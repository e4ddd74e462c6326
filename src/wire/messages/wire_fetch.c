#include "wire_fetch.h"

#include "wire_table.h"

WIRE_TABLE(fetch_request_replica_state, "ReplicaState")
WIRE_TABLE(fetch_partition, "FetchPartition")
WIRE_TABLE(fetch_topic, "FetchTopic")
WIRE_TABLE(fetch_request_forgotten_topic, "ForgottenTopic")
WIRE_TABLE(fetch_request, "FetchRequest")
WIRE_TABLE(fetch_response_epoch_end_offset, "EpochEndOffset")
WIRE_TABLE(fetch_response_leader_id_and_epoch, "LeaderIdAndEpoch")
WIRE_TABLE(fetch_response_snapshot_id, "SnapshotId")
WIRE_TABLE(fetch_response_aborted_transaction, "AbortedTransaction")
WIRE_TABLE(fetch_response_partition_data, "PartitionData")
WIRE_TABLE(fetchable_topic_response, "FetchableTopicResponse")
WIRE_TABLE(fetch_response_node_endpoint, "NodeEndpoint")
WIRE_TABLE(fetch_response, "FetchResponse")
