#include "wire_share_acknowledge.h"

#include "wire_table.h"

WIRE_TABLE(share_acknowledge_request_acknowledgement_batch, "AcknowledgementBatch")
WIRE_TABLE(share_acknowledge_request_acknowledge_partition, "AcknowledgePartition")
WIRE_TABLE(share_acknowledge_request_acknowledge_topic, "AcknowledgeTopic")
WIRE_TABLE(share_acknowledge_request, "ShareAcknowledgeRequest")
WIRE_TABLE(share_acknowledge_response_leader_id_and_epoch, "LeaderIdAndEpoch")
WIRE_TABLE(share_acknowledge_response_partition_data, "PartitionData")
WIRE_TABLE(share_acknowledge_topic_response, "ShareAcknowledgeTopicResponse")
WIRE_TABLE(share_acknowledge_response_node_endpoint, "NodeEndpoint")
WIRE_TABLE(share_acknowledge_response, "ShareAcknowledgeResponse")
