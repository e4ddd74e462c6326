#include "wire_share_group_heartbeat.h"

#include "wire_table.h"

WIRE_TABLE(share_group_heartbeat_request, "ShareGroupHeartbeatRequest")
WIRE_TABLE(share_group_heartbeat_response_topic_partitions, "TopicPartitions")
WIRE_TABLE(share_group_heartbeat_response_assignment, "Assignment")
WIRE_TABLE(share_group_heartbeat_response, "ShareGroupHeartbeatResponse")
