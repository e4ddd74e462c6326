/*
 * wire_share_fetch - ShareFetch, request and response (notation: wire_message.h).
 */
#ifndef WIRE_SHARE_FETCH_H
#define WIRE_SHARE_FETCH_H

#include "wire_message.h"

/* clang-format off */

#define share_fetch_request_acknowledgement_batch_FIELDS(S, FIELD)         \
    FIELD(S, SINCE(0), int64, first_offset, "FirstOffset")                 \
    FIELD(S, SINCE(0), int64, last_offset, "LastOffset")                   \
    FIELD(S, SINCE(0), array(int8), acknowledge_types, "AcknowledgeTypes")
WIRE_STRUCT(share_fetch_request_acknowledgement_batch);

#define share_fetch_request_fetch_partition_FIELDS(S, FIELD)                    \
    FIELD(S, SINCE(0),      int32, partition_index, "PartitionIndex")           \
    FIELD(S, BETWEEN(0, 0), int32, partition_max_bytes, "PartitionMaxBytes")    \
    FIELD(S, SINCE(0),      structs(share_fetch_request_acknowledgement_batch), \
        acknowledgement_batches, "AcknowledgementBatches")
WIRE_STRUCT(share_fetch_request_fetch_partition);

#define share_fetch_request_fetch_topic_FIELDS(S, FIELD)                         \
    FIELD(S, SINCE(0), uuid, topic_id, "TopicId")                                \
    FIELD(S, SINCE(0), structs(share_fetch_request_fetch_partition), partitions, \
        "Partitions")
WIRE_STRUCT(share_fetch_request_fetch_topic);

#define share_fetch_request_forgotten_topic_FIELDS(S, FIELD)   \
    FIELD(S, SINCE(0), uuid, topic_id, "TopicId")              \
    FIELD(S, SINCE(0), array(int32), partitions, "Partitions")
WIRE_STRUCT(share_fetch_request_forgotten_topic);

#define share_fetch_request_FIELDS(S, FIELD)                                          \
    FIELD(S, SINCE(0), string, group_id, "GroupId", NULLABLE(SINCE(0)), DEFAULT_NULL) \
    FIELD(S, SINCE(0), string, member_id, "MemberId", NULLABLE(SINCE(0)))             \
    FIELD(S, SINCE(0), int32, share_session_epoch, "ShareSessionEpoch")               \
    FIELD(S, SINCE(0), int32, max_wait_ms, "MaxWaitMs")                               \
    FIELD(S, SINCE(0), int32, min_bytes, "MinBytes")                                  \
    FIELD(S, SINCE(0), int32, max_bytes, "MaxBytes", DEFAULT(INT32_MAX))              \
    FIELD(S, SINCE(1), int32, max_records, "MaxRecords")                              \
    FIELD(S, SINCE(1), int32, batch_size, "BatchSize")                                \
    FIELD(S, SINCE(2), int8, share_acquire_mode, "ShareAcquireMode", DEFAULT(0))      \
    FIELD(S, SINCE(2), bool, is_renew_ack, "IsRenewAck", DEFAULT(false))              \
    FIELD(S, SINCE(0), structs(share_fetch_request_fetch_topic), topics, "Topics")    \
    FIELD(S, SINCE(0), structs(share_fetch_request_forgotten_topic),                  \
        forgotten_topics_data, "ForgottenTopicsData")
WIRE_STRUCT(share_fetch_request);

#define share_fetch_response_leader_id_and_epoch_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), int32, leader_id, "LeaderId")              \
    FIELD(S, SINCE(0), int32, leader_epoch, "LeaderEpoch")
WIRE_STRUCT(share_fetch_response_leader_id_and_epoch);

#define share_fetch_response_acquired_records_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), int64, first_offset, "FirstOffset")     \
    FIELD(S, SINCE(0), int64, last_offset, "LastOffset")       \
    FIELD(S, SINCE(0), int16, delivery_count, "DeliveryCount")
WIRE_STRUCT(share_fetch_response_acquired_records);

#define share_fetch_response_partition_data_FIELDS(S, FIELD)                         \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")                     \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                               \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)),    \
        DEFAULT_NULL)                                                                \
    FIELD(S, SINCE(0), int16, acknowledge_error_code, "AcknowledgeErrorCode")        \
    FIELD(S, SINCE(0), string, acknowledge_error_message, "AcknowledgeErrorMessage", \
        NULLABLE(SINCE(0)), DEFAULT_NULL)                                            \
    FIELD(S, SINCE(0), structure(share_fetch_response_leader_id_and_epoch),          \
        current_leader, "CurrentLeader")                                             \
    FIELD(S, SINCE(0), records, records, "Records", NULLABLE(BETWEEN(0, 0)))         \
    FIELD(S, SINCE(0), structs(share_fetch_response_acquired_records),               \
        acquired_records, "AcquiredRecords")
WIRE_STRUCT(share_fetch_response_partition_data);

#define share_fetchable_topic_response_FIELDS(S, FIELD)                          \
    FIELD(S, SINCE(0), uuid, topic_id, "TopicId")                                \
    FIELD(S, SINCE(0), structs(share_fetch_response_partition_data), partitions, \
        "Partitions")
WIRE_STRUCT(share_fetchable_topic_response);

#define share_fetch_response_node_endpoint_FIELDS(S, FIELD)                    \
    FIELD(S, SINCE(0), int32, node_id, "NodeId")                               \
    FIELD(S, SINCE(0), string, host, "Host")                                   \
    FIELD(S, SINCE(0), int32, port, "Port")                                    \
    FIELD(S, SINCE(0), string, rack, "Rack", NULLABLE(SINCE(0)), DEFAULT_NULL)
WIRE_STRUCT(share_fetch_response_node_endpoint);

#define share_fetch_response_FIELDS(S, FIELD)                                       \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                   \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                              \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)),   \
        DEFAULT_NULL)                                                               \
    FIELD(S, SINCE(1), int32, acquisition_lock_timeout_ms,                          \
        "AcquisitionLockTimeoutMs")                                                 \
    FIELD(S, SINCE(0), structs(share_fetchable_topic_response), responses,          \
        "Responses")                                                                \
    FIELD(S, SINCE(0), structs(share_fetch_response_node_endpoint), node_endpoints, \
        "NodeEndpoints")
WIRE_STRUCT(share_fetch_response);

/* clang-format on */

#endif
