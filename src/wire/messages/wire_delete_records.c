#include "wire_delete_records.h"

#include "wire_table.h"

WIRE_TABLE(delete_records_partition, "DeleteRecordsPartition")
WIRE_TABLE(delete_records_topic, "DeleteRecordsTopic")
WIRE_TABLE(delete_records_request, "DeleteRecordsRequest")
WIRE_TABLE(delete_records_partition_result, "DeleteRecordsPartitionResult")
WIRE_TABLE(delete_records_topic_result, "DeleteRecordsTopicResult")
WIRE_TABLE(delete_records_response, "DeleteRecordsResponse")
