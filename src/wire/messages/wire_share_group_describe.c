#include "wire_share_group_describe.h"

#include "wire_table.h"

WIRE_TABLE(share_group_describe_request, "ShareGroupDescribeRequest")
WIRE_TABLE(share_group_describe_response_topic_partitions, "TopicPartitions")
WIRE_TABLE(share_group_describe_response_assignment, "Assignment")
WIRE_TABLE(share_group_describe_response_member, "Member")
WIRE_TABLE(share_group_describe_response_described_group, "DescribedGroup")
WIRE_TABLE(share_group_describe_response, "ShareGroupDescribeResponse")
