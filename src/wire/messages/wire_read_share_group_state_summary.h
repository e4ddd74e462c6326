/*
 * wire_read_share_group_state_summary - ReadShareGroupStateSummary, request and response
 * (notation: wire_message.h).
 */
#ifndef WIRE_READ_SHARE_GROUP_STATE_SUMMARY_H
#define WIRE_READ_SHARE_GROUP_STATE_SUMMARY_H

#include "wire_message.h"

/* clang-format off */

#define read_share_group_state_summary_request_partition_data_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), int32, partition, "Partition")                          \
    FIELD(S, SINCE(0), int32, leader_epoch, "LeaderEpoch")
WIRE_STRUCT(read_share_group_state_summary_request_partition_data);

#define read_share_group_state_summary_request_read_state_summary_data_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), uuid, topic_id, "TopicId")                                       \
    FIELD(S, SINCE(0),                                                                  \
        structs(read_share_group_state_summary_request_partition_data), partitions,     \
        "Partitions")
WIRE_STRUCT(read_share_group_state_summary_request_read_state_summary_data);

#define read_share_group_state_summary_request_FIELDS(S, FIELD)                  \
    FIELD(S, SINCE(0), string, group_id, "GroupId")                              \
    FIELD(S, SINCE(0),                                                           \
        structs(read_share_group_state_summary_request_read_state_summary_data), \
        topics, "Topics")
WIRE_STRUCT(read_share_group_state_summary_request);

#define read_share_group_state_summary_response_partition_result_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), int32, partition, "Partition")                             \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)), \
        DEFAULT_NULL)                                                             \
    FIELD(S, SINCE(0), int32, state_epoch, "StateEpoch")                          \
    FIELD(S, SINCE(0), int32, leader_epoch, "LeaderEpoch")                        \
    FIELD(S, SINCE(0), int64, start_offset, "StartOffset")                        \
    FIELD(S, SINCE(1), int32, delivery_complete_count, "DeliveryCompleteCount",   \
        DEFAULT(-1))
WIRE_STRUCT(read_share_group_state_summary_response_partition_result);

#define read_share_group_state_summary_read_state_summary_result_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), uuid, topic_id, "TopicId")                                 \
    FIELD(S, SINCE(0),                                                            \
        structs(read_share_group_state_summary_response_partition_result),        \
        partitions, "Partitions")
WIRE_STRUCT(read_share_group_state_summary_read_state_summary_result);

#define read_share_group_state_summary_response_FIELDS(S, FIELD)                    \
    FIELD(S, SINCE(0),                                                              \
        structs(read_share_group_state_summary_read_state_summary_result), results, \
        "Results")
WIRE_STRUCT(read_share_group_state_summary_response);

/* clang-format on */

#endif
