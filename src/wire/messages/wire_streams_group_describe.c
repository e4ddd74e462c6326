#include "wire_streams_group_describe.h"

#include "wire_table.h"

WIRE_TABLE(streams_group_describe_request, "StreamsGroupDescribeRequest")
WIRE_TABLE(streams_group_describe_response_key_value, "KeyValue")
WIRE_TABLE(streams_group_describe_response_topic_info, "TopicInfo")
WIRE_TABLE(streams_group_describe_response_subtopology, "Subtopology")
WIRE_TABLE(streams_group_describe_response_topology, "Topology")
WIRE_TABLE(streams_group_describe_response_endpoint, "Endpoint")
WIRE_TABLE(streams_group_describe_response_task_offset, "TaskOffset")
WIRE_TABLE(streams_group_describe_response_task_ids, "TaskIds")
WIRE_TABLE(streams_group_describe_response_assignment, "Assignment")
WIRE_TABLE(streams_group_describe_response_member, "Member")
WIRE_TABLE(streams_group_describe_response_described_group, "DescribedGroup")
WIRE_TABLE(streams_group_describe_response, "StreamsGroupDescribeResponse")
