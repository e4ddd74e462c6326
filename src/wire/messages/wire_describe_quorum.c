#include "wire_describe_quorum.h"

#include "wire_table.h"

WIRE_TABLE(describe_quorum_request_partition_data, "PartitionData")
WIRE_TABLE(describe_quorum_request_topic_data, "TopicData")
WIRE_TABLE(describe_quorum_request, "DescribeQuorumRequest")
WIRE_TABLE(describe_quorum_response_replica_state, "ReplicaState")
WIRE_TABLE(describe_quorum_response_partition_data, "PartitionData")
WIRE_TABLE(describe_quorum_response_topic_data, "TopicData")
WIRE_TABLE(describe_quorum_response_listener, "Listener")
WIRE_TABLE(describe_quorum_response_node, "Node")
WIRE_TABLE(describe_quorum_response, "DescribeQuorumResponse")
