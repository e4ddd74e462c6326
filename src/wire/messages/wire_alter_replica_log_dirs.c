#include "wire_alter_replica_log_dirs.h"

#include "wire_table.h"

WIRE_TABLE(
    alter_replica_log_dirs_request_alter_replica_log_dir_topic, "AlterReplicaLogDirTopic")
WIRE_TABLE(alter_replica_log_dirs_request_alter_replica_log_dir, "AlterReplicaLogDir")
WIRE_TABLE(alter_replica_log_dirs_request, "AlterReplicaLogDirsRequest")
WIRE_TABLE(alter_replica_log_dirs_alter_replica_log_dir_partition_result,
    "AlterReplicaLogDirPartitionResult")
WIRE_TABLE(alter_replica_log_dirs_alter_replica_log_dir_topic_result,
    "AlterReplicaLogDirTopicResult")
WIRE_TABLE(alter_replica_log_dirs_response, "AlterReplicaLogDirsResponse")
