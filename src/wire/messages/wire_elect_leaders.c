#include "wire_elect_leaders.h"

#include "wire_table.h"

WIRE_TABLE(elect_leaders_request_topic_partitions, "TopicPartitions")
WIRE_TABLE(elect_leaders_request, "ElectLeadersRequest")
WIRE_TABLE(elect_leaders_response_partition_result, "PartitionResult")
WIRE_TABLE(elect_leaders_response_replica_election_result, "ReplicaElectionResult")
WIRE_TABLE(elect_leaders_response, "ElectLeadersResponse")
