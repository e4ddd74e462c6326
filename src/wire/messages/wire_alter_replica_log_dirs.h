/*
 * wire_alter_replica_log_dirs - AlterReplicaLogDirs, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_ALTER_REPLICA_LOG_DIRS_H
#define WIRE_ALTER_REPLICA_LOG_DIRS_H

#include "wire_message.h"

/* clang-format off */

#define alter_replica_log_dirs_request_alter_replica_log_dir_topic_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, name, "Name")                                        \
    FIELD(S, SINCE(0), array(int32), partitions, "Partitions")
WIRE_STRUCT(alter_replica_log_dirs_request_alter_replica_log_dir_topic);

#define alter_replica_log_dirs_request_alter_replica_log_dir_FIELDS(S, FIELD)        \
    FIELD(S, SINCE(0), string, path, "Path")                                         \
    FIELD(S, SINCE(0),                                                               \
        structs(alter_replica_log_dirs_request_alter_replica_log_dir_topic), topics, \
        "Topics")
WIRE_STRUCT(alter_replica_log_dirs_request_alter_replica_log_dir);

#define alter_replica_log_dirs_request_FIELDS(S, FIELD)                               \
    FIELD(S, SINCE(0), structs(alter_replica_log_dirs_request_alter_replica_log_dir), \
        dirs, "Dirs")
WIRE_STRUCT(alter_replica_log_dirs_request);

#define alter_replica_log_dirs_alter_replica_log_dir_partition_result_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")                       \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")
WIRE_STRUCT(alter_replica_log_dirs_alter_replica_log_dir_partition_result);

#define alter_replica_log_dirs_alter_replica_log_dir_topic_result_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, topic_name, "TopicName")                            \
    FIELD(S, SINCE(0),                                                             \
        structs(alter_replica_log_dirs_alter_replica_log_dir_partition_result),    \
        partitions, "Partitions")
WIRE_STRUCT(alter_replica_log_dirs_alter_replica_log_dir_topic_result);

#define alter_replica_log_dirs_response_FIELDS(S, FIELD)                             \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                    \
    FIELD(S, SINCE(0),                                                               \
        structs(alter_replica_log_dirs_alter_replica_log_dir_topic_result), results, \
        "Results")
WIRE_STRUCT(alter_replica_log_dirs_response);

/* clang-format on */

#endif
