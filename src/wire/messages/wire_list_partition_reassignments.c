#include "wire_list_partition_reassignments.h"

#include "wire_table.h"

WIRE_TABLE(list_partition_reassignments_topics, "ListPartitionReassignmentsTopics")
WIRE_TABLE(list_partition_reassignments_request, "ListPartitionReassignmentsRequest")
WIRE_TABLE(list_partition_reassignments_ongoing_partition_reassignment,
    "OngoingPartitionReassignment")
WIRE_TABLE(
    list_partition_reassignments_ongoing_topic_reassignment, "OngoingTopicReassignment")
WIRE_TABLE(list_partition_reassignments_response, "ListPartitionReassignmentsResponse")
