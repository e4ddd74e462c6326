#include "wire_share_fetch.h"

#include "wire_table.h"

WIRE_TABLE(share_fetch_request_acknowledgement_batch, "AcknowledgementBatch")
WIRE_TABLE(share_fetch_request_fetch_partition, "FetchPartition")
WIRE_TABLE(share_fetch_request_fetch_topic, "FetchTopic")
WIRE_TABLE(share_fetch_request_forgotten_topic, "ForgottenTopic")
WIRE_TABLE(share_fetch_request, "ShareFetchRequest")
WIRE_TABLE(share_fetch_response_leader_id_and_epoch, "LeaderIdAndEpoch")
WIRE_TABLE(share_fetch_response_acquired_records, "AcquiredRecords")
WIRE_TABLE(share_fetch_response_partition_data, "PartitionData")
WIRE_TABLE(share_fetchable_topic_response, "ShareFetchableTopicResponse")
WIRE_TABLE(share_fetch_response_node_endpoint, "NodeEndpoint")
WIRE_TABLE(share_fetch_response, "ShareFetchResponse")
