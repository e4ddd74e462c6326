#include "wire_alter_partition_reassignments.h"

#include "wire_table.h"

WIRE_TABLE(
    alter_partition_reassignments_request_reassignable_partition, "ReassignablePartition")
WIRE_TABLE(alter_partition_reassignments_request_reassignable_topic, "ReassignableTopic")
WIRE_TABLE(alter_partition_reassignments_request, "AlterPartitionReassignmentsRequest")
WIRE_TABLE(alter_partition_reassignments_reassignable_partition_response,
    "ReassignablePartitionResponse")
WIRE_TABLE(alter_partition_reassignments_reassignable_topic_response,
    "ReassignableTopicResponse")
WIRE_TABLE(alter_partition_reassignments_response, "AlterPartitionReassignmentsResponse")
