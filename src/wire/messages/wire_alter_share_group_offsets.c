#include "wire_alter_share_group_offsets.h"

#include "wire_table.h"

WIRE_TABLE(
    alter_share_group_offsets_request_partition, "AlterShareGroupOffsetsRequestPartition")
WIRE_TABLE(alter_share_group_offsets_request_topic, "AlterShareGroupOffsetsRequestTopic")
WIRE_TABLE(alter_share_group_offsets_request, "AlterShareGroupOffsetsRequest")
WIRE_TABLE(alter_share_group_offsets_response_partition,
    "AlterShareGroupOffsetsResponsePartition")
WIRE_TABLE(
    alter_share_group_offsets_response_topic, "AlterShareGroupOffsetsResponseTopic")
WIRE_TABLE(alter_share_group_offsets_response, "AlterShareGroupOffsetsResponse")
