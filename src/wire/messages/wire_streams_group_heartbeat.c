#include "wire_streams_group_heartbeat.h"

#include "wire_table.h"

WIRE_TABLE(streams_group_heartbeat_request_key_value, "KeyValue")
WIRE_TABLE(streams_group_heartbeat_request_topic_info, "TopicInfo")
WIRE_TABLE(streams_group_heartbeat_request_copartition_group, "CopartitionGroup")
WIRE_TABLE(streams_group_heartbeat_request_subtopology, "Subtopology")
WIRE_TABLE(streams_group_heartbeat_request_topology, "Topology")
WIRE_TABLE(streams_group_heartbeat_request_task_ids, "TaskIds")
WIRE_TABLE(streams_group_heartbeat_request_endpoint, "Endpoint")
WIRE_TABLE(streams_group_heartbeat_request_task_offset, "TaskOffset")
WIRE_TABLE(streams_group_heartbeat_request, "StreamsGroupHeartbeatRequest")
WIRE_TABLE(streams_group_heartbeat_response_status, "Status")
WIRE_TABLE(streams_group_heartbeat_response_task_ids, "TaskIds")
WIRE_TABLE(streams_group_heartbeat_response_endpoint, "Endpoint")
WIRE_TABLE(streams_group_heartbeat_response_topic_partition, "TopicPartition")
WIRE_TABLE(
    streams_group_heartbeat_response_endpoint_to_partitions, "EndpointToPartitions")
WIRE_TABLE(streams_group_heartbeat_response, "StreamsGroupHeartbeatResponse")
