#include "wire_describe_share_group_offsets.h"

#include "wire_table.h"

WIRE_TABLE(
    describe_share_group_offsets_request_topic, "DescribeShareGroupOffsetsRequestTopic")
WIRE_TABLE(
    describe_share_group_offsets_request_group, "DescribeShareGroupOffsetsRequestGroup")
WIRE_TABLE(describe_share_group_offsets_request, "DescribeShareGroupOffsetsRequest")
WIRE_TABLE(describe_share_group_offsets_response_partition,
    "DescribeShareGroupOffsetsResponsePartition")
WIRE_TABLE(
    describe_share_group_offsets_response_topic, "DescribeShareGroupOffsetsResponseTopic")
WIRE_TABLE(
    describe_share_group_offsets_response_group, "DescribeShareGroupOffsetsResponseGroup")
WIRE_TABLE(describe_share_group_offsets_response, "DescribeShareGroupOffsetsResponse")
