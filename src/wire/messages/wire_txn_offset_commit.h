/*
 * wire_txn_offset_commit - TxnOffsetCommit, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_TXN_OFFSET_COMMIT_H
#define WIRE_TXN_OFFSET_COMMIT_H

#include "wire_message.h"

/* clang-format off */

#define txn_offset_commit_request_partition_FIELDS(S, FIELD)                  \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")              \
    FIELD(S, SINCE(0), int64, committed_offset, "CommittedOffset")            \
    FIELD(S, SINCE(2), int32, committed_leader_epoch, "CommittedLeaderEpoch", \
        DEFAULT(-1))                                                          \
    FIELD(S, SINCE(0), string, committed_metadata, "CommittedMetadata",       \
        NULLABLE(SINCE(0)))
WIRE_STRUCT(txn_offset_commit_request_partition);

#define txn_offset_commit_request_topic_FIELDS(S, FIELD)                         \
    FIELD(S, SINCE(0), string, name, "Name")                                     \
    FIELD(S, SINCE(0), structs(txn_offset_commit_request_partition), partitions, \
        "Partitions")
WIRE_STRUCT(txn_offset_commit_request_topic);

#define txn_offset_commit_request_FIELDS(S, FIELD)                                 \
    FIELD(S, SINCE(0), string, transactional_id, "TransactionalId")                \
    FIELD(S, SINCE(0), string, group_id, "GroupId")                                \
    FIELD(S, SINCE(0), int64, producer_id, "ProducerId")                           \
    FIELD(S, SINCE(0), int16, producer_epoch, "ProducerEpoch")                     \
    FIELD(S, SINCE(3), int32, generation_id, "GenerationId", DEFAULT(-1))          \
    FIELD(S, SINCE(3), string, member_id, "MemberId", DEFAULT_EMPTY)               \
    FIELD(S, SINCE(3), string, group_instance_id, "GroupInstanceId",               \
        NULLABLE(SINCE(3)), DEFAULT_NULL)                                          \
    FIELD(S, SINCE(0), structs(txn_offset_commit_request_topic), topics, "Topics")
WIRE_STRUCT(txn_offset_commit_request);

#define txn_offset_commit_response_partition_FIELDS(S, FIELD)    \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex") \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")
WIRE_STRUCT(txn_offset_commit_response_partition);

#define txn_offset_commit_response_topic_FIELDS(S, FIELD)                         \
    FIELD(S, SINCE(0), string, name, "Name")                                      \
    FIELD(S, SINCE(0), structs(txn_offset_commit_response_partition), partitions, \
        "Partitions")
WIRE_STRUCT(txn_offset_commit_response_topic);

#define txn_offset_commit_response_FIELDS(S, FIELD)                                 \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                   \
    FIELD(S, SINCE(0), structs(txn_offset_commit_response_topic), topics, "Topics")
WIRE_STRUCT(txn_offset_commit_response);

/* clang-format on */

#endif
