/*
 * wire_streams_group_describe - StreamsGroupDescribe, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_STREAMS_GROUP_DESCRIBE_H
#define WIRE_STREAMS_GROUP_DESCRIBE_H

#include "wire_message.h"

/* clang-format off */

#define streams_group_describe_request_FIELDS(S, FIELD)      \
    FIELD(S, SINCE(0), array(string), group_ids, "GroupIds") \
    FIELD(S, SINCE(0), bool, include_authorized_operations,  \
        "IncludeAuthorizedOperations")
WIRE_STRUCT(streams_group_describe_request);

#define streams_group_describe_response_key_value_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, key, "Key")                         \
    FIELD(S, SINCE(0), string, value, "Value")
WIRE_STRUCT(streams_group_describe_response_key_value);

#define streams_group_describe_response_topic_info_FIELDS(S, FIELD)        \
    FIELD(S, SINCE(0), string, name, "Name")                               \
    FIELD(S, SINCE(0), int32, partitions, "Partitions")                    \
    FIELD(S, SINCE(0), int16, replication_factor, "ReplicationFactor")     \
    FIELD(S, SINCE(0), structs(streams_group_describe_response_key_value), \
        topic_configs, "TopicConfigs")
WIRE_STRUCT(streams_group_describe_response_topic_info);

#define streams_group_describe_response_subtopology_FIELDS(S, FIELD)        \
    FIELD(S, SINCE(0), string, subtopology_id, "SubtopologyId")             \
    FIELD(S, SINCE(0), array(string), source_topics, "SourceTopics")        \
    FIELD(S, SINCE(0), array(string), repartition_sink_topics,              \
        "RepartitionSinkTopics")                                            \
    FIELD(S, SINCE(0), structs(streams_group_describe_response_topic_info), \
        state_changelog_topics, "StateChangelogTopics")                     \
    FIELD(S, SINCE(0), structs(streams_group_describe_response_topic_info), \
        repartition_source_topics, "RepartitionSourceTopics")
WIRE_STRUCT(streams_group_describe_response_subtopology);

#define streams_group_describe_response_topology_FIELDS(S, FIELD)            \
    FIELD(S, SINCE(0), int32, epoch, "Epoch")                                \
    FIELD(S, SINCE(0), structs(streams_group_describe_response_subtopology), \
        subtopologies, "Subtopologies", NULLABLE(SINCE(0)), DEFAULT_NULL)
WIRE_STRUCT(streams_group_describe_response_topology);

#define streams_group_describe_response_endpoint_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, host, "Host")                      \
    FIELD(S, SINCE(0), uint16, port, "Port")
WIRE_STRUCT(streams_group_describe_response_endpoint);

#define streams_group_describe_response_task_offset_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, subtopology_id, "SubtopologyId")      \
    FIELD(S, SINCE(0), int32, partition, "Partition")                \
    FIELD(S, SINCE(0), int64, offset, "Offset")
WIRE_STRUCT(streams_group_describe_response_task_offset);

#define streams_group_describe_response_task_ids_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, subtopology_id, "SubtopologyId")   \
    FIELD(S, SINCE(0), array(int32), partitions, "Partitions")
WIRE_STRUCT(streams_group_describe_response_task_ids);

#define streams_group_describe_response_assignment_FIELDS(S, FIELD)       \
    FIELD(S, SINCE(0), structs(streams_group_describe_response_task_ids), \
        active_tasks, "ActiveTasks")                                      \
    FIELD(S, SINCE(0), structs(streams_group_describe_response_task_ids), \
        standby_tasks, "StandbyTasks")                                    \
    FIELD(S, SINCE(0), structs(streams_group_describe_response_task_ids), \
        warmup_tasks, "WarmupTasks")
WIRE_STRUCT(streams_group_describe_response_assignment);

#define streams_group_describe_response_member_FIELDS(S, FIELD)                     \
    FIELD(S, SINCE(0), string, member_id, "MemberId")                               \
    FIELD(S, SINCE(0), int32, member_epoch, "MemberEpoch")                          \
    FIELD(S, SINCE(0), string, instance_id, "InstanceId", NULLABLE(SINCE(0)),       \
        DEFAULT_NULL)                                                               \
    FIELD(S, SINCE(0), string, rack_id, "RackId", NULLABLE(SINCE(0)), DEFAULT_NULL) \
    FIELD(S, SINCE(0), string, client_id, "ClientId")                               \
    FIELD(S, SINCE(0), string, client_host, "ClientHost")                           \
    FIELD(S, SINCE(0), int32, topology_epoch, "TopologyEpoch")                      \
    FIELD(S, SINCE(0), string, process_id, "ProcessId")                             \
    FIELD(S, SINCE(0), optional(streams_group_describe_response_endpoint),          \
        user_endpoint, "UserEndpoint", NULLABLE(SINCE(0)), DEFAULT_NULL)            \
    FIELD(S, SINCE(0), structs(streams_group_describe_response_key_value),          \
        client_tags, "ClientTags")                                                  \
    FIELD(S, SINCE(0), structs(streams_group_describe_response_task_offset),        \
        task_offsets, "TaskOffsets")                                                \
    FIELD(S, SINCE(0), structs(streams_group_describe_response_task_offset),        \
        task_end_offsets, "TaskEndOffsets")                                         \
    FIELD(S, SINCE(0), structure(streams_group_describe_response_assignment),       \
        assignment, "Assignment")                                                   \
    FIELD(S, SINCE(0), structure(streams_group_describe_response_assignment),       \
        target_assignment, "TargetAssignment")                                      \
    FIELD(S, SINCE(0), bool, is_classic, "IsClassic")
WIRE_STRUCT(streams_group_describe_response_member);

#define streams_group_describe_response_described_group_FIELDS(S, FIELD)             \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                               \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)),    \
        DEFAULT_NULL)                                                                \
    FIELD(S, SINCE(0), string, group_id, "GroupId")                                  \
    FIELD(S, SINCE(0), string, group_state, "GroupState")                            \
    FIELD(S, SINCE(0), int32, group_epoch, "GroupEpoch")                             \
    FIELD(S, SINCE(0), int32, assignment_epoch, "AssignmentEpoch")                   \
    FIELD(S, SINCE(0), optional(streams_group_describe_response_topology), topology, \
        "Topology", NULLABLE(SINCE(0)), DEFAULT_NULL)                                \
    FIELD(S, SINCE(0), structs(streams_group_describe_response_member), members,     \
        "Members")                                                                   \
    FIELD(S, SINCE(0), int32, authorized_operations, "AuthorizedOperations",         \
        DEFAULT(INT32_MIN))
WIRE_STRUCT(streams_group_describe_response_described_group);

#define streams_group_describe_response_FIELDS(S, FIELD)                         \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                \
    FIELD(S, SINCE(0), structs(streams_group_describe_response_described_group), \
        groups, "Groups")
WIRE_STRUCT(streams_group_describe_response);

/* clang-format on */

#endif
