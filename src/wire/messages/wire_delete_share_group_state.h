/*
 * wire_delete_share_group_state - DeleteShareGroupState, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_DELETE_SHARE_GROUP_STATE_H
#define WIRE_DELETE_SHARE_GROUP_STATE_H

#include "wire_message.h"

/* clang-format off */

#define delete_share_group_state_request_partition_data_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), int32, partition, "Partition")
WIRE_STRUCT(delete_share_group_state_request_partition_data);

#define delete_share_group_state_request_delete_state_data_FIELDS(S, FIELD)      \
    FIELD(S, SINCE(0), uuid, topic_id, "TopicId")                                \
    FIELD(S, SINCE(0), structs(delete_share_group_state_request_partition_data), \
        partitions, "Partitions")
WIRE_STRUCT(delete_share_group_state_request_delete_state_data);

#define delete_share_group_state_request_FIELDS(S, FIELD)                           \
    FIELD(S, SINCE(0), string, group_id, "GroupId")                                 \
    FIELD(S, SINCE(0), structs(delete_share_group_state_request_delete_state_data), \
        topics, "Topics")
WIRE_STRUCT(delete_share_group_state_request);

#define delete_share_group_state_response_partition_result_FIELDS(S, FIELD)       \
    FIELD(S, SINCE(0), int32, partition, "Partition")                             \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)), \
        DEFAULT_NULL)
WIRE_STRUCT(delete_share_group_state_response_partition_result);

#define delete_share_group_state_response_delete_state_result_FIELDS(S, FIELD)      \
    FIELD(S, SINCE(0), uuid, topic_id, "TopicId")                                   \
    FIELD(S, SINCE(0), structs(delete_share_group_state_response_partition_result), \
        partitions, "Partitions")
WIRE_STRUCT(delete_share_group_state_response_delete_state_result);

#define delete_share_group_state_response_FIELDS(S, FIELD)                       \
    FIELD(S, SINCE(0),                                                           \
        structs(delete_share_group_state_response_delete_state_result), results, \
        "Results")
WIRE_STRUCT(delete_share_group_state_response);

/* clang-format on */

#endif
