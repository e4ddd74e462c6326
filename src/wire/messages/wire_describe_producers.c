#include "wire_describe_producers.h"

#include "wire_table.h"

WIRE_TABLE(describe_producers_request_topic_request, "TopicRequest")
WIRE_TABLE(describe_producers_request, "DescribeProducersRequest")
WIRE_TABLE(describe_producers_response_producer_state, "ProducerState")
WIRE_TABLE(describe_producers_response_partition_response, "PartitionResponse")
WIRE_TABLE(describe_producers_response_topic_response, "TopicResponse")
WIRE_TABLE(describe_producers_response, "DescribeProducersResponse")
