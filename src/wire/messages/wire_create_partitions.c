#include "wire_create_partitions.h"

#include "wire_table.h"

WIRE_TABLE(create_partitions_assignment, "CreatePartitionsAssignment")
WIRE_TABLE(create_partitions_topic, "CreatePartitionsTopic")
WIRE_TABLE(create_partitions_request, "CreatePartitionsRequest")
WIRE_TABLE(create_partitions_topic_result, "CreatePartitionsTopicResult")
WIRE_TABLE(create_partitions_response, "CreatePartitionsResponse")
