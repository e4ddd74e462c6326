#include "wire_offset_delete.h"

#include "wire_table.h"

WIRE_TABLE(offset_delete_request_partition, "OffsetDeleteRequestPartition")
WIRE_TABLE(offset_delete_request_topic, "OffsetDeleteRequestTopic")
WIRE_TABLE(offset_delete_request, "OffsetDeleteRequest")
WIRE_TABLE(offset_delete_response_partition, "OffsetDeleteResponsePartition")
WIRE_TABLE(offset_delete_response_topic, "OffsetDeleteResponseTopic")
WIRE_TABLE(offset_delete_response, "OffsetDeleteResponse")
