#include "wire_offset_fetch.h"

#include "wire_table.h"

WIRE_TABLE(offset_fetch_request_topic, "OffsetFetchRequestTopic")
WIRE_TABLE(offset_fetch_request_topics, "OffsetFetchRequestTopics")
WIRE_TABLE(offset_fetch_request_group, "OffsetFetchRequestGroup")
WIRE_TABLE(offset_fetch_request, "OffsetFetchRequest")
WIRE_TABLE(offset_fetch_response_partition, "OffsetFetchResponsePartition")
WIRE_TABLE(offset_fetch_response_topic, "OffsetFetchResponseTopic")
WIRE_TABLE(offset_fetch_response_partitions, "OffsetFetchResponsePartitions")
WIRE_TABLE(offset_fetch_response_topics, "OffsetFetchResponseTopics")
WIRE_TABLE(offset_fetch_response_group, "OffsetFetchResponseGroup")
WIRE_TABLE(offset_fetch_response, "OffsetFetchResponse")
