#include "wire_produce.h"

#include "wire_table.h"

WIRE_TABLE(produce_request_partition_produce_data, "PartitionProduceData")
WIRE_TABLE(produce_request_topic_produce_data, "TopicProduceData")
WIRE_TABLE(produce_request, "ProduceRequest")
WIRE_TABLE(produce_response_batch_index_and_error_message, "BatchIndexAndErrorMessage")
WIRE_TABLE(produce_response_leader_id_and_epoch, "LeaderIdAndEpoch")
WIRE_TABLE(produce_response_partition_produce_response, "PartitionProduceResponse")
WIRE_TABLE(produce_response_topic_produce_response, "TopicProduceResponse")
WIRE_TABLE(produce_response_node_endpoint, "NodeEndpoint")
WIRE_TABLE(produce_response, "ProduceResponse")
