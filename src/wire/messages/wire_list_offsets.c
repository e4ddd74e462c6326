#include "wire_list_offsets.h"

#include "wire_table.h"

WIRE_TABLE(list_offsets_partition, "ListOffsetsPartition")
WIRE_TABLE(list_offsets_topic, "ListOffsetsTopic")
WIRE_TABLE(list_offsets_request, "ListOffsetsRequest")
WIRE_TABLE(list_offsets_partition_response, "ListOffsetsPartitionResponse")
WIRE_TABLE(list_offsets_topic_response, "ListOffsetsTopicResponse")
WIRE_TABLE(list_offsets_response, "ListOffsetsResponse")
