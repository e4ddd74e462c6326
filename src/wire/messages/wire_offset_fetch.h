/*
 * wire_offset_fetch - OffsetFetch, request and response (notation: wire_message.h).
 */
#ifndef WIRE_OFFSET_FETCH_H
#define WIRE_OFFSET_FETCH_H

#include "wire_message.h"

/* clang-format off */

#define offset_fetch_request_topic_FIELDS(S, FIELD)                              \
    FIELD(S, BETWEEN(0, 7), string, name, "Name")                                \
    FIELD(S, BETWEEN(0, 7), array(int32), partition_indexes, "PartitionIndexes")
WIRE_STRUCT(offset_fetch_request_topic);

#define offset_fetch_request_topics_FIELDS(S, FIELD)                             \
    FIELD(S, BETWEEN(8, 9), string, name, "Name")                                \
    FIELD(S, SINCE(10),     uuid, topic_id, "TopicId")                           \
    FIELD(S, SINCE(8),      array(int32), partition_indexes, "PartitionIndexes")
WIRE_STRUCT(offset_fetch_request_topics);

#define offset_fetch_request_group_FIELDS(S, FIELD)                            \
    FIELD(S, SINCE(8), string, group_id, "GroupId")                            \
    FIELD(S, SINCE(9), string, member_id, "MemberId", NULLABLE(SINCE(9)),      \
        DEFAULT_NULL)                                                          \
    FIELD(S, SINCE(9), int32, member_epoch, "MemberEpoch", DEFAULT(-1))        \
    FIELD(S, SINCE(8), structs(offset_fetch_request_topics), topics, "Topics", \
        NULLABLE(SINCE(8)))
WIRE_STRUCT(offset_fetch_request_group);

#define offset_fetch_request_FIELDS(S, FIELD)                                      \
    FIELD(S, BETWEEN(0, 7), string, group_id, "GroupId")                           \
    FIELD(S, BETWEEN(0, 7), structs(offset_fetch_request_topic), topics, "Topics", \
        NULLABLE(BETWEEN(2, 7)))                                                   \
    FIELD(S, SINCE(8),      structs(offset_fetch_request_group), groups, "Groups") \
    FIELD(S, SINCE(7),      bool, require_stable, "RequireStable", DEFAULT(false))
WIRE_STRUCT(offset_fetch_request);

#define offset_fetch_response_partition_FIELDS(S, FIELD)                           \
    FIELD(S, BETWEEN(0, 7), int32, partition_index, "PartitionIndex")              \
    FIELD(S, BETWEEN(0, 7), int64, committed_offset, "CommittedOffset")            \
    FIELD(S, BETWEEN(5, 7), int32, committed_leader_epoch, "CommittedLeaderEpoch", \
        DEFAULT(-1))                                                               \
    FIELD(S, BETWEEN(0, 7), string, metadata, "Metadata", NULLABLE(BETWEEN(0, 7))) \
    FIELD(S, BETWEEN(0, 7), int16, error_code, "ErrorCode")
WIRE_STRUCT(offset_fetch_response_partition);

#define offset_fetch_response_topic_FIELDS(S, FIELD)                              \
    FIELD(S, BETWEEN(0, 7), string, name, "Name")                                 \
    FIELD(S, BETWEEN(0, 7), structs(offset_fetch_response_partition), partitions, \
        "Partitions")
WIRE_STRUCT(offset_fetch_response_topic);

#define offset_fetch_response_partitions_FIELDS(S, FIELD)                     \
    FIELD(S, SINCE(8), int32, partition_index, "PartitionIndex")              \
    FIELD(S, SINCE(8), int64, committed_offset, "CommittedOffset")            \
    FIELD(S, SINCE(8), int32, committed_leader_epoch, "CommittedLeaderEpoch", \
        DEFAULT(-1))                                                          \
    FIELD(S, SINCE(8), string, metadata, "Metadata", NULLABLE(SINCE(8)))      \
    FIELD(S, SINCE(8), int16, error_code, "ErrorCode")
WIRE_STRUCT(offset_fetch_response_partitions);

#define offset_fetch_response_topics_FIELDS(S, FIELD)                              \
    FIELD(S, BETWEEN(8, 9), string, name, "Name")                                  \
    FIELD(S, SINCE(10),     uuid, topic_id, "TopicId")                             \
    FIELD(S, SINCE(8),      structs(offset_fetch_response_partitions), partitions, \
        "Partitions")
WIRE_STRUCT(offset_fetch_response_topics);

#define offset_fetch_response_group_FIELDS(S, FIELD)                            \
    FIELD(S, SINCE(8), string, group_id, "GroupId")                             \
    FIELD(S, SINCE(8), structs(offset_fetch_response_topics), topics, "Topics") \
    FIELD(S, SINCE(8), int16, error_code, "ErrorCode", DEFAULT(0))
WIRE_STRUCT(offset_fetch_response_group);

#define offset_fetch_response_FIELDS(S, FIELD)                                      \
    FIELD(S, SINCE(3),      int32, throttle_time_ms, "ThrottleTimeMs")              \
    FIELD(S, BETWEEN(0, 7), structs(offset_fetch_response_topic), topics, "Topics") \
    FIELD(S, BETWEEN(2, 7), int16, error_code, "ErrorCode", DEFAULT(0))             \
    FIELD(S, SINCE(8),      structs(offset_fetch_response_group), groups, "Groups")
WIRE_STRUCT(offset_fetch_response);

/* clang-format on */

#endif
