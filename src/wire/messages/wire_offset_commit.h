/*
 * wire_offset_commit - OffsetCommit, request and response (notation: wire_message.h).
 */
#ifndef WIRE_OFFSET_COMMIT_H
#define WIRE_OFFSET_COMMIT_H

#include "wire_message.h"

/* clang-format off */

#define offset_commit_request_partition_FIELDS(S, FIELD)                      \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")              \
    FIELD(S, SINCE(0), int64, committed_offset, "CommittedOffset")            \
    FIELD(S, SINCE(6), int32, committed_leader_epoch, "CommittedLeaderEpoch", \
        DEFAULT(-1))                                                          \
    FIELD(S, SINCE(0), string, committed_metadata, "CommittedMetadata",       \
        NULLABLE(SINCE(0)))
WIRE_STRUCT(offset_commit_request_partition);

#define offset_commit_request_topic_FIELDS(S, FIELD)                              \
    FIELD(S, BETWEEN(0, 9), string, name, "Name")                                 \
    FIELD(S, SINCE(10),     uuid, topic_id, "TopicId")                            \
    FIELD(S, SINCE(0),      structs(offset_commit_request_partition), partitions, \
        "Partitions")
WIRE_STRUCT(offset_commit_request_topic);

#define offset_commit_request_FIELDS(S, FIELD)                                        \
    FIELD(S, SINCE(0),      string, group_id, "GroupId")                              \
    FIELD(S, SINCE(1),      int32, generation_id_or_member_epoch,                     \
        "GenerationIdOrMemberEpoch", DEFAULT(-1))                                     \
    FIELD(S, SINCE(1),      string, member_id, "MemberId")                            \
    FIELD(S, SINCE(7),      string, group_instance_id, "GroupInstanceId",             \
        NULLABLE(SINCE(7)), DEFAULT_NULL)                                             \
    FIELD(S, BETWEEN(2, 4), int64, retention_time_ms, "RetentionTimeMs", DEFAULT(-1)) \
    FIELD(S, SINCE(0),      structs(offset_commit_request_topic), topics, "Topics")
WIRE_STRUCT(offset_commit_request);

#define offset_commit_response_partition_FIELDS(S, FIELD)        \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex") \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")
WIRE_STRUCT(offset_commit_response_partition);

#define offset_commit_response_topic_FIELDS(S, FIELD)                              \
    FIELD(S, BETWEEN(0, 9), string, name, "Name")                                  \
    FIELD(S, SINCE(10),     uuid, topic_id, "TopicId")                             \
    FIELD(S, SINCE(0),      structs(offset_commit_response_partition), partitions, \
        "Partitions")
WIRE_STRUCT(offset_commit_response_topic);

#define offset_commit_response_FIELDS(S, FIELD)                                 \
    FIELD(S, SINCE(3), int32, throttle_time_ms, "ThrottleTimeMs")               \
    FIELD(S, SINCE(0), structs(offset_commit_response_topic), topics, "Topics")
WIRE_STRUCT(offset_commit_response);

/* clang-format on */

#endif
