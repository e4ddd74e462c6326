#include "wire_consumer_group_heartbeat.h"

#include "wire_table.h"

WIRE_TABLE(consumer_group_heartbeat_request_topic_partitions, "TopicPartitions")
WIRE_TABLE(consumer_group_heartbeat_request, "ConsumerGroupHeartbeatRequest")
WIRE_TABLE(consumer_group_heartbeat_response_topic_partitions, "TopicPartitions")
WIRE_TABLE(consumer_group_heartbeat_response_assignment, "Assignment")
WIRE_TABLE(consumer_group_heartbeat_response, "ConsumerGroupHeartbeatResponse")
