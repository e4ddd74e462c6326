#include "wire_consumer_group_describe.h"

#include "wire_table.h"

WIRE_TABLE(consumer_group_describe_request, "ConsumerGroupDescribeRequest")
WIRE_TABLE(consumer_group_describe_response_topic_partitions, "TopicPartitions")
WIRE_TABLE(consumer_group_describe_response_assignment, "Assignment")
WIRE_TABLE(consumer_group_describe_response_member, "Member")
WIRE_TABLE(consumer_group_describe_response_described_group, "DescribedGroup")
WIRE_TABLE(consumer_group_describe_response, "ConsumerGroupDescribeResponse")
