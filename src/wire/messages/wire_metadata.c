#include "wire_metadata.h"

#include "wire_table.h"

WIRE_TABLE(metadata_request_topic, "MetadataRequestTopic")
WIRE_TABLE(metadata_request, "MetadataRequest")
WIRE_TABLE(metadata_response_broker, "MetadataResponseBroker")
WIRE_TABLE(metadata_response_partition, "MetadataResponsePartition")
WIRE_TABLE(metadata_response_topic, "MetadataResponseTopic")
WIRE_TABLE(metadata_response, "MetadataResponse")
