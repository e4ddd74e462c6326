/*
 * wire_write_share_group_state - WriteShareGroupState, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_WRITE_SHARE_GROUP_STATE_H
#define WIRE_WRITE_SHARE_GROUP_STATE_H

#include "wire_message.h"

/* clang-format off */

#define write_share_group_state_request_state_batch_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), int64, first_offset, "FirstOffset")           \
    FIELD(S, SINCE(0), int64, last_offset, "LastOffset")             \
    FIELD(S, SINCE(0), int8, delivery_state, "DeliveryState")        \
    FIELD(S, SINCE(0), int16, delivery_count, "DeliveryCount")
WIRE_STRUCT(write_share_group_state_request_state_batch);

#define write_share_group_state_request_partition_data_FIELDS(S, FIELD)         \
    FIELD(S, SINCE(0), int32, partition, "Partition")                           \
    FIELD(S, SINCE(0), int32, state_epoch, "StateEpoch")                        \
    FIELD(S, SINCE(0), int32, leader_epoch, "LeaderEpoch")                      \
    FIELD(S, SINCE(0), int64, start_offset, "StartOffset")                      \
    FIELD(S, SINCE(1), int32, delivery_complete_count, "DeliveryCompleteCount", \
        DEFAULT(-1))                                                            \
    FIELD(S, SINCE(0), structs(write_share_group_state_request_state_batch),    \
        state_batches, "StateBatches")
WIRE_STRUCT(write_share_group_state_request_partition_data);

#define write_share_group_state_request_write_state_data_FIELDS(S, FIELD)       \
    FIELD(S, SINCE(0), uuid, topic_id, "TopicId")                               \
    FIELD(S, SINCE(0), structs(write_share_group_state_request_partition_data), \
        partitions, "Partitions")
WIRE_STRUCT(write_share_group_state_request_write_state_data);

#define write_share_group_state_request_FIELDS(S, FIELD)                          \
    FIELD(S, SINCE(0), string, group_id, "GroupId")                               \
    FIELD(S, SINCE(0), structs(write_share_group_state_request_write_state_data), \
        topics, "Topics")
WIRE_STRUCT(write_share_group_state_request);

#define write_share_group_state_response_partition_result_FIELDS(S, FIELD)        \
    FIELD(S, SINCE(0), int32, partition, "Partition")                             \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)), \
        DEFAULT_NULL)
WIRE_STRUCT(write_share_group_state_response_partition_result);

#define write_share_group_state_response_write_state_result_FIELDS(S, FIELD)       \
    FIELD(S, SINCE(0), uuid, topic_id, "TopicId")                                  \
    FIELD(S, SINCE(0), structs(write_share_group_state_response_partition_result), \
        partitions, "Partitions")
WIRE_STRUCT(write_share_group_state_response_write_state_result);

#define write_share_group_state_response_FIELDS(S, FIELD)                            \
    FIELD(S, SINCE(0), structs(write_share_group_state_response_write_state_result), \
        results, "Results")
WIRE_STRUCT(write_share_group_state_response);

/* clang-format on */

#endif
