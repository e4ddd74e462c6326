/*
 * wire_share_acknowledge - ShareAcknowledge, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_SHARE_ACKNOWLEDGE_H
#define WIRE_SHARE_ACKNOWLEDGE_H

#include "wire_message.h"

/* clang-format off */

#define share_acknowledge_request_acknowledgement_batch_FIELDS(S, FIELD)   \
    FIELD(S, SINCE(0), int64, first_offset, "FirstOffset")                 \
    FIELD(S, SINCE(0), int64, last_offset, "LastOffset")                   \
    FIELD(S, SINCE(0), array(int8), acknowledge_types, "AcknowledgeTypes")
WIRE_STRUCT(share_acknowledge_request_acknowledgement_batch);

#define share_acknowledge_request_acknowledge_partition_FIELDS(S, FIELD)         \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")                 \
    FIELD(S, SINCE(0), structs(share_acknowledge_request_acknowledgement_batch), \
        acknowledgement_batches, "AcknowledgementBatches")
WIRE_STRUCT(share_acknowledge_request_acknowledge_partition);

#define share_acknowledge_request_acknowledge_topic_FIELDS(S, FIELD)             \
    FIELD(S, SINCE(0), uuid, topic_id, "TopicId")                                \
    FIELD(S, SINCE(0), structs(share_acknowledge_request_acknowledge_partition), \
        partitions, "Partitions")
WIRE_STRUCT(share_acknowledge_request_acknowledge_topic);

#define share_acknowledge_request_FIELDS(S, FIELD)                                    \
    FIELD(S, SINCE(0), string, group_id, "GroupId", NULLABLE(SINCE(0)), DEFAULT_NULL) \
    FIELD(S, SINCE(0), string, member_id, "MemberId", NULLABLE(SINCE(0)))             \
    FIELD(S, SINCE(0), int32, share_session_epoch, "ShareSessionEpoch")               \
    FIELD(S, SINCE(2), bool, is_renew_ack, "IsRenewAck", DEFAULT(false))              \
    FIELD(S, SINCE(0), structs(share_acknowledge_request_acknowledge_topic), topics,  \
        "Topics")
WIRE_STRUCT(share_acknowledge_request);

#define share_acknowledge_response_leader_id_and_epoch_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), int32, leader_id, "LeaderId")                    \
    FIELD(S, SINCE(0), int32, leader_epoch, "LeaderEpoch")
WIRE_STRUCT(share_acknowledge_response_leader_id_and_epoch);

#define share_acknowledge_response_partition_data_FIELDS(S, FIELD)                \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")                  \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)), \
        DEFAULT_NULL)                                                             \
    FIELD(S, SINCE(0), structure(share_acknowledge_response_leader_id_and_epoch), \
        current_leader, "CurrentLeader")
WIRE_STRUCT(share_acknowledge_response_partition_data);

#define share_acknowledge_topic_response_FIELDS(S, FIELD)                  \
    FIELD(S, SINCE(0), uuid, topic_id, "TopicId")                          \
    FIELD(S, SINCE(0), structs(share_acknowledge_response_partition_data), \
        partitions, "Partitions")
WIRE_STRUCT(share_acknowledge_topic_response);

#define share_acknowledge_response_node_endpoint_FIELDS(S, FIELD)              \
    FIELD(S, SINCE(0), int32, node_id, "NodeId")                               \
    FIELD(S, SINCE(0), string, host, "Host")                                   \
    FIELD(S, SINCE(0), int32, port, "Port")                                    \
    FIELD(S, SINCE(0), string, rack, "Rack", NULLABLE(SINCE(0)), DEFAULT_NULL)
WIRE_STRUCT(share_acknowledge_response_node_endpoint);

#define share_acknowledge_response_FIELDS(S, FIELD)                               \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                 \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)), \
        DEFAULT_NULL)                                                             \
    FIELD(S, SINCE(2), int32, acquisition_lock_timeout_ms,                        \
        "AcquisitionLockTimeoutMs")                                               \
    FIELD(S, SINCE(0), structs(share_acknowledge_topic_response), responses,      \
        "Responses")                                                              \
    FIELD(S, SINCE(0), structs(share_acknowledge_response_node_endpoint),         \
        node_endpoints, "NodeEndpoints")
WIRE_STRUCT(share_acknowledge_response);

/* clang-format on */

#endif
