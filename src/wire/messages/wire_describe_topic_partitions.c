#include "wire_describe_topic_partitions.h"

#include "wire_table.h"

WIRE_TABLE(describe_topic_partitions_request_topic_request, "TopicRequest")
WIRE_TABLE(describe_topic_partitions_request_cursor, "Cursor")
WIRE_TABLE(describe_topic_partitions_request, "DescribeTopicPartitionsRequest")
WIRE_TABLE(describe_topic_partitions_response_partition,
    "DescribeTopicPartitionsResponsePartition")
WIRE_TABLE(
    describe_topic_partitions_response_topic, "DescribeTopicPartitionsResponseTopic")
WIRE_TABLE(describe_topic_partitions_response_cursor, "Cursor")
WIRE_TABLE(describe_topic_partitions_response, "DescribeTopicPartitionsResponse")
