#include "wire_delete_share_group_offsets.h"

#include "wire_table.h"

WIRE_TABLE(
    delete_share_group_offsets_request_topic, "DeleteShareGroupOffsetsRequestTopic")
WIRE_TABLE(delete_share_group_offsets_request, "DeleteShareGroupOffsetsRequest")
WIRE_TABLE(
    delete_share_group_offsets_response_topic, "DeleteShareGroupOffsetsResponseTopic")
WIRE_TABLE(delete_share_group_offsets_response, "DeleteShareGroupOffsetsResponse")
