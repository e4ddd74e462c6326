/*
 * wire_streams_group_heartbeat - StreamsGroupHeartbeat, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_STREAMS_GROUP_HEARTBEAT_H
#define WIRE_STREAMS_GROUP_HEARTBEAT_H

#include "wire_message.h"

/* clang-format off */

#define streams_group_heartbeat_request_key_value_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, key, "Key")                         \
    FIELD(S, SINCE(0), string, value, "Value")
WIRE_STRUCT(streams_group_heartbeat_request_key_value);

#define streams_group_heartbeat_request_topic_info_FIELDS(S, FIELD)        \
    FIELD(S, SINCE(0), string, name, "Name")                               \
    FIELD(S, SINCE(0), int32, partitions, "Partitions")                    \
    FIELD(S, SINCE(0), int16, replication_factor, "ReplicationFactor")     \
    FIELD(S, SINCE(0), structs(streams_group_heartbeat_request_key_value), \
        topic_configs, "TopicConfigs")
WIRE_STRUCT(streams_group_heartbeat_request_topic_info);

#define streams_group_heartbeat_request_copartition_group_FIELDS(S, FIELD)   \
    FIELD(S, SINCE(0), array(int16), source_topics, "SourceTopics")          \
    FIELD(S, SINCE(0), array(int16), source_topic_regex, "SourceTopicRegex") \
    FIELD(S, SINCE(0), array(int16), repartition_source_topics,              \
        "RepartitionSourceTopics")
WIRE_STRUCT(streams_group_heartbeat_request_copartition_group);

#define streams_group_heartbeat_request_subtopology_FIELDS(S, FIELD)               \
    FIELD(S, SINCE(0), string, subtopology_id, "SubtopologyId")                    \
    FIELD(S, SINCE(0), array(string), source_topics, "SourceTopics")               \
    FIELD(S, SINCE(0), array(string), source_topic_regex, "SourceTopicRegex")      \
    FIELD(S, SINCE(0), structs(streams_group_heartbeat_request_topic_info),        \
        state_changelog_topics, "StateChangelogTopics")                            \
    FIELD(S, SINCE(0), array(string), repartition_sink_topics,                     \
        "RepartitionSinkTopics")                                                   \
    FIELD(S, SINCE(0), structs(streams_group_heartbeat_request_topic_info),        \
        repartition_source_topics, "RepartitionSourceTopics")                      \
    FIELD(S, SINCE(0), structs(streams_group_heartbeat_request_copartition_group), \
        copartition_groups, "CopartitionGroups")
WIRE_STRUCT(streams_group_heartbeat_request_subtopology);

#define streams_group_heartbeat_request_topology_FIELDS(S, FIELD)            \
    FIELD(S, SINCE(0), int32, epoch, "Epoch")                                \
    FIELD(S, SINCE(0), structs(streams_group_heartbeat_request_subtopology), \
        subtopologies, "Subtopologies")
WIRE_STRUCT(streams_group_heartbeat_request_topology);

#define streams_group_heartbeat_request_task_ids_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, subtopology_id, "SubtopologyId")   \
    FIELD(S, SINCE(0), array(int32), partitions, "Partitions")
WIRE_STRUCT(streams_group_heartbeat_request_task_ids);

#define streams_group_heartbeat_request_endpoint_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, host, "Host")                      \
    FIELD(S, SINCE(0), uint16, port, "Port")
WIRE_STRUCT(streams_group_heartbeat_request_endpoint);

#define streams_group_heartbeat_request_task_offset_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, subtopology_id, "SubtopologyId")      \
    FIELD(S, SINCE(0), int32, partition, "Partition")                \
    FIELD(S, SINCE(0), int64, offset, "Offset")
WIRE_STRUCT(streams_group_heartbeat_request_task_offset);

#define streams_group_heartbeat_request_FIELDS(S, FIELD)                              \
    FIELD(S, SINCE(0), string, group_id, "GroupId")                                   \
    FIELD(S, SINCE(0), string, member_id, "MemberId")                                 \
    FIELD(S, SINCE(0), int32, member_epoch, "MemberEpoch")                            \
    FIELD(S, SINCE(0), int32, endpoint_information_epoch, "EndpointInformationEpoch") \
    FIELD(S, SINCE(0), string, instance_id, "InstanceId", NULLABLE(SINCE(0)),         \
        DEFAULT_NULL)                                                                 \
    FIELD(S, SINCE(0), string, rack_id, "RackId", NULLABLE(SINCE(0)), DEFAULT_NULL)   \
    FIELD(S, SINCE(0), int32, rebalance_timeout_ms, "RebalanceTimeoutMs",             \
        DEFAULT(-1))                                                                  \
    FIELD(S, SINCE(0), optional(streams_group_heartbeat_request_topology), topology,  \
        "Topology", NULLABLE(SINCE(0)), DEFAULT_NULL)                                 \
    FIELD(S, SINCE(0), structs(streams_group_heartbeat_request_task_ids),             \
        active_tasks, "ActiveTasks", NULLABLE(SINCE(0)), DEFAULT_NULL)                \
    FIELD(S, SINCE(0), structs(streams_group_heartbeat_request_task_ids),             \
        standby_tasks, "StandbyTasks", NULLABLE(SINCE(0)), DEFAULT_NULL)              \
    FIELD(S, SINCE(0), structs(streams_group_heartbeat_request_task_ids),             \
        warmup_tasks, "WarmupTasks", NULLABLE(SINCE(0)), DEFAULT_NULL)                \
    FIELD(S, SINCE(0), string, process_id, "ProcessId", NULLABLE(SINCE(0)),           \
        DEFAULT_NULL)                                                                 \
    FIELD(S, SINCE(0), optional(streams_group_heartbeat_request_endpoint),            \
        user_endpoint, "UserEndpoint", NULLABLE(SINCE(0)), DEFAULT_NULL)              \
    FIELD(S, SINCE(0), structs(streams_group_heartbeat_request_key_value),            \
        client_tags, "ClientTags", NULLABLE(SINCE(0)), DEFAULT_NULL)                  \
    FIELD(S, SINCE(0), structs(streams_group_heartbeat_request_task_offset),          \
        task_offsets, "TaskOffsets", NULLABLE(SINCE(0)), DEFAULT_NULL)                \
    FIELD(S, SINCE(0), structs(streams_group_heartbeat_request_task_offset),          \
        task_end_offsets, "TaskEndOffsets", NULLABLE(SINCE(0)), DEFAULT_NULL)         \
    FIELD(S, SINCE(0), bool, shutdown_application, "ShutdownApplication",             \
        DEFAULT(false))
WIRE_STRUCT(streams_group_heartbeat_request);

#define streams_group_heartbeat_response_status_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), int8, status_code, "StatusCode")          \
    FIELD(S, SINCE(0), string, status_detail, "StatusDetail")
WIRE_STRUCT(streams_group_heartbeat_response_status);

#define streams_group_heartbeat_response_task_ids_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, subtopology_id, "SubtopologyId")    \
    FIELD(S, SINCE(0), array(int32), partitions, "Partitions")
WIRE_STRUCT(streams_group_heartbeat_response_task_ids);

#define streams_group_heartbeat_response_endpoint_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, host, "Host")                       \
    FIELD(S, SINCE(0), uint16, port, "Port")
WIRE_STRUCT(streams_group_heartbeat_response_endpoint);

#define streams_group_heartbeat_response_topic_partition_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, topic, "Topic")                            \
    FIELD(S, SINCE(0), array(int32), partitions, "Partitions")
WIRE_STRUCT(streams_group_heartbeat_response_topic_partition);

#define streams_group_heartbeat_response_endpoint_to_partitions_FIELDS(S, FIELD)  \
    FIELD(S, SINCE(0), structure(streams_group_heartbeat_response_endpoint),      \
        user_endpoint, "UserEndpoint")                                            \
    FIELD(S, SINCE(0), structs(streams_group_heartbeat_response_topic_partition), \
        active_partitions, "ActivePartitions")                                    \
    FIELD(S, SINCE(0), structs(streams_group_heartbeat_response_topic_partition), \
        standby_partitions, "StandbyPartitions")
WIRE_STRUCT(streams_group_heartbeat_response_endpoint_to_partitions);

#define streams_group_heartbeat_response_FIELDS(S, FIELD)                             \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                     \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                                \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)),     \
        DEFAULT_NULL)                                                                 \
    FIELD(S, SINCE(0), string, member_id, "MemberId")                                 \
    FIELD(S, SINCE(0), int32, member_epoch, "MemberEpoch")                            \
    FIELD(S, SINCE(0), int32, heartbeat_interval_ms, "HeartbeatIntervalMs")           \
    FIELD(S, SINCE(0), int32, acceptable_recovery_lag, "AcceptableRecoveryLag")       \
    FIELD(S, SINCE(0), int32, task_offset_interval_ms, "TaskOffsetIntervalMs")        \
    FIELD(S, SINCE(0), structs(streams_group_heartbeat_response_status), status,      \
        "Status", NULLABLE(SINCE(0)))                                                 \
    FIELD(S, SINCE(0), structs(streams_group_heartbeat_response_task_ids),            \
        active_tasks, "ActiveTasks", NULLABLE(SINCE(0)), DEFAULT_NULL)                \
    FIELD(S, SINCE(0), structs(streams_group_heartbeat_response_task_ids),            \
        standby_tasks, "StandbyTasks", NULLABLE(SINCE(0)), DEFAULT_NULL)              \
    FIELD(S, SINCE(0), structs(streams_group_heartbeat_response_task_ids),            \
        warmup_tasks, "WarmupTasks", NULLABLE(SINCE(0)), DEFAULT_NULL)                \
    FIELD(S, SINCE(0), int32, endpoint_information_epoch, "EndpointInformationEpoch") \
    FIELD(S, SINCE(0),                                                                \
        structs(streams_group_heartbeat_response_endpoint_to_partitions),             \
        partitions_by_user_endpoint, "PartitionsByUserEndpoint", NULLABLE(SINCE(0)),  \
        DEFAULT_NULL)
WIRE_STRUCT(streams_group_heartbeat_response);

/* clang-format on */

#endif
